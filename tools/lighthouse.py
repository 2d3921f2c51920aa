"""Lighthouse's marks of the five main pages, on the product over the sandbox with some people and some runs.

`python -m tools.lighthouse`, or `make lighthouse`. Ends with 1 where a mark is below LEAST. Its packages are those of
`frontend/lighthouse/package-lock.json`; they are fetched into a temporary folder and used with the machine's Chromium.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.e2e.stage import Stage, staged

from audience_sync.auth.sessions import Browser, begin
from audience_sync.flows import audiences, people
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.flows.history import history
from audience_sync.flows.people import Ground
from audience_sync.model.permissions import SHELL
from audience_sync.web.access import cookie_name
from tools.assets import FRONTEND, environment_of_node, fetch
from tools.browser import MISSING, find

LEAST = 95
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LOOKS = {"phone": (), "desktop": ("--preset=desktop",)}
CHROME = "--headless=new --no-sandbox --disable-gpu --disable-quic --disable-background-networking"


def main() -> None:
    """A table of marks; the process ends with 1 where one is below LEAST."""
    browser = find()
    if browser is None:
        sys.exit(MISSING)
    with tempfile.TemporaryDirectory() as folder, staged(Path(folder) / "stage") as stage:
        lighthouse = _installed(Path(folder))
        marks = {
            (name, look): _marks(lighthouse, browser, [f"{stage.url}{path}", *_visitor(stage), *options])
            for name, path in _pages(stage).items()
            for look, options in LOOKS.items()
        }
    print(table(marks))
    if any(mark < LEAST for each in marks.values() for mark in each):
        sys.exit(f"A mark is below {LEAST}.")


def table(marks: dict[tuple[str, str], list[int]]) -> str:
    """The marks as a table of Markdown."""
    lines = [f"| Page | Screen | {' | '.join(each.capitalize() for each in CATEGORIES)} |"]
    lines += ["| --- " * (2 + len(CATEGORIES)) + "|"]
    lines += [f"| {name} | {look} | {' | '.join(map(str, each))} |" for (name, look), each in marks.items()]
    return "\n".join(lines)


def _pages(stage: Stage) -> dict[str, str]:
    """The five main pages by name, with something on each of them."""

    async def make(app: Ground) -> str:
        draft = AudienceDraft(stage.ids["segment"], stage.ids["account"], auto_sync=False)
        return (await audiences.create(stage.app, SHELL, draft)).run.id

    run = stage.do(make)
    audience = stage.do(lambda app: audiences.list_audiences(app, SHELL)).items[0].id
    stage.until(lambda: stage.do(lambda app: history(app, SHELL, audience)).items[0].ended_at is not None)
    return {
        "Audiences": "/audiences",
        "History": "/history",
        "Run": f"/runs/{run}",
        "Connected Platforms": "/platforms",
        "Segments": "/segments",
    }


def _visitor(stage: Stage) -> list[str]:
    """The option with which Lighthouse comes as the administrator."""

    async def signed_in(app: Ground) -> str:
        user = next(each for each in await people.list_users(app, SHELL) if each.email.startswith("admin@"))
        return await begin(app.database, user.id, browser=Browser("127.0.0.1", "Lighthouse"), now=app.now())

    headers = {"Cookie": f"{cookie_name(stage.app)}={stage.do(signed_in)}"}
    return [f"--extra-headers={json.dumps(headers)}"]


def _installed(folder: Path) -> Path:
    """Lighthouse's command."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(FRONTEND / "lighthouse" / name, folder)
    if not fetch(folder):
        sys.exit("npm could not fetch the packages of frontend/lighthouse/package-lock.json; its words are above.")
    return folder / "node_modules/lighthouse/cli/index.js"


def _marks(lighthouse: Path, browser: str, asked: list[str]) -> list[int]:
    """0-100 of each category."""
    options = ["--quiet", "--output=json", f"--chrome-flags={CHROME}", f"--only-categories={','.join(CATEGORIES)}"]
    environment = environment_of_node() | {"CHROME_PATH": browser}
    command = ["node", str(lighthouse), *asked, *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"Lighthouse failed: {done.stderr}")
    found = json.loads(done.stdout)["categories"]
    return [round(100 * (found[each]["score"] or 0)) for each in CATEGORIES]


if __name__ == "__main__":
    main()
