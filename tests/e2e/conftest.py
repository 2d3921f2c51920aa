"""A real browser, the product that it visits, and a page of each member of the cast.

Run apart from the other tests, as `pytest tests/e2e`: Playwright's loop and that of the async tests cannot share one.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tools.browser import MISSING, find

from audience_sync.auth.sessions import Browser as Signed
from audience_sync.auth.sessions import begin
from audience_sync.flows import people
from audience_sync.model.permissions import SHELL
from audience_sync.web.access import cookie_name
from tests.e2e.stage import Stage, staged

PATIENCE_MS = 60_000
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync"]
Visitor = Callable[[str], Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e/" in item.path.as_posix():
            item.add_marker("e2e")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    path = find()
    if path is None:
        pytest.fail(MISSING)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The product with the cast, some people, a segment and a connection; shared by all tests of a process."""
    with staged(tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.fixture
def context(browser: Browser, stage: Stage) -> Iterator[BrowserContext]:
    """Somebody's browser, in which nobody is signed in yet."""
    made = browser.new_context(base_url=stage.url, locale="en-US", timezone_id="Europe/Berlin", reduced_motion="reduce")
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page of that browser. Whatever the browser complains about on it fails the test."""
    complaints: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda problem: complaints.append(str(problem)))
    opened.on("console", lambda said: complaints.append(said.text) if _is_complaint(said.type, said.text) else None)
    yield opened
    assert complaints == []


@pytest.fixture
def visitor(page: Page, stage: Stage) -> Visitor:
    """`visitor("marketer")`: the page, with somebody of the cast signed in."""

    def signed_in(name: str) -> Page:
        token = stage.do(lambda app: _session(app, name))
        page.context.add_cookies([{"name": cookie_name(stage.app), "value": token, "url": stage.url, "httpOnly": True}])
        return page

    return signed_in


async def _session(app: people.Ground, name: str) -> str:
    """Without a password, whose hash takes a fifth of a second; signing in has tests of its own."""
    found = await people.list_users(app, SHELL)
    user = next(each for each in found if each.email == f"{name}@example.com")
    return await begin(app.database, user.id, browser=Signed("127.0.0.1", "Chrome/150 Linux"), now=app.now())


def _is_complaint(kind: str, text: str) -> bool:
    """A page that answers 4xx is what some tests are about, and the browser reports each."""
    return kind in ("error", "warning") and not text.startswith("Failed to load resource")
