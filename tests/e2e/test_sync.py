"""Flow 2, the list and a sync, by each of the cast, from the list to the last line."""

import csv
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from audience_sync.app import App
from audience_sync.flows import audiences, runs, segments
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.flows.history import history
from audience_sync.flows.views import RunView
from audience_sync.model.permissions import SHELL
from audience_sync.sources.builtin.imports import import_file
from tests.e2e.conftest import Visitor
from tests.e2e.looking import looks
from tests.e2e.stage import Stage

NAME = "Club on Meta"
LINES = ("Getting segment members...", "Calculating delta...", "Hashing identifiers...", "Uploading to Meta...")
RESULTS = ("Profiles Sent", "Added", "Removed", "Failed", "Duration", "Current audience size", "Match rate")
SLOW_SECONDS = 2


@pytest.fixture(scope="module")
def synced(stage: Stage) -> str:
    """An audience of a segment of its own that was made and synced once; other tests count the others' members."""
    come(stage, *(f"c{number}" for number in range(150)))

    async def make(app: App) -> str:
        rules = {"type": "rules", "rules": {"attribute": "club", "op": "is", "value": "yes"}}
        segment = await segments.create(app, SHELL, segments.SegmentDraft("Club", rules))
        draft = AudienceDraft(segment.id, stage.ids["account"], name=NAME, auto_sync=False)
        return (await audiences.create(app, SHELL, draft)).audience.id

    made = stage.do(make)
    stage.until(lambda: stage.do(lambda app: audiences.get(app, SHELL, made)).last_synced_at is not None)
    return made


@pytest.fixture
def equal(stage: Stage, synced: str) -> str:
    """The audience, with everybody sent who came for an earlier test."""
    stage.until(lambda: all(run.ended_at for run in stage.do(lambda app: runs_of(app, synced))))
    stage.do(lambda app: runs.start(app, SHELL, synced))
    stage.until(lambda: all(run.ended_at for run in stage.do(lambda app: runs_of(app, synced))))
    return synced


@pytest.fixture
def slowly(stage: Stage) -> Iterator[None]:
    """Meta takes its time with each request."""
    stage.control("faults", platform="meta", fault=f"slow:{SLOW_SECONDS}", times=5)
    yield
    stage.mend()


def come(stage: Stage, *names: str) -> None:
    """Some of the people are in the club now."""
    file = stage.settings.data_dir / f"{names[0]}.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(["id", "club"])
        writer.writerows([name, "yes"] for name in names)
    import_file(stage.settings.profiles_dir, "profiles", file)


def asked(page: Page) -> None:
    """The dialog of the sync is open over the list."""
    page.goto("/audiences")
    page.get_by_label(f"Sync Now: {NAME}").click()
    expect(page.get_by_role("dialog", name="Sync Audience")).to_contain_text(f'Sync "{NAME}" to Meta?')


def test_a_marketer_sees_what_will_change_and_syncs(visitor: Visitor, stage: Stage, equal: str, slowly: None) -> None:
    come(stage, "c200", "c201")
    page = visitor("marketer")
    asked(page)
    expect(page.get_by_role("dialog")).to_contain_text("+2 added")
    looks(page, "sync", reload=False)
    page.get_by_role("button", name="Sync Now", exact=True).click()
    expect(page.get_by_role("heading", name="Syncing...")).to_be_visible()
    seen = moving(page)
    assert (len(seen) > 1, seen) == (True, sorted(seen))
    expect(page.get_by_text("Sync Completed")).to_be_visible()
    for label in RESULTS:
        expect(page.get_by_text(label, exact=True).first).to_be_visible()
    page.get_by_role("link", name="Show all figures").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sync Details:")
    looks(page, "run")


def moving(page: Page) -> list[int]:
    """Per cents that the bar showed, in order, each once, until the run had ended."""
    seen: list[int] = []
    while page.get_by_text("Sync Completed").count() == 0:
        for line in LINES:
            assert page.get_by_text(line).count() <= 1
        bar = page.get_by_role("progressbar")
        value = int(bar.get_attribute("value") or 0) if bar.count() else 100
        if value not in seen:
            seen.append(value)
        page.wait_for_timeout(100)
    return seen


def test_the_progress_has_the_lines_of_the_specification(
    visitor: Visitor, stage: Stage, synced: str, slowly: None
) -> None:
    come(stage, "c210")
    page = visitor("marketer")
    asked(page)
    page.get_by_role("button", name="Sync Now", exact=True).click()
    for line in LINES:
        expect(page.get_by_text(line)).to_be_visible()
    looks(page, "run-live", reload=False)
    expect(page.get_by_text("Sync Completed")).to_be_visible()


def test_the_kind_of_sync_is_chosen_in_the_dialog(visitor: Visitor, synced: str) -> None:
    page = visitor("marketer")
    asked(page)
    page.get_by_label("Full replace (replace entire audience)").check()
    expect(page.get_by_role("dialog")).to_contain_text("sent again")
    expect(page.get_by_label("Full replace (replace entire audience)")).to_be_checked()
    expect(page.get_by_label("Full replace (replace entire audience)")).to_be_focused()


def test_another_kind_than_the_one_shown_is_shown_before_it_runs(page: Page, visitor: Visitor, synced: str) -> None:
    page.route(re.compile(r"htmx\.js"), lambda route: route.abort())
    visitor("marketer")
    page.goto(f"/audiences/{synced}/sync")
    page.get_by_label("Full replace (replace entire audience)").check()
    page.get_by_role("button", name="Sync Now").click()
    expect(page).to_have_url(re.compile("/sync$"))
    expect(page.get_by_text("sent again")).to_be_visible()


def test_a_run_is_cancelled_and_says_what_stays(visitor: Visitor, stage: Stage, synced: str, slowly: None) -> None:
    come(stage, "c220")
    page = visitor("marketer")
    asked(page)
    page.get_by_role("button", name="Sync Now", exact=True).click()
    page.get_by_role("link", name="Cancel sync").click()
    expect(page.get_by_role("dialog")).to_contain_text("What was sent stays on the platform")
    page.get_by_role("button", name="Cancel the sync").click()
    expect(page.get_by_text(re.compile("Sync cancelled|Cancelled|Sync Completed")).first).to_be_visible()


def test_a_viewer_reads_and_is_told_why_they_may_not_sync(visitor: Visitor, stage: Stage, synced: str) -> None:
    page = visitor("viewer")
    page.goto("/audiences")
    expect(page.get_by_label(f"Sync Now: {NAME}")).to_be_disabled()
    expect(page.get_by_text("Sync Now needs audience_sync:sync")).to_be_visible()
    runs_before = len(stage.do(lambda app: runs_of(app, synced)))
    assert page.request.post(f"/audiences/{synced}/sync", form={"plan_id": "x"}).status == 403
    assert len(stage.do(lambda app: runs_of(app, synced))) == runs_before


async def runs_of(app: App, audience: str) -> tuple[RunView, ...]:
    return tuple((await history(app, SHELL, audience)).items)


def test_an_outsider_is_told_who_can_let_them_in(visitor: Visitor, synced: str) -> None:
    page = visitor("outsider")
    assert page.goto("/audiences").status == 403  # type: ignore[union-attr]  # It answered.
    expect(page.get_by_text("Olga Outsider may not do this: it needs audience_sync:read")).to_be_visible()
