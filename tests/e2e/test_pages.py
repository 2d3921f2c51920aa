"""The pages of Audience Sync, as everybody who may see them finds them at first."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visitor
from tests.e2e.looking import looks
from tests.e2e.stage import Stage

PAGES = {
    "audiences": ("/audiences", "Platform Audiences"),
    "segments": ("/segments", "Segments"),
    "platforms": ("/platforms", "Connected Platforms"),
    "connect": ("/platforms/connect", "Connect Platform"),
    "history": ("/history", "History"),
    "exports": ("/exports", "Exports"),
    "exports-new": ("/exports/new", "Export Segment"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_its_title_and_looks_right(visitor: Visitor, name: str) -> None:
    path, title = PAGES[name]
    page = visitor("admin")
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    looks(page, name)


def test_a_segment_looks_right(visitor: Visitor, stage: Stage) -> None:
    page: Page = visitor("viewer")
    page.goto(f"/segments/{stage.ids['segment']}")
    expect(page.get_by_role("heading", level=1)).to_have_text("High Value Customers")
    looks(page, "segment")
