"""Flow 3 by each of the cast, from the list over View History to the details of a run; and the list's two views."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from audience_sync.app import App
from audience_sync.flows import audiences
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.model.ids import new_id
from audience_sync.model.permissions import SHELL
from audience_sync.store.audiences import Run
from tests.e2e.conftest import Visitor
from tests.e2e.looking import looks
from tests.e2e.stage import Stage

NAME = "Long on Meta"
COLUMNS = ("Date", "Operation", "Status", "Sent", "Match", "Time")
SUMMARY = ("Total syncs", "Success rate", "Avg match rate", "Audience growth")
DETAILS = ("Operation", "Status", "Triggered by", "Profiles Sent", "Added", "Removed", "Failed", "Audience ID")


@pytest.fixture(scope="module")
def long(stage: Stage) -> str:
    """An audience that was made and synced once, and has a past of twenty days."""

    async def make(app: App) -> str:
        draft = AudienceDraft(stage.ids["segment"], stage.ids["account"], name=NAME, auto_sync=False)
        return (await audiences.create(app, SHELL, draft)).audience.id

    made = stage.do(make)
    stage.until(lambda: stage.do(lambda app: audiences.get(app, SHELL, made)).last_synced_at is not None)
    stage.do(lambda app: remember(app, made))
    return made


async def remember(app: App, audience_id: str) -> None:
    async with app.database.write() as session:
        for number in range(2, 22):
            began = app.now() - timedelta(days=22 - number)
            session.add(past_run(audience_id, number, began))


def past_run(audience_id: str, number: int, began: datetime) -> Run:
    matched, added = 1000 + 7 * number, 5 * (number % 7)
    members = round(matched / (0.86 + 0.001 * (number % 5)))
    status = {9: "failed", 14: "partial"}.get(number, "completed")
    return Run(
        id=new_id(),
        number=number,
        audience_id=audience_id,
        operation="replace" if number % 8 == 0 else "update",
        trigger="scheduled",
        status=status,
        step="done",
        totals={"sent": added, "added": added, "removed": number % 3, "members": members},
        facts={"size_low": matched, "size_high": matched, "as_of": began.isoformat()},
        queued_at=began,
        started_at=began,
        ended_at=began + timedelta(seconds=3.2),
    )


def on_history(page: Page) -> None:
    """The history, by way of the list."""
    page.goto("/audiences")
    page.get_by_label(f"View History of {NAME}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Sync History: {NAME}")


@pytest.mark.parametrize("name", ["admin", "marketer", "viewer"])
def test_whoever_may_read_comes_from_the_list_to_a_run(visitor: Visitor, long: str, name: str) -> None:
    page = visitor(name)
    on_history(page)
    for label in COLUMNS:
        expect(page.get_by_role("columnheader", name=label, exact=True)).to_be_visible()
    for label in SUMMARY:
        expect(page.get_by_role("term").filter(has_text=label)).to_be_visible()
    page.get_by_role("row").nth(2).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sync Details:")
    for label in DETAILS:
        expect(page.get_by_text(label, exact=True).first).to_be_visible()


def test_the_history_of_one_looks_right(visitor: Visitor, long: str) -> None:
    page = visitor("viewer")
    on_history(page)
    for title in ("Audience size over 30 days", "Match rate over 30 days"):
        expect(page.get_by_role("img", name=title)).to_be_visible()
    looks(page, "history-one")


def test_the_history_of_all_looks_right(visitor: Visitor, long: str) -> None:
    page = visitor("viewer")
    page.goto("/history")
    for label in SUMMARY:
        expect(page.get_by_role("term").filter(has_text=label)).to_be_visible()
    looks(page, "history-all")


def test_a_filter_that_nothing_meets_says_so_and_can_be_cleared(visitor: Visitor, long: str) -> None:
    page = visitor("viewer")
    page.goto(f"/audiences/{long}/history?operation=delete")
    expect(page.get_by_role("heading", name="No run like that")).to_be_visible()
    page.get_by_role("link", name="Clear the filters").click()
    expect(page.get_by_role("table").first).to_be_visible()


def test_the_list_is_sorted_and_shown_as_cards_by_its_address(visitor: Visitor, long: str) -> None:
    page = visitor("marketer")
    page.goto("/audiences")
    page.get_by_role("link", name=re.compile("^Size")).click()
    expect(page).to_have_url(re.compile("sort=size"))
    looks(page, "audiences-table")
    page.get_by_role("link", name="Cards").click()
    expect(page).to_have_url(re.compile("sort=size.*view=cards"))
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    looks(page, "audiences-cards")


def test_a_row_comes_alive_while_a_sync_is_under_way(visitor: Visitor, stage: Stage, long: str) -> None:
    page = visitor("marketer")
    stage.control("faults", platform="meta", fault="slow:6", times=3)
    try:
        page.goto("/audiences")
        page.get_by_label(f"Sync Now: {NAME}").click()
        page.get_by_role("dialog").get_by_label("Full replace (replace entire audience)").check()
        expect(page.get_by_role("dialog")).to_contain_text("sent again")
        page.get_by_role("button", name="Sync Now", exact=True).click()
        page.wait_for_url("**/runs/*")
        page.goto("/audiences")
        expect(page.get_by_role("progressbar", name=f"Progress of the sync of {NAME}")).to_be_visible()
        expect(page.get_by_label(f"Sync Now: {NAME}")).to_be_visible()
    finally:
        stage.mend()


def test_an_outsider_sees_no_history(visitor: Visitor) -> None:
    page = visitor("outsider")
    page.goto("/history")
    expect(page.get_by_text("audience_sync:read", exact=True)).to_be_visible()
