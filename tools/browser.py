"""Sees to it that there is a Chromium for the browser tests: Debian's own, installed where it is missing.

`python -m tools.browser`, or `make browser`.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "The browser tests need Chromium, and there is none. As root, on Debian: apt-get install chromium. "
    "Elsewhere: install Chromium or Chrome and put it on the PATH."
)


def find() -> str | None:
    """The path of a browser that Playwright can drive; None if there is none. Debian's place counts without a PATH."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/bin"])
    return next(filter(None, (shutil.which(name, path=path) for name in NAMES)), None)


def main() -> None:
    """There is a browser, or the process ends with what to do."""
    if find():
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(MISSING)
    print("Installing Chromium (once; about a minute) ...")
    _quietly("apt-get", "update", "-qq")
    _quietly("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
    if not find():
        sys.exit(MISSING)


def _quietly(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)


if __name__ == "__main__":
    main()
