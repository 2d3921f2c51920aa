"""A guardrail in the browser: the sync that it stops, the panel that says why, and the approval."""

import csv
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from audience_sync.app import App
from audience_sync.flows import audiences, runs, segments
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.flows.views import AudienceView
from audience_sync.model.permissions import SHELL
from audience_sync.sources.builtin.imports import import_file
from tests.e2e.conftest import Visitor
from tests.e2e.looking import looks
from tests.e2e.stage import Stage

MEMBERS = 150
PANEL = "A guardrail stops this sync"


@pytest.fixture
def stopped(stage: Stage) -> Iterator[AudienceView]:
    """An audience that lost most of its segment, and whose sync was stopped for that."""
    are(stage, "yes", MEMBERS)

    async def make(app: App) -> str:
        rules = {"type": "rules", "rules": {"attribute": "loyal", "op": "is", "value": "yes"}}
        segment = await segments.create(app, SHELL, segments.SegmentDraft("Loyal", rules))
        draft = AudienceDraft(segment.id, stage.ids["account"], name="Loyal on Meta", auto_sync=False)
        return (await audiences.create(app, SHELL, draft)).audience.id

    made = stage.do(make)
    stage.until(lambda: seen(stage, made).last_synced_at is not None)
    are(stage, "no", MEMBERS - 10)
    stage.do(lambda app: runs.start(app, SHELL, made))
    stage.until(lambda: seen(stage, made).to_approve)
    yield seen(stage, made)
    stage.do(lambda app: audiences.delete(app, SHELL, made, from_platform=False))


def are(stage: Stage, loyal: str, number: int) -> None:
    """So many people are loyal now, or are not."""
    file = stage.settings.data_dir / "loyal.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(["id", "loyal"])
        writer.writerows([f"c{each}", loyal] for each in range(number))
    import_file(stage.settings.profiles_dir, "profiles", file)


def seen(stage: Stage, audience: str) -> AudienceView:
    return stage.do(lambda app: audiences.get(app, SHELL, audience))


def test_a_sync_that_is_stopped_is_looked_at_and_approved(
    visitor: Visitor, stage: Stage, stopped: AudienceView
) -> None:
    page = visitor("marketer")
    page.goto("/audiences")
    looks(page, "audiences-stopped")
    page.goto(f"/audiences/{stopped.id}/history")
    expect(page.get_by_role("alert")).to_contain_text("would remove 140 of 150 profiles (93.3%)")
    looks(page, "history-stopped")
    page.get_by_role("link", name="Review and approve").click()
    panel = page.get_by_role("dialog").get_by_role("alert")
    expect(panel).to_contain_text(PANEL)
    looks(page, "sync-stopped", reload=False)
    page.get_by_role("button", name="Sync Now", exact=True).click()
    expect(panel.get_by_role("checkbox")).to_be_focused()  # The browser asks for the tick.
    panel.get_by_role("checkbox").check()
    page.get_by_role("button", name="Sync Now", exact=True).click()
    stage.until(lambda: seen(stage, stopped.id).last_synced_size == 10)
    assert not seen(stage, stopped.id).to_approve
