"""The menu of an audience in a browser: each of its actions, as a marketer does it."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from audience_sync.app import App
from audience_sync.flows import audiences
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.model.permissions import SHELL
from audience_sync.store.audiences import Audience
from tests.e2e.conftest import Visitor
from tests.e2e.looking import looks
from tests.e2e.stage import Stage

NAME = "Acted upon"


@pytest.fixture
def audience(stage: Stage) -> Iterator[str]:
    """The id of an audience that was synced once; whatever became of it, its name is free afterwards."""

    async def make(app: App) -> str:
        draft = AudienceDraft(stage.ids["segment"], stage.ids["account"], NAME)
        return (await audiences.create(app, SHELL, draft)).audience.id

    async def is_synced(app: App) -> bool:
        return (await audiences.get(app, SHELL, made)).last_synced_at is not None

    made = stage.do(make)
    stage.until(lambda: stage.do(is_synced))
    yield made
    stage.do(lambda app: _set(app, made, state="deleted", auto_sync=False))


async def _set(app: App, audience_id: str, **values: object) -> None:
    async with app.database.write() as session:
        await session.execute(sa.update(Audience).where(Audience.id == audience_id).values(**values))


def opened(page: Page, label: str, name: str = NAME) -> None:
    """The entry of the audience's menu was chosen."""
    page.goto("/audiences")
    page.get_by_label(f"More about {name}").click()
    page.get_by_role("link", name=label, exact=True).click()


def test_the_menu_opens_and_looks_right(visitor: Visitor, audience: str) -> None:
    page = visitor("marketer")
    page.goto("/audiences")
    page.get_by_label(f"More about {NAME}").click()
    for label in ("Edit", "Rename", "Pause", "Relink", "Delete"):
        expect(page.get_by_role("link", name=label, exact=True)).to_be_visible()
    looks(page, "audience-menu", reload=False)


@pytest.mark.parametrize("view", ["table", "cards"])
def test_on_a_phone_the_whole_menu_is_on_the_screen(visitor: Visitor, audience: str, view: str) -> None:
    page = visitor("marketer")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/audiences?view={view}")
    page.get_by_label(f"More about {NAME}").click()
    box = page.locator(".menu[open] .menu-list").bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 360


def test_a_viewer_is_told_in_the_menu_what_is_missing(visitor: Visitor, audience: str) -> None:
    page = visitor("viewer")
    page.goto("/audiences")
    page.get_by_label(f"More about {NAME}").click()
    refused = page.get_by_role("button", name="Delete needs audience_sync:delete")
    expect(refused).to_have_attribute("aria-disabled", "true")


def test_an_audience_is_renamed_over_the_list(visitor: Visitor, audience: str) -> None:
    page = visitor("marketer")
    opened(page, "Rename")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name:").fill("Called otherwise")
    looks(page, "audience-rename", reload=False)
    dialog.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("link", name="Called otherwise", exact=True)).to_be_visible()


def test_an_audience_is_paused_and_resumed(visitor: Visitor, audience: str) -> None:
    page = visitor("marketer")
    opened(page, "Pause")
    looks(page, "audience-pause", reload=False)
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    row = page.get_by_role("row", name=NAME)
    expect(row).to_contain_text("Paused")
    page.get_by_label(f"More about {NAME}").click()
    page.get_by_role("button", name="Resume").click()
    expect(row).to_contain_text("Healthy")


def test_the_settings_of_an_audience_are_changed(visitor: Visitor, stage: Stage, audience: str) -> None:
    page = visitor("marketer")
    opened(page, "Edit")
    looks(page, "audience-edit")
    page.get_by_label("Sync interval:").select_option("6")
    page.get_by_text("Identifiers to send").first.click()
    page.get_by_label("Phone (hashed)").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"{NAME} is changed.")).to_be_visible()
    now = stage.do(lambda app: audiences.get(app, SHELL, audience))
    assert (now.interval_hours, "phone" in now.identifiers) == (6, False)


def test_deleting_needs_the_name_and_says_what_becomes_of_the_list(visitor: Visitor, audience: str) -> None:
    page = visitor("marketer")
    opened(page, "Delete")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Leave it there").check()
    looks(page, "audience-delete", reload=False)
    dialog.get_by_label(f"Type {NAME} to confirm").fill(NAME)
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text(f"{NAME} is deleted.")).to_be_visible()
    expect(page.get_by_role("link", name=NAME, exact=True)).to_have_count(0)


def test_a_living_audience_is_told_where_it_could_go_on(visitor: Visitor, audience: str) -> None:
    page = visitor("marketer")
    opened(page, "Relink")
    expect(page.get_by_role("main")).to_contain_text("No other connection reaches act_123456789.")
    looks(page, "audience-relink")


def test_one_that_is_gone_is_linked_to_a_list_that_is_there(visitor: Visitor, stage: Stage, audience: str) -> None:
    stage.do(lambda app: _set(app, audience, state="stale", problem="Meta says that it is not there any more."))
    page = visitor("marketer")
    opened(page, "Relink")
    page.get_by_label("act_123456789 - Main Account").check()
    page.get_by_role("button", name="Show its lists").click()
    page.get_by_role("radio", name=NAME).first.check()
    looks(page, "audience-relink-lists", reload=False)
    page.get_by_role("button", name="Relink").click()
    expect(page).to_have_url(re.compile("/runs/"))
    stage.until(lambda: stage.do(lambda app: audiences.get(app, SHELL, audience)).health == "Healthy")
