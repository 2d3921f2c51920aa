"""Warehouses from the first look to the last profile, in a real browser, over files that the product may read.

Nothing is left behind: the store is that of all other tests of the process, so its people come and go here.
"""

import csv
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from audience_sync.app import App
from audience_sync.errors import Conflict
from audience_sync.flows import pulls, warehouses
from audience_sync.flows.warehousing.drafts import WarehouseDraft
from audience_sync.flows.warehousing.showing import PullView
from audience_sync.model.permissions import SHELL
from tests.e2e.conftest import Visitor
from tests.e2e.looking import looks
from tests.e2e.stage import Stage

PATTERN = "shop/*.csv"
SECRET = "s3cr3t-pass"
SLOW = "SELECT kdnr, email FROM files WHERE sleep_ms(4000) IS NULL"
"""For each row four seconds, while which nothing is computed."""
PULL_MS = 120_000
"""A pull is a process of its own, which a busy machine is slow to start."""
Work = Callable[[App], Awaitable[Any]]
UNDER_WAY = re.compile("Waiting for a worker|Pulling")


@dataclass
class Shop:
    """The files of a shop, and its warehouse."""

    stage: Stage
    file: Path = field(init=False)

    def __post_init__(self) -> None:
        self.file = Path(self.stage.settings.warehouse_dir) / "shop" / "customers.csv"
        self.file.parent.mkdir(parents=True, exist_ok=True)

    def customers(self, count: int) -> None:
        """So many people stand in the file, and a row that names nobody."""
        with self.file.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["kdnr", "email", "first_name"])
            writer.writerows([f"shop{n}", f"shopper{n}@example.com", "Pat"] for n in range(count))
            writer.writerow(["", "nobody@example.com", "Pat"])

    def added(self, **choices: Any) -> str:
        """The path of its page."""
        draft = {"name": "Shop", "kind": "files", "address": PATTERN, "mapping": {"kdnr": "profile_id"}, **choices}
        made = self.stage.do(lambda app: warehouses.add(app, SHELL, WarehouseDraft(**draft)))
        return f"/warehouses/{made.id}"

    def pulled(self, path: str) -> PullView:
        """The pull that the worker did."""
        asked = self.stage.do(lambda app: pulls.start(app, SHELL, path.rpartition("/")[2]))
        self.stage.until(lambda: self._pull(asked.id).ended_at is not None)
        return self._pull(asked.id)

    def tidy(self) -> None:
        """There is no warehouse, and nobody of it."""
        for each in self.stage.do(lambda app: warehouses.list_warehouses(app, SHELL)):
            self.stage.do(_by_hand(each.id))
            now = self.stage.do(_shown(each.id))
            if now.last_pull and not now.last_pull.ended_at:
                self._stopped(now.last_pull.id)
            self.stage.do(_deleted(each.id))

    def _stopped(self, pull_id: str) -> None:
        with suppress(Conflict):  # It may have ended by itself meanwhile.
            self.stage.do(lambda app: pulls.cancel(app, SHELL, pull_id))
        self.stage.until(lambda: self._pull(pull_id).ended_at is not None)

    def _pull(self, pull_id: str) -> PullView:
        return self.stage.do(lambda app: pulls.get(app, SHELL, pull_id))


@pytest.fixture
def shop(stage: Stage) -> Iterator[Shop]:
    """Twenty customers in a file, and no warehouse before and after."""
    made = Shop(stage)
    made.customers(20)
    yield made
    made.tidy()


def figure(page: Page, label: str) -> str:
    """What the newest pull's row says."""
    return page.locator(f"td[data-label='{label}']").first.inner_text().strip()


def test_an_administrator_adds_a_warehouse_by_looking(visitor: Visitor, shop: Shop) -> None:
    page = visitor("admin")
    page.goto("/warehouses")
    looks(page, "warehouses-empty")
    page.get_by_role("main").get_by_role("link", name="Add warehouse").first.click()
    looks(page, "warehouses-new")
    page.get_by_label("Name").fill("Shop")
    page.get_by_role("radio", name="Files").check()
    page.get_by_role("group", name="Files").get_by_label("Address").fill(PATTERN)
    page.get_by_role("button", name="Look").click()
    expect(page.locator("#look-said")).to_contain_text("1 file with 3 columns can be read.")
    expect(page.get_by_text("A pull would fail.")).to_be_visible()
    page.get_by_label("Further columns").fill("kdnr=profile_id")
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_text("A pull would fail.")).to_be_hidden()
    expect(page.get_by_label("Column kdnr becomes")).to_have_value("profile_id")
    expect(page.get_by_label("Further columns")).to_have_value("")
    expect(page.get_by_label("Column email becomes")).to_have_value("")
    expect(page.get_by_text("Guessed").first).to_be_visible()
    expect(page.get_by_text("shopper0@example.com")).to_have_count(0)
    looks(page, "warehouses-looked", reload=False)
    page.get_by_role("button", name="Add warehouse").click()
    expect(page.get_by_role("heading", name="Shop", level=1)).to_be_visible()
    expect(page.get_by_text("It was never pulled.")).to_be_visible()


def test_a_pull_moves_by_itself_and_ends_with_its_figures(visitor: Visitor, shop: Shop) -> None:
    path, page, seen = shop.added(), visitor("admin"), list[str]()
    page.on("response", lambda answer: seen.append(answer.url) if answer.url.endswith("/events") else None)
    page.goto(path)
    page.get_by_role("button", name="Pull now").click()
    expect(page.get_by_role("heading", name=UNDER_WAY)).to_be_visible()
    expect(page.get_by_text("Pull completed")).to_be_visible(timeout=PULL_MS)
    assert len(seen) == 1
    page.get_by_role("link", name="Show all figures").click()
    expect(page.get_by_role("link", name="Show all figures")).to_have_count(0)
    assert [figure(page, label) for label in ("Rows", "Created", "Removed")] == ["21", "20", "0"]
    assert "1: has no profile id" in figure(page, "Refused")
    looks(page, "warehouses-one")
    page.goto("/warehouses")
    expect(page.get_by_role("row", name=re.compile("Shop.*Completed"))).to_contain_text("21 rows")
    looks(page, "warehouses-list")


def test_a_pull_under_way_is_seen_everywhere_and_can_be_cancelled(visitor: Visitor, shop: Shop) -> None:
    path, page = shop.added(sql=SLOW), visitor("admin")
    page.goto(path)
    page.get_by_role("button", name="Pull now").click()
    expect(page.get_by_role("listitem").filter(has_text="Reading rows...")).to_contain_text("running", timeout=PULL_MS)
    looks(page, "warehouses-pulling", reload=False)
    page.goto("/warehouses")
    expect(page.get_by_role("progressbar", name="Rows of Shop read")).to_be_visible()
    looks(page, "warehouses-list-pulling", reload=False)
    page.goto(path)
    page.get_by_role("button", name="Cancel pull").click()
    expect(page.get_by_text("Pull cancelled")).to_be_visible(timeout=PULL_MS)
    page.goto("/warehouses")
    expect(page.get_by_role("row", name=re.compile("Shop"))).to_contain_text("Cancelled")


def test_a_warehouse_is_changed_and_its_address_stays(visitor: Visitor, shop: Shop) -> None:
    path, page = shop.added(), visitor("admin")
    page.goto(path)
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("SQL", exact=True).fill("SELECT kdnr, email AS e FROM files")
    page.get_by_role("button", name="Look").click()
    page.get_by_label("Column e becomes").select_option("E-mail address")
    page.get_by_label("Pull every … hours").fill("6")
    page.get_by_role("button", name="Save warehouse").click()
    expect(page.get_by_text("Shop is changed.")).to_be_visible()
    for said in (PATTERN, "Every 6 hours", "SELECT kdnr, email AS e FROM files"):
        expect(page.get_by_role("main")).to_contain_text(said)


def test_too_many_gone_are_believed_after_a_question(visitor: Visitor, shop: Shop) -> None:
    path, page = shop.added(), visitor("admin")
    shop.pulled(path)
    shop.customers(2)
    assert shop.pulled(path).error["code"] == "TOO_MANY_GONE"
    page.goto(path)
    expect(page.get_by_role("alert")).to_contain_text("Of 20 profiles of this warehouse 18 are gone from its rows")
    looks(page, "warehouses-too-many-gone")
    page.get_by_role("link", name="Believe that they are gone").click()
    dialog = page.get_by_role("dialog", name="Believe that they are gone?")
    expect(dialog).to_contain_text("The next sync removes them from every audience")
    looks(page, "warehouses-believe", reload=False)
    dialog.get_by_role("button", name="Pull and let them go").click()
    expect(page.get_by_text("Pull completed")).to_be_visible(timeout=PULL_MS)
    page.goto(path)
    assert figure(page, "Removed") == "18"


def test_a_warehouse_is_deleted_with_its_profiles(visitor: Visitor, shop: Shop) -> None:
    path, page = shop.added(), visitor("admin")
    shop.pulled(path)
    page.goto(path)
    page.get_by_label("More for Shop").click()
    page.get_by_role("link", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete Shop")
    dialog.get_by_label("Remove them, too").check()
    looks(page, "warehouses-delete", reload=False)
    dialog.get_by_label("Type Shop to confirm").fill("Shop")
    dialog.get_by_role("button", name="Delete warehouse").click()
    expect(page.get_by_text("Shop is deleted. 20 profiles left with it.")).to_be_visible()
    expect(page.get_by_text("No warehouse yet")).to_be_visible()


def test_a_connection_that_fails_says_the_way_out(visitor: Visitor, shop: Shop) -> None:
    path, page = shop.added(), visitor("admin")
    shop.file.unlink()
    page.goto(path)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("alert")).to_contain_text("check the pattern and the folder.")


def test_a_password_stays_in_its_field_and_comes_back_in_no_page(visitor: Visitor, shop: Shop) -> None:
    page, answers = visitor("admin"), list[str]()
    page.goto("/warehouses/new")
    page.on("response", lambda answer: answers.append(answer.text()) if "/warehouses" in answer.url else None)
    field = page.get_by_role("group", name="PostgreSQL").get_by_label("Address", exact=True)
    field.fill(f"postgresql://reader:{SECRET}@127.0.0.1:9/shop")
    page.get_by_label("SQL", exact=True).fill("SELECT id FROM customers")
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(field).to_have_value(re.compile(SECRET))
    looks(page, "warehouses-not-looked", reload=False)
    assert (len(answers), SECRET in "".join(answers)) == (1, False)


def test_a_viewer_may_not_see_warehouses(visitor: Visitor) -> None:
    page = visitor("viewer")
    page.goto("/segments")
    expect(page.get_by_role("link", name="Warehouses")).to_have_count(0)
    answer = page.goto("/warehouses")
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_text("it needs audience_sync:admin").first).to_be_visible()


def _by_hand(warehouse_id: str) -> Work:
    return lambda app: warehouses.change(app, SHELL, warehouse_id, interval_hours=0)


def _shown(warehouse_id: str) -> Work:
    return lambda app: warehouses.get(app, SHELL, warehouse_id)


def _deleted(warehouse_id: str) -> Work:
    return lambda app: warehouses.delete(app, SHELL, warehouse_id, delete_profiles=True)
