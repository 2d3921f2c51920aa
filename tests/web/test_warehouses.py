"""Warehouses on the pages: described by looking, pulled, believed, deleted; never with a secret in anything shown."""

import csv
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from audience_sync.flows import pulls, warehouses
from audience_sync.flows.warehousing.drafts import WarehouseDraft
from audience_sync.flows.warehousing.executing import execute
from audience_sync.flows.warehousing.showing import PullView
from audience_sync.model.permissions import SHELL
from audience_sync.sources.builtin.folder import Folder
from audience_sync.sources.warehouses.registry import KINDS
from audience_sync.web.application import create_web
from audience_sync.web.warehouse_words import hides
from tests.web.conftest import Site, cast
from tests.world import house

SECRET = "s3cr3t-pass"
ADDRESS = f"postgresql://reader:{SECRET}@127.0.0.1:9/shop"
SHOWN = "postgresql://reader@127.0.0.1:9/shop"
NUMBERS = {"seconds": "3600", "most_gone_percent": "50", "interval_hours": "0"}
FILES = {"name": "Shop", "kind": "files", "address.files": "shop.csv", **NUMBERS}
POSTGRES = {"name": "Base", "kind": "postgres", "address.postgres": ADDRESS, "sql": "SELECT id FROM c", **NUMBERS}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A house that may read files of a folder, in which a shop's customers lie."""
    folder = tmp_path / "files"
    folder.mkdir()
    async with house(tmp_path, warehouse_dir=str(folder)) as home:
        customers(home.folder, 10)
        yield Site(home, httpx2.ASGITransport(app=create_web(home.app)), await cast(home))


def customers(root: Path, count: int) -> None:
    """The shop's file has so many people, all but one of whom can be taken."""
    with (root / "files" / "shop.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["kdnr", "email", "plan", "ads_consent"])
        writer.writerows([f"c{n}", f"person{n}@example.com", "pro", "yes"] for n in range(count))
        writer.writerow(["bad", "bad@example.com", "pro", "perhaps"])


async def added(site: Site, **choices: Any) -> str:
    draft = {"name": "Shop", "kind": "files", "address": "shop.csv", "mapping": {"kdnr": "profile_id"}, **choices}
    return (await warehouses.add(site.home.app, SHELL, WarehouseDraft(**draft))).id


async def pulled(site: Site, warehouse_id: str) -> PullView:
    """A pull, as a worker leaves it."""
    asked = await pulls.start(site.home.app, SHELL, warehouse_id)
    await execute(site.home.app, asked.id)
    return await pulls.get(site.home.app, SHELL, asked.id)


async def post(site: Site, path: str, role: str = "admin", **fields: str) -> httpx2.Response:
    async with await site.browser(role) as browser:
        return await browser.post(path, data=fields)


async def get(site: Site, path: str) -> str:
    async with await site.browser("admin") as browser:
        return (await browser.get(path)).text


async def only(site: Site) -> Any:
    (found,) = await warehouses.list_warehouses(site.home.app, SHELL)
    return found


async def test_no_warehouse_yet_is_told_with_a_way_on(site: Site) -> None:
    shown = await get(site, "/warehouses")
    assert "No warehouse yet" in shown
    assert 'href="/warehouses/new"' in shown


async def test_the_form_offers_every_kind_with_its_example(site: Site) -> None:
    shown = await get(site, "/warehouses/new")
    for label in ("PostgreSQL", "Files", "postgresql://user:password@host:5432/database", "customers/*.parquet"):
        assert label in shown


async def test_a_look_shows_columns_guesses_and_masked_values(site: Site) -> None:
    shown = (await post(site, "/warehouses/new", look="1", others="kdnr=profile_id", **FILES)).text
    for said in ("1 file with 4 columns can be read.", "kdnr", "By its name: E-mail address", "Guessed", "p•"):
        assert said in shown
    assert "person1@example.com" not in shown


async def test_a_schema_for_comparing_is_kept_and_shown(site: Site) -> None:
    await post(site, "/warehouses/new", save="1", **POSTGRES, state="own.state")
    kept = await only(site)
    assert kept.state == "own.state"
    assert "In the warehouse, in own.state" in await get(site, f"/warehouses/{kept.id}")


async def test_a_look_keeps_nothing(site: Site) -> None:
    await post(site, "/warehouses/new", look="1", **FILES)
    assert await warehouses.list_warehouses(site.home.app, SHELL) == ()


async def test_a_look_says_why_a_pull_would_fail_and_keeps_what_was_chosen(site: Site) -> None:
    chosen = {"column.2": "plan", "field.2": "attribute:plan"}
    shown = (await post(site, "/warehouses/new", look="1", **FILES, **chosen)).text
    assert "A pull would fail." in shown
    assert '<option value="attribute:plan" selected>' in shown


async def test_what_was_chosen_for_columns_is_kept(site: Site) -> None:
    chosen = {"column.0": "kdnr", "field.0": "profile_id", "column.1": "email", "field.1": ""}
    answer = await post(site, "/warehouses/new", save="1", others="=US=country\nPlan = trait:plan", **FILES, **chosen)
    assert answer.status_code == 303, answer.text
    assert (await only(site)).mapping == {"=US": "country", "Plan": "trait:plan", "kdnr": "profile_id"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"kind": "lake"}, "kind"),
        ({"address.files": "../etc"}, "address.files"),
        ({"sql": "DELETE FROM files"}, "sql"),
        ({"sql": "SELECT 1", "table": "files"}, "sql"),
        ({"seconds": "soon"}, "seconds"),
        ({"most_gone_percent": "101"}, "most_gone_percent"),
        ({"interval_hours": "-1"}, "interval_hours"),
        ({"state": "audience_sync_state"}, "state"),
        ({**POSTGRES, "name": "Shop", "state": "no schema"}, "state"),
        ({"others": "kdnr"}, "others"),
        ({"others": "kdnr=shoe_size"}, "others"),
    ],
)
async def test_what_is_wrong_stands_at_its_field(site: Site, wrong: dict[str, str], field: str) -> None:
    answer = await post(site, "/warehouses/new", save="1", **{**FILES, **wrong})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert 'value="Shop"' in answer.text or field == "name"


async def test_a_taken_name_is_told_at_the_name(site: Site) -> None:
    await added(site)
    answer = await post(site, "/warehouses/new", save="1", others="kdnr=profile_id", **FILES)
    assert (answer.status_code, 'id="name-error"' in answer.text) == (409, True)


@pytest.mark.parametrize("button", ["look", "save"])
async def test_an_address_with_a_password_is_never_shown_again(site: Site, button: str) -> None:
    answer = await post(site, "/warehouses/new", **{**POSTGRES, "seconds": "0", button: "1"})
    assert 'id="seconds-error"' in answer.text
    assert SECRET not in answer.text


async def test_no_page_of_a_kept_warehouse_has_its_password(site: Site) -> None:
    location = (await post(site, "/warehouses/new", save="1", **POSTGRES)).headers["location"]
    await pulled(site, location.rpartition("/")[2])
    for path in ("/warehouses", location, f"{location}/edit", f"{location}/delete", f"{location}/believe"):
        shown = await get(site, path)
        assert SECRET not in shown, path
    tried = await post(site, f"{location}/test")
    assert SECRET not in tried.text + str(tried.headers)
    assert SHOWN in await get(site, location)


async def test_a_change_without_an_address_keeps_the_one_there_is(site: Site) -> None:
    made = await added(site)
    fields = {**NUMBERS, "name": "Store", "sql": "SELECT kdnr FROM files", "others": "kdnr=profile_id"}
    answer = await post(site, f"/warehouses/{made}/edit", save="1", **fields)
    assert answer.status_code == 303, answer.text
    changed = await only(site)
    assert (changed.name, changed.address, changed.sql) == ("Store", "shop.csv", "SELECT kdnr FROM files")


async def test_a_kept_warehouse_is_looked_at_as_it_would_be(site: Site) -> None:
    made = await added(site)
    fields = {**NUMBERS, "name": "Shop", "sql": "SELECT kdnr AS id, plan FROM files"}
    shown = (await post(site, f"/warehouses/{made}/edit", look="1", **fields)).text
    assert 'name="column.1" value="plan"' in shown
    assert (await only(site)).sql == "SELECT * FROM files"


async def test_a_test_says_what_answers_or_the_way_out(site: Site) -> None:
    good, bad = await added(site), await added(site, name="Nothing", address="nothing/*.csv")
    assert "1 file with 4 columns can be read." in (await post(site, f"/warehouses/{good}/test")).text
    assert "check the pattern and the folder." in (await post(site, f"/warehouses/{bad}/test")).text


async def test_a_pull_is_shown_moving_and_then_with_its_figures(site: Site) -> None:
    made = await added(site)
    await post(site, f"/warehouses/{made}/pull")
    assert "Waiting for a worker..." in await get(site, f"/warehouses/{made}")
    assert "Queued" in await get(site, "/warehouses")
    pull = (await only(site)).last_pull
    await execute(site.home.app, pull.id)
    shown = await get(site, f"/warehouses/{made}")
    for figure in ('data-label="Rows" class="is-number">11<', 'data-label="Created" class="is-number">10<'):
        assert figure in shown
    assert "1: its ads_consent is no known word" in shown


async def test_a_pull_is_cancelled_and_changes_nothing(site: Site) -> None:
    made = await added(site)
    await post(site, f"/warehouses/{made}/pull")
    pull = (await only(site)).last_pull
    await post(site, f"/pulls/{pull.id}/cancel")
    assert "Cancelled" in await get(site, f"/warehouses/{made}")


async def test_asking_twice_shows_the_pull_under_way(site: Site) -> None:
    made = await added(site)
    await post(site, f"/warehouses/{made}/pull")
    again = await post(site, f"/warehouses/{made}/pull")
    assert (again.status_code, again.headers["location"]) == (303, f"/warehouses/{made}")


async def test_too_many_gone_are_believed_when_somebody_says_so(site: Site) -> None:
    made = await added(site)
    await pulled(site, made)
    customers(site.home.folder, 1)
    assert (await pulled(site, made)).error["code"] == "TOO_MANY_GONE"
    assert f'href="/warehouses/{made}/believe"' in await get(site, f"/warehouses/{made}")
    assert "Of 10 profiles of this warehouse 9 are gone" in await get(site, f"/warehouses/{made}/believe")
    await post(site, f"/warehouses/{made}/believe")
    await execute(site.home.app, (await only(site)).last_pull.id)
    assert (await only(site)).last_pull.removed == 9


async def test_the_list_counts_what_each_gave(site: Site) -> None:
    made = await added(site)
    assert 'title="No pull has ended well yet">—' in await get(site, "/warehouses")
    await pulled(site, made)
    assert 'data-label="Profiles" class="is-number">10<' in await get(site, f"/warehouses/{made}/row")


@pytest.mark.parametrize(("choice", "left"), [("keep", 10), ("remove", 0)])
async def test_deleting_keeps_or_removes_the_profiles(site: Site, choice: str, left: int) -> None:
    made = await added(site)
    await pulled(site, made)
    answer = await post(site, f"/warehouses/{made}/delete", profiles=choice, confirmed_name="Shop")
    assert (answer.status_code, answer.headers["location"]) == (303, "/warehouses")
    assert Folder(site.home.app.settings.profiles_dir).manifest().profile_rows == left


async def test_deleting_tells_which_tables_stay_in_a_database_that_is_not_reached(site: Site) -> None:
    base = {"name": "Base", "kind": "postgres", "address": ADDRESS, "sql": POSTGRES["sql"], "mapping": {}}
    made = await added(site, **base, state="audience_sync_state")
    assert "audience_sync_state are dropped" in await get(site, f"/warehouses/{made}/delete")
    async with await site.browser("admin") as browser:
        fields = {"profiles": "keep", "confirmed_name": "Base"}
        shown = (await browser.post(f"/warehouses/{made}/delete", data=fields, follow_redirects=True)).text
    assert "may still be in audience_sync_state" in shown and "DROP TABLE" in shown
    assert SECRET not in shown


@pytest.mark.parametrize("field", ["profiles", "confirmed_name"])
async def test_deleting_asks_for_everything_it_needs(site: Site, field: str) -> None:
    made = await added(site)
    fields = {"profiles": "keep", "confirmed_name": "Shop", field: "-"}
    answer = await post(site, f"/warehouses/{made}/delete", **fields)
    assert (answer.status_code, f'id="{field}"' in answer.text) == (422, True)
    assert (await only(site)).id == made


async def test_a_manager_may_not_see_warehouses(site: Site) -> None:
    async with await site.browser("manager") as browser:
        answer = await browser.get("/warehouses")
        home = (await browser.get("/segments")).text
    assert (answer.status_code, 'href="/warehouses"' in home) == (403, False)


def test_an_address_is_hidden_unless_its_kind_shows_it_whole() -> None:
    assert {name for name, kind in KINDS.items() if not hides(kind)} == {"files", "delta", "iceberg"}
