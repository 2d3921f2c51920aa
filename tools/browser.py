"""Sees to it that there is a Chromium for the browser tests: Debian's own, installed where it is missing.

`python -m tools.browser`, or `make browser`.
"""

import os
import shutil

from tools.apt import ensure

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
    ensure("chromium", find, named="Chromium (once; about a minute)", missing=MISSING)


if __name__ == "__main__":
    main()
