"""Sees to it that there is a Java for the tests against Spark: Debian's own, installed where it is missing.

`python -m tools.java`, or `make java`.
"""

import os
import shutil
from pathlib import Path

from tools.apt import ensure

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
    ensure(PACKAGE, find, named="a Java (once; about half a minute)", missing=MISSING)


if __name__ == "__main__":
    main()
