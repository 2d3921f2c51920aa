"""Flow 5 by each of the cast: from Connect Platform over the platform's own page to the connected accounts."""

import re

import pytest
from playwright.sync_api import Page, expect

from audience_sync.app import App
from audience_sync.flows import connections
from audience_sync.model.permissions import SHELL
from tests.e2e.conftest import Visitor
from tests.e2e.looking import looks
from tests.e2e.stage import Stage

PLATFORM = "TikTok"
CONSENT = ("wants to access your", "This will allow", "Manage your custom audiences", "Upload customer lists")


def at_consent(page: Page, name: str = PLATFORM) -> None:
    """The platform's consent page, by way of ours."""
    page.goto("/platforms")
    page.get_by_role("link", name="Connect Platform").click()
    page.get_by_label(re.compile(rf"^Connect( another)? {name}$")).click()
    expect(page.get_by_text("wants to access your")).to_be_visible()


def count(stage: Stage) -> int:
    async def counted(app: App) -> int:
        return len(await connections.connections(app, SHELL))

    return stage.do(counted)


def test_an_admin_connects_a_platform(visitor: Visitor) -> None:
    page = visitor("admin")
    at_consent(page)
    for words in CONSENT:
        expect(page.get_by_text(words)).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Select Ad Accounts", level=1)).to_be_visible()
    looks(page, "connect-accounts")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Connect Selected").click()
    expect(page).to_have_url(re.compile("/platforms$"))
    expect(page.get_by_text(f"{PLATFORM} is connected with 1 ad account.")).to_be_visible()
    expect(page.get_by_role("list", name=f"Ad accounts of {PLATFORM}")).to_be_visible()
    for label in ("Disconnect", "Refresh"):
        expect(page.get_by_label(f"{label} {PLATFORM}")).to_be_visible()
    looks(page, "platforms-connected")


def test_a_denial_says_what_to_do_and_offers_it_again(visitor: Visitor, stage: Stage) -> None:
    before, page = count(stage), visitor("admin")
    at_consent(page, "Snapchat")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Snapchat was not connected")
    expect(page.get_by_text("What to do:")).to_be_visible()
    looks(page, "connect-denied", reload=False)
    page.get_by_role("button", name="Connect Snapchat again").click()
    expect(page.get_by_text("wants to access your")).to_be_visible()
    assert count(stage) == before


def test_a_forged_state_connects_nothing(visitor: Visitor, stage: Stage) -> None:
    before, page = count(stage), visitor("admin")
    page.goto("/api/v1/platforms/meta/callback?state=forged&code=stolen")
    expect(page.get_by_role("heading", level=1)).to_have_text("Meta was not connected")
    expect(page.get_by_text("This sign-in was not begun here.")).to_be_visible()
    assert count(stage) == before


def test_a_grant_without_the_needed_permissions_names_them(visitor: Visitor, stage: Stage) -> None:
    before, page = count(stage), visitor("admin")
    at_consent(page, "Meta")
    page.evaluate(
        "() => document.querySelector('form')"
        ".insertAdjacentHTML('beforeend', '<input name=declined value=ads_management>')"
    )
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Meta was not connected")
    expect(page.locator("code", has_text="ads_management")).to_be_visible()
    looks(page, "connect-scopes", reload=False)
    assert count(stage) == before


def test_a_closed_window_is_told_and_can_be_begun_again(visitor: Visitor) -> None:
    page = visitor("admin")
    at_consent(page, "Google")
    page.goto("/platforms/connect")
    expect(page.get_by_text("Connecting Google was not finished")).to_be_visible()
    looks(page, "connect-unfinished")
    page.get_by_role("button", name="Connect Google again").click()
    expect(page.get_by_text("wants to access your")).to_be_visible()


@pytest.mark.parametrize("name", ["marketer", "viewer"])
def test_others_see_platforms_and_are_told_who_connects(visitor: Visitor, name: str) -> None:
    page = visitor(name)
    page.goto("/platforms")
    expect(page.get_by_role("button", name="Connect Platform")).to_be_disabled()
    expect(page.get_by_text("Needs audience_sync:admin")).to_be_visible()
    assert page.request.post("/platforms/meta/connect").status == 403


def test_an_outsider_sees_no_platform(visitor: Visitor) -> None:
    page = visitor("outsider")
    page.goto("/platforms")
    expect(page.get_by_text("audience_sync:read", exact=True)).to_be_visible()
