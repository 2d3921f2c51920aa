"""Profiles by each of the cast: found by an identifier, explained, and in clear for a reason."""

import re

import pytest
from playwright.sync_api import Page, expect

from audience_sync.app import App
from audience_sync.flows import audiences
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.model.permissions import SHELL
from audience_sync.sources.builtin.imports import import_file
from tests.e2e.conftest import Visitor
from tests.e2e.looking import looks
from tests.e2e.stage import Stage

EMAIL = "person7@example.com"
EVENTS = """profile_id,event,time,amount,product
c7,page view,2026-11-20 09:00,,
c7,purchase,2026-11-21 18:30,49.90,Rain jacket
c7,newsletter opened,2026-11-23 07:12,,
"""


@pytest.fixture(scope="module")
def known(stage: Stage) -> None:
    """Person 7 did something, said yes, and is held by an audience."""
    folder = stage.settings.data_dir
    (folder / "events.csv").write_text(EVENTS)
    (folder / "consents.csv").write_text("id,consent:ads,country\nc7,yes,US\n")
    import_file(stage.settings.profiles_dir, "profiles", folder / "consents.csv")
    import_file(stage.settings.profiles_dir, "events", folder / "events.csv")

    async def make(app: App) -> str:
        draft = AudienceDraft(stage.ids["segment"], stage.ids["account"], name="Known on Meta", auto_sync=False)
        return (await audiences.create(app, SHELL, draft)).audience.id

    made = stage.do(make)
    stage.until(lambda: stage.do(lambda app: audiences.get(app, SHELL, made)).last_synced_at is not None)


def search(page: Page, value: str, kind: str = "Email") -> None:
    page.goto("/profiles")
    page.get_by_label("Search by").select_option(label=kind)
    page.get_by_label("Identifier").fill(value)
    page.get_by_role("button", name="Find profile").click()


def test_a_marketer_finds_a_person_and_sees_where_they_are(visitor: Visitor, known: None) -> None:
    page = visitor("marketer")
    search(page, " Person7@Example.com ")
    expect(page).to_have_url(re.compile(r"/profiles/[\w.-]+$"))
    expect(page.get_by_text("p•••@e•••.com")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Known on Meta.*Held"))).to_be_visible()
    expect(page.get_by_role("link", name="High Value Customers")).to_be_visible()
    expect(page.get_by_text("Rain jacket")).to_be_visible()
    expect(page.get_by_text(EMAIL)).to_have_count(0)
    looks(page, "profile")


def test_a_phone_is_found_however_it_is_written(visitor: Visitor, known: None) -> None:
    page = visitor("viewer")
    search(page, "+1 (415) 555-0007", "Phone")
    expect(page.get_by_role("heading", level=1)).to_have_text("Profile c7")


def test_who_may_export_sees_identifiers_after_giving_a_reason(visitor: Visitor, known: None) -> None:
    page = visitor("marketer")
    search(page, EMAIL)
    page.get_by_role("link", name="Show identifiers").click()
    dialog = page.get_by_role("dialog", name="Show identifiers")
    dialog.get_by_label("Reason").fill("The person asked what we know")
    looks(page, "profile-reveal", reload=False)
    dialog.get_by_role("button", name="Show identifiers").click()
    expect(page.get_by_text(EMAIL)).to_be_visible()
    page.get_by_role("link", name="Mask identifiers").click()
    expect(page.get_by_text(EMAIL)).to_have_count(0)


def test_a_viewer_is_told_who_may_see_identifiers(visitor: Visitor, known: None) -> None:
    page = visitor("viewer")
    search(page, EMAIL)
    expect(page.get_by_role("button", name="Show identifiers")).to_be_disabled()
    expect(page.get_by_text("Needs audience_sync:export")).to_be_visible()


def test_the_unhappy_ends_of_a_search_say_what_to_do(visitor: Visitor) -> None:
    page = visitor("admin")
    search(page, "not an address")
    expect(page.locator("#value-error")).to_contain_text("no usable email")
    expect(page.get_by_label("Identifier")).to_have_value("not an address")
    search(page, "nobody@example.com")
    expect(page.get_by_role("heading", name="Nobody has this identifier")).to_be_visible()
    looks(page, "profiles-nobody", reload=False)
    page.goto("/profiles/made-up")
    expect(page.get_by_text("There is no such profile.")).to_be_visible()


def test_the_search_looks_right(visitor: Visitor) -> None:
    page = visitor("viewer")
    page.goto("/profiles")
    looks(page, "profiles")
    assert page.get_by_role("heading", level=1).inner_text() == "Profiles"


def test_an_outsider_finds_nobody(visitor: Visitor) -> None:
    page = visitor("outsider")
    page.goto("/profiles")
    expect(page.get_by_text("audience_sync:read", exact=True)).to_be_visible()
