"""Takes a picture of every screen into `docs/screens/`, and lists them in `docs/screens.md`.

`python -m tools.pictures`, or `make pictures`: the browser tests run once and keep what they look at. Each screen is
shown light on a desktop and dark on a phone; the tests look at all four ways.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from itertools import groupby
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
SHOWN = ("light-desktop", "dark-phone")
NO_SCREENS = frozenset({"every-part"})
"""Pages of the tests themselves."""
HEAD = """# Screens

Made by `make pictures`, which runs the browser tests and keeps what they look at: light at 1,280 pixels, dark at 360.
"""


def main() -> None:
    """The pictures and their page are those of now; ends with the tests' code where one fails."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"AUDIENCE_SYNC_TEST_PICTURES": folder}
        command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "tests/e2e"]
        done = subprocess.run(command, env=environment, check=False)
        if done.returncode:
            sys.exit(done.returncode)
        names = _kept(Path(folder), DOCS / "screens")
    (DOCS / "screens.md").write_text(page(names), "utf-8")


def page(names: list[str]) -> str:
    """The page that shows them, by what they begin with."""
    sections = [HEAD]
    for noun, group in groupby(names, key=lambda name: name.partition("-")[0]):
        sections.append(f"## {noun.capitalize()}\n")
        sections += [f"**{_words(name)}**\n\n{' '.join(_picture(name, look) for look in SHOWN)}\n" for name in group]
    return "\n".join(sections)


def _kept(taken: Path, folder: Path) -> list[str]:
    """Names of the screens that are in the folder now, and nothing else is."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    names = {re.sub(rf"-({'|'.join(SHOWN)})$", "", each.stem) for look in SHOWN for each in taken.glob(f"*-{look}.jpg")}
    for name in names - NO_SCREENS:
        for look in SHOWN:
            shutil.copy(taken / f"{name}-{look}.jpg", folder)
    return sorted(names - NO_SCREENS)


def _words(name: str) -> str:
    return name.replace("-", " ").capitalize()


def _picture(name: str, look: str) -> str:
    theme, _, screen = look.partition("-")
    return f'<img src="screens/{name}-{look}.jpg" alt="{_words(name)}, {theme}, {screen}" height="360">'


if __name__ == "__main__":
    main()
