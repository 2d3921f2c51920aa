"""Debian's packages that the tests need beside Python's, installed where they are missing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable


def ensure(package: str, find: Callable[[], str | None], *, named: str, missing: str) -> None:
    """`find` finds it, or the process ends with `missing`, which says what to do. `named`: what it is, in how long."""
    if find():
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(missing)
    print(f"Installing {named} ...")
    _quietly("apt-get", "update", "-qq")
    _quietly("apt-get", "install", "-y", "-qq", "--no-install-recommends", package)
    if not find():
        sys.exit(missing)


def _quietly(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
