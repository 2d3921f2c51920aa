"""Users, keys, sessions, the profile and the search, in a real browser."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visitor
from tests.e2e.looking import looks, sideways
from tests.e2e.stage import PASSWORD, Stage


def test_an_administrator_adds_somebody_by_a_link(visitor: Visitor) -> None:
    page = visitor("admin")
    page.goto("/users/new")
    looks(page, "users-new")
    page.get_by_label("E-mail address").fill("new@example.com")
    page.get_by_label("analyst").check()
    page.get_by_role("button", name="Add user").click()
    expect(page.get_by_label("The link")).to_have_value(re.compile(r"/new-password\?link="))
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("row", name=re.compile("new@example.com"))).to_contain_text("No password yet")


def test_what_is_wrong_with_a_user_stands_at_the_field(visitor: Visitor) -> None:
    page = visitor("admin")
    page.goto("/users/new")
    page.get_by_label("E-mail address").fill("ada@localhost")
    page.get_by_role("button", name="Add user").click()
    expect(page.locator("#email-error")).to_contain_text("This is not an e-mail address.")
    expect(page.get_by_label("E-mail address")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("E-mail address")).to_have_value("ada@localhost")
    looks(page, "users-new-wrong", reload=False)


def test_the_last_administrator_stays_one(visitor: Visitor) -> None:
    page = visitor("admin")
    page.goto("/users")
    page.get_by_role("link", name="Ada Admin").click()
    looks(page, "users-one")
    page.get_by_label("viewer").check()
    page.get_by_role("button", name="Save role").click()
    expect(page.locator("#role-error")).to_contain_text("Ada Admin is the last administrator.")


def test_a_question_opens_over_the_page(visitor: Visitor) -> None:
    page = visitor("admin")
    page.goto("/users")
    page.get_by_label("Actions for Vic Viewer").click()
    looks(page, "users-menu", reload=False)
    page.get_by_role("link", name="Disable").click()
    dialog = page.get_by_role("dialog", name="Disable Vic Viewer")
    expect(dialog).to_contain_text("signed out everywhere")
    expect(dialog.get_by_role("heading")).to_be_focused()
    looks(page, "users-disable", reload=False)
    page.get_by_role("link", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(page).to_have_url(re.compile("/users$"))


def test_the_same_question_is_a_page_without_scripts(page: Page, visitor: Visitor) -> None:
    visitor("admin")
    page.route("**/*.js", lambda route: route.abort())
    page.goto("/users")
    page.get_by_label("Actions for Vic Viewer").click()
    page.get_by_role("link", name="Disable").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Disable Vic Viewer")
    looks(page, "users-disable-page")


def test_a_key_is_shown_once_and_revoked(visitor: Visitor) -> None:
    page = visitor("marketer")
    page.goto("/api-keys")
    looks(page, "api-keys-empty")
    page.get_by_role("link", name="New API key").first.click()
    looks(page, "api-keys-new")
    page.get_by_label("Name").fill("nightly job")
    page.get_by_label("Sync", exact=True).check()
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_label("The key")).to_have_value(re.compile("^asy_[0-9a-f]{16}_"))
    page.get_by_role("link", name="Done").click()
    looks(page, "api-keys")
    page.get_by_label("Revoke nightly job").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("row", name=re.compile("nightly job"))).to_contain_text("Revoked")


def test_another_browser_is_signed_out(visitor: Visitor) -> None:
    visitor("viewer")
    page = visitor("viewer")
    page.goto("/sessions")
    looks(page, "sessions")
    page.get_by_role("button", name="Sign out all others").click()
    expect(page.get_by_role("listitem").filter(has_text="Chrome on Linux")).to_have_count(1)
    expect(page.get_by_text("This browser")).to_be_visible()


def test_a_profile_is_saved_and_times_follow_its_zone(visitor: Visitor) -> None:
    page = visitor("marketer")
    page.goto("/profile")
    looks(page, "profile")
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    looks(page, "toast", reload=False)
    page.goto("/sessions")
    expect(page.locator("time").first).to_have_attribute("title", re.compile(r"\(Asia/Tokyo\)$"))


def test_a_wrong_current_password_is_told_at_its_field(visitor: Visitor) -> None:
    page = visitor("viewer")
    page.goto("/profile")
    page.get_by_label("Current password", exact=True).fill("not it")
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("#current-error")).to_contain_text("That is not your current password.")


def test_the_search_opens_with_a_key_and_finds_a_segment(visitor: Visitor, stage: Stage) -> None:
    page = visitor("viewer")
    page.goto("/sessions")
    page.keyboard.press("/")
    page.keyboard.type("high value")
    found = page.get_by_role("dialog", name="Search").get_by_role("link", name="High Value Customers")
    expect(found).to_have_attribute("href", f"/segments/{stage.ids['segment']}")
    looks(page, "palette", reload=False)
    page.keyboard.press("ArrowDown")
    expect(found).to_be_focused()
    page.keyboard.press("Escape")
    expect(found).to_be_hidden()


def test_the_search_is_a_page_without_scripts(visitor: Visitor) -> None:
    page = visitor("viewer")
    page.goto("/search?q=nothing+of+that+name")
    expect(page.get_by_role("status").filter(has_text="Nothing goes by")).to_be_visible()
    looks(page, "search")


def test_the_navigation_is_a_drawer_on_a_phone(visitor: Visitor) -> None:
    page = visitor("marketer")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/sessions")
    expect(page.get_by_role("link", name="Segments")).to_be_hidden()
    page.get_by_role("button", name="Navigation").click()
    expect(page.get_by_role("link", name="Segments")).to_be_visible()
    assert sideways(page) <= 0
    looks(page, "drawer", reload=False)


def test_a_lost_connection_is_told(visitor: Visitor) -> None:
    page = visitor("viewer")
    page.goto("/sessions")
    page.context.set_offline(True)
    expect(page.get_by_role("alert")).to_contain_text("The connection is lost.")
    looks(page, "offline", reload=False)
    page.context.set_offline(False)
    expect(page.get_by_text("The connection is lost.")).to_be_hidden()


def test_an_outsider_is_told_what_is_missing(visitor: Visitor) -> None:
    page = visitor("outsider")
    page.goto("/search")
    expect(page.get_by_role("main")).to_contain_text("audience_sync:read")
    expect(page.get_by_role("main")).to_contain_text("An administrator can grant it")
    looks(page, "forbidden")


def test_users_and_roles_look_right(visitor: Visitor) -> None:
    page = visitor("admin")
    page.goto("/users")
    looks(page, "users")
    expect(page.get_by_role("main").get_by_role("heading", level=2)).to_have_text(["What each role may do"])
