"""Looks at a page as its visitors do: in both themes, on a desktop and on a phone."""

import os
from pathlib import Path
from urllib.parse import urljoin

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # It ships no types.
from playwright.sync_api import Page

SCREENS = {"desktop": (1280, 800), "phone": (360, 740)}
THEMES = ("light", "dark")
PICTURES = os.environ.get("AUDIENCE_SYNC_TEST_PICTURES", "")
"""Folder into which pictures of every page that is looked at are put; none if empty."""
QUALITY = 45
"""Of a picture, 0-100: its text is still sharp."""


def looks(page: Page, name: str, *, reload: bool = True) -> None:
    """The page is accessible and as wide as its screen, in both themes, on both screens; a picture of each is kept.

    `reload=False` for a state that a reload would lose, such as an open dialog: the theme is then switched in place.
    """
    for theme in THEMES:
        _switch(page, theme, reload=reload)
        for screen, (width, height) in SCREENS.items():
            page.set_viewport_size({"width": width, "height": height})
            assert_accessible(page, f"{name}, {theme}, {screen}")
            assert sideways(page) <= 0, f"{name}, {theme}, {screen} is wider than its screen"
            _keep(page, f"{name}-{theme}-{screen}")
    width, height = SCREENS["desktop"]
    page.set_viewport_size({"width": width, "height": height})


def assert_accessible(page: Page, name: str) -> None:
    """axe finds nothing."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{name}:\n{found.generate_report()}"


def sideways(page: Page) -> int:
    """How many pixels the page is wider than its screen."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


def _switch(page: Page, theme: str, *, reload: bool) -> None:
    # Of two cookies for different paths, the page would read the one that was set before.
    page.context.add_cookies([{"name": "theme", "value": theme, "url": urljoin(page.url, "/")}])
    if reload:
        page.reload()
        page.wait_for_load_state("networkidle")
    else:  # What streams is never idle.
        page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)


def _keep(page: Page, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=Path(PICTURES) / f"{name}.jpg", type="jpeg", quality=QUALITY, full_page=True)
