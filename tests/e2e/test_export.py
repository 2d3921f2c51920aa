"""Flow 4, a segment as a file, by each of the cast, from the segment to the downloaded file."""

import csv
import re
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visitor
from tests.e2e.looking import looks
from tests.e2e.stage import PEOPLE, Stage

GOLD = PEOPLE - (PEOPLE + 2) // 3
OPTIONS = ["CSV (Recommended)", "JSON", "Email (hashed)", "Phone (hashed)", "Device ID", "Computed traits"]
OPTIONS += ["Recent events (last 30 days)", "Profile attributes", "Hash identifiers"]
CHOSEN = {"CSV (Recommended)": True, "Email (hashed)": True, "Phone (hashed)": True, "Device ID": False}
CHOSEN |= {"Computed traits": True, "Recent events (last 30 days)": False, "Profile attributes": False}


def exported(page: Page, stage: Stage) -> None:
    """From the segment over the form, as it opens, to the finished export."""
    page.goto(f"/segments/{stage.ids['segment']}")
    page.get_by_role("link", name="Export", exact=True).click()
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("heading", name="Export Ready")).to_be_visible()


def test_the_form_offers_what_the_specification_offers(visitor: Visitor, stage: Stage) -> None:
    page = visitor("marketer")
    page.goto(f"/exports/new?segment={stage.ids['segment']}")
    for option in OPTIONS:
        expect(page.get_by_label(option, exact=True)).to_be_visible()
    for option, is_chosen in CHOSEN.items():
        expect(page.get_by_label(option, exact=True)).to_be_checked(checked=is_chosen)


def test_a_marketer_exports_a_segment_and_downloads_it(visitor: Visitor, stage: Stage, tmp_path: Path) -> None:
    page = visitor("marketer")
    exported(page, stage)
    today = datetime.now(UTC).date().isoformat()
    expect(page.get_by_text(f"high-value-customers-{today}.csv")).to_be_visible()
    expect(page.get_by_text("Link expires in 24 hours")).to_be_visible()
    looks(page, "export-ready")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download").click()
    downloading.value.save_as(tmp_path / "export.csv")
    with (tmp_path / "export.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert (len(rows), "@" in str(rows)) == (GOLD, False)


def test_its_progress_is_shown_while_the_file_is_made(visitor: Visitor, stage: Stage) -> None:
    page = visitor("marketer")
    seen: list[str] = []
    page.on("response", lambda answer: seen.append(answer.url) if answer.url.endswith("/events") else None)
    page.goto(f"/exports/new?segment={stage.ids['segment']}")
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_text("Generating export...")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Generating export")).to_be_visible()
    expect(page.get_by_role("heading", name="Export Ready")).to_be_visible()
    assert len(seen) == 1


def test_a_copied_link_opens_the_file_for_who_has_no_account(visitor: Visitor, stage: Stage) -> None:
    page = visitor("marketer")
    exported(page, stage)
    page.get_by_role("button", name="Copy Link").click()
    link = page.get_by_label("The link").input_value()
    looks(page, "export-link", reload=False)
    page.context.clear_cookies()
    answer = page.request.get(link)
    assert (answer.status, len(answer.text().splitlines())) == (200, GOLD + 1)


def test_readable_identifiers_need_a_reason(visitor: Visitor, stage: Stage) -> None:
    page = visitor("admin")
    page.goto(f"/exports/new?segment={stage.ids['segment']}")
    page.get_by_label("Hash identifiers").uncheck()
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.locator("#reason-error")).to_be_visible()
    expect(page.get_by_label("Hash identifiers")).not_to_be_checked()


def test_a_revoked_export_is_gone(visitor: Visitor, stage: Stage) -> None:
    page = visitor("marketer")
    exported(page, stage)
    here = page.url
    page.get_by_role("link", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Delete|Revoke")).click()
    expect(page).to_have_url(re.compile("/exports$"))
    page.goto(here)
    expect(page.get_by_role("link", name="Download")).to_have_count(0)


def test_a_viewer_may_not_export(visitor: Visitor, stage: Stage) -> None:
    page = visitor("viewer")
    page.goto(f"/segments/{stage.ids['segment']}")
    expect(page.get_by_role("link", name="Export", exact=True)).to_have_count(0)
    answer = page.goto("/exports/new")
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_text("it needs audience_sync:export").first).to_be_visible()
