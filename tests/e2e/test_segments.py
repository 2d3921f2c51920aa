"""Segments in a browser: a rule built with the keyboard alone, a mistake in SQL, an upload, and how it all looks."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from audience_sync.app import App
from audience_sync.flows import segments
from audience_sync.model.permissions import SHELL
from audience_sync.sources.builtin.imports import import_file
from tests.e2e.conftest import Visitor
from tests.e2e.looking import looks
from tests.e2e.stage import Stage

MISTAKE = "SELECT profile_id\nFROM profiles\nWHERE teir = 'gold'"
MOST_TABS = 80
MADE = ("Gold or silver", "Gold by SQL", "VIPs")


@pytest.fixture(scope="module", autouse=True)
def _furnished(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Half of the people bought something; afterwards the stage has the segments that it had before."""
    file = tmp_path_factory.mktemp("events") / "events.csv"
    rows = "".join(f"c{number},purchase,2026-11-01T12:00:00Z,{number}.5,web\n" for number in range(0, 300, 2))
    file.write_text(f"id,event,time,amount,device\n{rows}")
    import_file(stage.settings.profiles_dir, "events", file)
    yield
    stage.do(_removed)


async def _removed(app: App) -> None:
    """What the tests made is gone, so that lists of other tests show what they expect."""
    for each in (await segments.list_segments(app, SHELL)).items:
        if each.name in MADE:
            await segments.delete(app, SHELL, each.id)


def reach(page: Page, element: str) -> None:
    """The element has the focus, come by with the Tab key."""
    for _ in range(MOST_TABS):
        if page.evaluate("document.activeElement.id || document.activeElement.name") == element:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"No Tab leads to {element}.")


def choose(page: Page, element: str, words: str) -> None:
    """The option that begins with these words is chosen, by typing them."""
    reach(page, element)
    page.keyboard.type(words)


def size(page: Page) -> str:
    """The figure that is shown, when it is."""
    return page.locator(".size-figure").inner_text()


def rule_for(page: Page, field: str, value: str) -> None:
    """The first condition compares that field with the value."""
    page.goto("/segments/new/rules")
    page.get_by_label("What is compared").first.select_option(field)
    page.get_by_label("Value", exact=True).fill(value)


def test_a_nested_rule_is_built_with_the_keyboard_while_the_size_moves(visitor: Visitor) -> None:
    page = visitor("marketer")
    page.goto("/segments/new/rules")
    expect(page.locator(".size-figure")).to_have_text("300")
    reach(page, "name")
    page.keyboard.type("Gold or silver")
    choose(page, "r.0.field", "tier")
    expect(page.locator("[id='r.0.value']")).to_be_visible()
    reach(page, "r.0.value")
    page.keyboard.type("gold")
    expect(page.locator(".size-figure")).to_have_text("200")
    reach(page, "add_group:r")
    page.keyboard.press("Enter")
    expect(page.locator("[id='r.1.0.field']")).to_be_focused()
    page.keyboard.type("tier")
    expect(page.locator("[id='r.1.0.value']")).to_be_visible()
    reach(page, "r.1.0.value")
    page.keyboard.type("silver")
    expect(page.locator(".size-figure")).to_have_text("0")
    page.locator("[id='name']").focus()
    choose(page, "r.match", "Any")
    expect(page.locator(".size-figure")).to_have_text("300")
    reach(page, "save")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Gold or silver")
    expect(page.get_by_text("Any of these holds:")).to_be_visible()


def test_taking_a_condition_out_keeps_the_focus_and_moves_the_size(visitor: Visitor) -> None:
    page = visitor("marketer")
    rule_for(page, "attribute:tier", "gold")
    expect(page.locator(".size-figure")).to_have_text("200")
    page.get_by_role("button", name="Remove Condition 1").press("Enter")
    expect(page.locator(".size-figure")).to_have_text("300")
    expect(page.get_by_role("button", name="Add condition")).to_be_focused()


def test_the_builder_works_without_scripts(visitor: Visitor, stage: Stage) -> None:
    scripted = visitor("marketer")
    context = scripted.context.browser.new_context(java_script_enabled=False, base_url=stage.url)  # type: ignore[union-attr]  # It has one.
    context.add_cookies(scripted.context.cookies())  # type: ignore[arg-type]  # What it gave is what it takes.
    page = context.new_page()
    page.goto("/segments/new/rules")
    page.get_by_label("What is compared").select_option("attribute:tier")
    page.get_by_role("button", name="Show how it can be compared").click()
    page.get_by_label("Value", exact=True).fill("silver")
    page.get_by_role("button", name="Count").click()
    assert size(page) == "100"
    context.close()


def test_the_builder_looks_right(visitor: Visitor) -> None:
    page = visitor("marketer")
    page.goto("/segments/new/rules")
    page.get_by_label("What is compared").select_option("event:purchase")
    page.get_by_role("button", name="Add a condition on a property").click()
    page.get_by_label("What is compared").nth(1).select_option("property:device")
    page.get_by_label("Value", exact=True).nth(1).fill("web")
    page.get_by_role("button", name="Add group").first.click()
    page.get_by_label("What is compared").nth(2).select_option("attribute:tier")
    page.get_by_label("How it is compared").nth(2).select_option("in")
    page.get_by_label("Values, one a line").fill("gold\nsilver")
    expect(page.locator(".size-figure")).to_have_text("150")
    expect(page.get_by_role("region", name="Sample, masked")).to_contain_text("p•••@e•••.com")
    looks(page, "segment-rules", reload=False)


def test_what_is_not_complete_is_linked_and_looks_right(visitor: Visitor) -> None:
    page = visitor("marketer")
    page.goto("/segments/new/rules")
    page.get_by_role("button", name="Create segment").click()
    page.get_by_role("link", name="Choose what is compared, or remove this condition.").click()
    expect(page.get_by_label("What is compared")).to_be_in_viewport()
    looks(page, "segment-rules-incomplete", reload=False)


def test_a_mistake_in_sql_is_shown_where_it_is(visitor: Visitor) -> None:
    page = visitor("marketer")
    page.goto("/segments/new/sql")
    page.get_by_label("SQL", exact=True).fill(MISTAKE)
    page.get_by_role("button", name="Check and count").click()
    expect(page.locator(".sql-place")).to_have_text(re.compile(r"3 \| WHERE teir = 'gold'\s+\| +\^"))
    expect(page.get_by_label("SQL", exact=True)).to_have_value(MISTAKE)
    looks(page, "segment-sql-mistake", reload=False)


def test_a_statement_is_counted_and_kept(visitor: Visitor) -> None:
    page = visitor("marketer")
    page.goto("/segments/new/sql")
    page.get_by_label("Name").fill("Gold by SQL")
    page.get_by_label("SQL", exact=True).fill(MISTAKE.replace("teir", "tier"))
    page.get_by_role("button", name="Check and count").click()
    expect(page.locator(".size-figure")).to_have_text("200")
    page.get_by_role("button", name="Create segment").click()
    expect(page.get_by_label("SQL", exact=True)).to_have_text(MISTAKE.replace("teir", "tier"))


def test_an_upload_tells_what_it_took_and_masks_whom_it_found(visitor: Visitor, tmp_path: Path) -> None:
    file = tmp_path / "vips.csv"
    file.write_text("email\nperson1@example.com\nPerson1@example.com\nperson2@example.com\nnobody\nnew@example.org\n")
    page = visitor("marketer")
    page.goto("/segments/new/list")
    looks(page, "segment-list-new")
    page.get_by_label("Name").fill("VIPs")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Upload and create").click()
    expect(page.get_by_role("row", name="No e-mail address 1")).to_be_visible()
    expect(page.get_by_text("p•••@e•••.com").first).to_be_visible()
    assert "person1@example.com" not in page.content()
    looks(page, "segment-list-uploaded", reload=False)


def test_a_segment_is_deleted_by_its_name(visitor: Visitor) -> None:
    page = visitor("marketer")
    rule_for(page, "attribute:tier", "bronze")
    page.get_by_label("Name").fill("To be gone")
    page.get_by_role("button", name="Create segment").click()
    page.locator("summary", has=page.locator("svg")).and_(page.get_by_label("More for To be gone")).click()
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text("Type To be gone to confirm")
    looks(page, "segment-delete", reload=False)
    page.get_by_label("Type To be gone to confirm").fill("To be gone")
    page.get_by_role("button", name="Delete segment").click()
    expect(page.get_by_text("To be gone is deleted.").first).to_be_visible()


def test_a_viewer_is_told_why_nothing_can_be_made(visitor: Visitor) -> None:
    page = visitor("viewer")
    page.goto("/segments")
    expect(page.get_by_role("button", name="Create segment")).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_text("Needs audience_sync:create")).to_be_visible()


def test_an_outsider_sees_no_segments(visitor: Visitor) -> None:
    page = visitor("outsider")
    page.goto("/segments")
    expect(page.get_by_role("heading", level=1)).to_have_text("You may not do this")
