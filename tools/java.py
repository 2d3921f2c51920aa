"""Sees to it that there is a Java for the tests against Spark: Debian's own, installed where it is missing.

`python -m tools.java`, or `make java`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE = "default-jre-headless"
MISSING = (
    f"The tests against Spark need Java 17 or newer, and there is none. As root, on Debian: apt-get install {PACKAGE}. "
    "Elsewhere: install a Java and put it on the PATH, or set JAVA_HOME."
)


def find() -> str | None:
    """The path of `java`; None if there is none. Debian's place counts without a PATH."""
    home = os.environ.get("JAVA_HOME")
    path = os.pathsep.join([*([str(Path(home) / "bin")] if home else []), os.environ.get("PATH", ""), "/usr/bin"])
    return shutil.which("java", path=path)


def main() -> None:
    """There is a Java, or the process ends with what to do."""
    if find():
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(MISSING)
    print("Installing a Java (once; about half a minute) ...")
    _quietly("apt-get", "update", "-qq")
    _quietly("apt-get", "install", "-y", "-qq", "--no-install-recommends", PACKAGE)
    if not find():
        sys.exit(MISSING)


def _quietly(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)


if __name__ == "__main__":
    main()
