"""Signing in, and what is seen of it, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from audience_sync.flows import password_links, people
from audience_sync.model.permissions import SHELL
from tests.e2e.conftest import Visitor
from tests.e2e.looking import looks
from tests.e2e.stage import CAST, PASSWORD, Stage, staged


@pytest.mark.parametrize("name", CAST)
def test_each_of_the_cast_signs_in_and_out(page: Page, name: str) -> None:
    page.goto("/users")
    page.get_by_label("E-mail address").fill(f"{name}@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/users$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Users and roles" if name == "admin" else "You may not do this"
    )
    page.get_by_label(f"You: {CAST[name][0]}").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_a_wrong_password_is_told_and_the_address_kept(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill("nobody@example.com")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("The e-mail address or the password is wrong.")
    expect(page.get_by_label("E-mail address")).to_have_value("nobody@example.com")
    expect(page.get_by_role("alert")).to_be_focused()


def test_a_password_can_be_looked_at(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("Password", exact=True).fill("what I typed")
    page.get_by_role("button", name="Show password").click()
    assert page.locator("#password").get_attribute("type") == "text"


def test_the_first_person_becomes_the_administrator(browser: Browser, tmp_path: Path) -> None:
    with staged(tmp_path, furnished=False) as empty:
        page = browser.new_page(base_url=empty.url)
        page.goto("/")
        looks(page, "set-up")
        page.get_by_label("Your name").fill("Ada")
        page.get_by_label("E-mail address").fill("ada@example.com")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Set up").click()
        expect(page.get_by_label("You: Ada")).to_be_visible()
        page.goto("/set-up")
        expect(page).not_to_have_url(re.compile("/set-up"))
        page.close()


def test_a_link_from_the_shell_sets_a_password_once(page: Page, stage: Stage) -> None:
    user = stage.do(lambda app: people.add_user(app, SHELL, email="ned@example.com", role="viewer"))
    made = stage.do(lambda app: password_links.make_link(app, SHELL, user.id))
    page.goto(made.path)
    looks(page, "new-password")
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("Your password is set. Sign in with it.")).to_be_visible()
    page.goto(made.path)
    expect(page.get_by_role("heading", level=1)).to_have_text("This is over")
    looks(page, "link-over")


EVERYBODYS = {
    "sign-in": "Sign in",
    "forgotten-password": "Forgotten your password?",
    "nothing-here": "There is nothing here",
}


@pytest.mark.parametrize("path", EVERYBODYS)
def test_pages_for_everybody_look_right(page: Page, path: str) -> None:
    page.goto(f"/{path}")
    looks(page, path)
    assert page.get_by_role("heading", level=1).inner_text() == EVERYBODYS[path]


def test_the_theme_stays_as_chosen(visitor: Visitor) -> None:
    page = visitor("viewer")
    page.goto("/sessions")
    page.get_by_label("You: Vic Viewer").click()
    page.get_by_role("button", name="Dark").click()
    expect(page).to_have_url(re.compile("/sessions$"))
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.goto("/profile")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
