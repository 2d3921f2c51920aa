"""Flow 1 of the specification in a browser: from signing in to the results of a new audience."""

import re

import httpx2
import pytest
from playwright.sync_api import Page, expect

from audience_sync.app import App
from audience_sync.flows import audiences
from audience_sync.model.permissions import SHELL
from tests.e2e.conftest import Visitor
from tests.e2e.looking import looks
from tests.e2e.stage import PASSWORD, Stage

SEGMENT = "High Value Customers (200 profiles)"

NAME = "High Value Customers - Stratum"
FIGURES = (
    re.compile(f"Audience:\\s*{NAME}"),
    re.compile(r"Platform:\s*Meta \(act_123456789\)"),
    "Sync Results:",
    re.compile(r"Profiles Sent:\s*200"),
    "Matched:",
    re.compile(r"Next Sync:\s*[A-Z][a-z]{2} \d+, \d{4} \d\d:\d\d"),
)


def begin(page: Page) -> None:
    page.goto("/audiences/new")
    page.get_by_label(SEGMENT).check()
    page.get_by_role("button", name="Next").click()


def choose_account(page: Page) -> None:
    page.get_by_label(re.compile("^Meta")).check()
    page.get_by_label(re.compile("^act_123456789")).check()
    page.get_by_role("button", name="Next").click()


def drop(stage: Stage, name: str) -> None:
    """The audience is not ours any more, so that its name is free for the next test."""

    async def work(app: App) -> None:
        found = (await audiences.list_audiences(app, SHELL, search=name)).items
        for each in found:
            await audiences.delete(app, SHELL, each.id, from_platform=False)

    stage.do(work)


def slow(stage: Stage, path: str, seconds: int) -> None:
    """Meta takes that long over its next answer to such a call."""
    order = {"platform": "meta", "fault": f"slow:{seconds}", "times": 1, "path": path}
    httpx2.post(f"{stage.sandbox.url}/_sandbox/faults", json=order).raise_for_status()


def per_cent(page: Page) -> int:
    return int(page.get_by_role("progressbar").get_attribute("value") or 0)


def test_a_marketer_creates_an_audience_from_signing_in_to_the_results(page: Page, stage: Stage) -> None:
    page.goto("/audiences/new")
    page.get_by_label("E-mail address").fill("marketer@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("group", name="Select Segment")).to_be_visible()
    page.get_by_label(SEGMENT).check()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/audiences/new/platform"))
    choose_account(page)
    expect(page.get_by_label("Name:")).to_have_value(NAME)
    expect(page.get_by_label("Auto-sync")).to_be_checked()
    expect(page.get_by_label("Sync interval:")).to_have_value("24")
    page.get_by_label("Description:").fill("Made in a test")
    page.get_by_role("button", name="Create Audience").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Audience Created Successfully")
    for line in FIGURES:
        expect(page.get_by_role("main")).to_contain_text(line)
    expect(page.get_by_role("link", name="View in Meta")).to_have_attribute("href", re.compile("^http"))
    looks(page, "create-results")
    page.get_by_role("link", name="Done").click()
    expect(page).to_have_url(re.compile("/audiences$"))
    drop(stage, NAME)


def test_the_progress_is_seen_moving_and_survives_a_reload(visitor: Visitor, stage: Stage) -> None:
    page = visitor("marketer")
    begin(page)
    choose_account(page)
    page.get_by_label("Name:").fill("Moving")
    for path in ("POST .*customaudiences", "POST .*users"):
        slow(stage, path, 3)
    page.get_by_role("button", name="Create Audience").click()
    now = page.locator(".step-running")
    expect(page.get_by_role("heading", level=1)).to_have_text("Creating audience...")
    expect(now).to_contain_text("Creating audience on Meta...")
    at_first = per_cent(page)
    page.reload()
    expect(now).to_contain_text("Uploading 200 profiles...")
    assert per_cent(page) > at_first
    expect(page.locator(".step-done")).to_contain_text("Creating audience on Meta...")
    expect(page.locator(".step-waiting")).to_contain_text("Processing identifiers...")
    expect(page.get_by_role("heading", level=1)).to_have_text("Audience Created Successfully")
    drop(stage, "Moving")


def test_the_progress_looks_right(visitor: Visitor, stage: Stage) -> None:
    page = visitor("marketer")
    begin(page)
    choose_account(page)
    page.get_by_label("Name:").fill("Looked at")
    slow(stage, "POST .*users", 6)
    page.get_by_role("button", name="Create Audience").click()
    expect(page.locator(".step-running")).to_contain_text("Uploading 200 profiles...")
    looks(page, "create-progress", reload=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Audience Created Successfully")
    drop(stage, "Looked at")


def test_back_keeps_what_was_typed(visitor: Visitor) -> None:
    page = visitor("marketer")
    begin(page)
    choose_account(page)
    page.get_by_label("Name:").fill("Typed before")
    page.get_by_label("Auto-sync").uncheck()
    page.get_by_label("Sync interval:").select_option("168")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label(re.compile("^act_123456789"))).to_be_checked()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("Name:")).to_have_value("Typed before")
    expect(page.get_by_label("Auto-sync")).not_to_be_checked()
    expect(page.get_by_label("Sync interval:")).to_have_value("168")


def test_a_choice_can_be_changed_from_the_side(visitor: Visitor) -> None:
    page = visitor("marketer")
    begin(page)
    choose_account(page)
    page.get_by_label("Name:").fill("Typed before")
    page.get_by_role("button", name="Change segment").click()
    expect(page.get_by_label(SEGMENT)).to_be_checked()
    expect(page).to_have_url(re.compile("name=Typed"))


def test_each_step_looks_right(visitor: Visitor) -> None:
    page = visitor("admin")
    page.goto("/audiences/new")
    looks(page, "create-segment")
    begin(page)
    expect(page).to_have_url(re.compile("/new/platform"))
    looks(page, "create-platform")
    page.get_by_label(re.compile("^TikTok")).check()
    expect(page.get_by_text("TikTok is not connected")).to_be_visible()
    looks(page, "create-not-connected", reload=False)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert").first).to_contain_text("Choose an ad account of TikTok.")
    looks(page, "create-refused", reload=False)
    choose_account(page)
    expect(page).to_have_url(re.compile("/new/settings"))
    looks(page, "create-settings")


@pytest.mark.parametrize("name", ["viewer", "outsider"])
def test_who_may_not_create_is_told_whom_to_ask(visitor: Visitor, name: str) -> None:
    page = visitor(name)
    page.goto("/audiences/new")
    expect(page.get_by_role("heading", level=1)).to_have_text("You may not do this")
    expect(page.get_by_role("main")).to_contain_text("audience_sync:create")


def test_a_name_that_is_taken_is_told_at_its_field(visitor: Visitor, stage: Stage) -> None:
    page = visitor("marketer")
    for _ in range(2):
        begin(page)
        choose_account(page)
        page.get_by_label("Name:").fill("Twice")
        page.get_by_role("button", name="Create Audience").click()
    expect(page.locator("#name-error")).to_contain_text("Twice (2)")
    expect(page.get_by_label("Name:")).to_have_value("Twice")
    stage.until(
        lambda: all(not each.running for each in stage.do(lambda app: audiences.list_audiences(app, SHELL)).items)
    )
    drop(stage, "Twice")
