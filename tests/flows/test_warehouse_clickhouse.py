"""A pull from ClickHouse, from its rows to the store; see `tests/clickhouse.py` for what of the server is real."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from audience_sync.errors import Unreadable
from audience_sync.flows import pulls, warehouses
from audience_sync.flows.warehousing.drafts import WarehouseDraft
from audience_sync.flows.warehousing.executing import execute
from audience_sync.flows.warehousing.showing import WarehouseView
from audience_sync.model.permissions import SHELL
from audience_sync.sources.builtin.imports import import_file
from tests.clickhouse import Server
from tests.flows.test_warehouses import pull, stored
from tests.world import House, house

PEOPLE = 3000
SELECT = "SELECT id, email, phone, country, plan, ads_consent FROM customers"
TABLE = """
CREATE TABLE shop.customers (
  id UInt64, email Nullable(String), phone LowCardinality(String), country FixedString(2),
  plan Enum8('free' = 1, 'pro' = 2), ads_consent Enum8('granted' = 1, 'denied' = 2)
) ENGINE = MergeTree ORDER BY id
"""
ROWS = f"""
INSERT INTO shop.customers SELECT number, if(number % 7 = 0, NULL, 'Person' || toString(number) || '@Example.com'),
  '+1415555' || leftPad(toString(number), 4, '0'), 'US', 1 + number % 2, 'granted' FROM numbers({PEOPLE})
"""


@pytest.fixture
def shop(clickhouse_server: Server) -> Iterator[Server]:
    """3,000 customers."""
    clickhouse_server.do("CREATE DATABASE shop", TABLE, ROWS)
    yield clickhouse_server
    clickhouse_server.do("DROP DATABASE shop")


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str) -> AsyncIterator[House]:
    async with house(tmp_path, database_url=sqlite_url) as made:
        yield made


async def add(home: House, shop: Server, sql: str = SELECT, *, address: str = "") -> WarehouseView:
    return await warehouses.add(
        home.app, SHELL, WarehouseDraft("Shop", "clickhouse", address or shop.address(), sql, seconds=30.0)
    )


async def test_the_store_has_what_the_rows_have(home: House, shop: Server) -> None:
    done = await pull(home.app, await add(home, shop))
    assert (done.status, done.rows, done.created, done.refused) == ("completed", PEOPLE, PEOPLE, 0)
    found = {key: (row["email"], row["phone"], row["country"]) for key, row in stored(home.app).items()}
    assert found == {
        str(n): ([f"Person{n}@Example.com"] if n % 7 else [], [f"+1415555{n:04}"], "US") for n in range(PEOPLE)
    }


async def test_they_are_the_same_people_as_in_a_file(home: House, shop: Server) -> None:
    done = await pull(home.app, await add(home, shop))
    file = home.folder / "customers.csv"
    file.write_text(shop.do(f"{SELECT.replace('FROM ', 'FROM shop.')} FORMAT CSVWithNames").replace("\\N", ""))
    again = import_file(home.app.settings.profiles_dir, "profiles", file)
    assert (again.unchanged, again.snapshot) == (PEOPLE, done.snapshot)


async def test_who_is_gone_from_the_table_leaves_the_store(home: House, shop: Server) -> None:
    made = await add(home, shop)
    await pull(home.app, made)
    shop.do("DELETE FROM shop.customers WHERE id < 3")
    done = await pull(home.app, made)
    assert (done.removed, done.unchanged) == (3, PEOPLE - 3)


async def test_a_look_says_how_many_rows_come(home: House, shop: Server) -> None:
    seen = await warehouses.look(home.app, SHELL, (await add(home, shop)).id)
    assert (seen.estimate, seen.problem, len(seen.rows)) == (PEOPLE, "", 10)
    assert [column.field for column in seen.columns[:4]] == ["profile_id", "email", "phone", "country"]


async def test_an_error_among_the_rows_leaves_the_store_as_it_was(home: House, shop: Server) -> None:
    made = await add(home, shop)
    before = (await pull(home.app, made)).snapshot
    await warehouses.change(home.app, SHELL, made.id, sql=f"{SELECT} WHERE NOT throwIf(id = {PEOPLE - 1}, 'Ann')")
    done = await pull(home.app, made)
    assert (done.status, "Ann" in str(done.error), home.app.source.snapshot()) == ("failed", False, before)


async def test_sql_that_takes_too_long_is_ended(home: House, shop: Server) -> None:
    made = await add(home, shop, "SELECT count() AS id FROM numbers(1000000000000) WHERE sipHash64(number) = 1")
    await warehouses.change(home.app, SHELL, made.id, seconds=1.0)
    done = await pull(home.app, made)
    assert (done.status, done.error["code"]) == ("failed", "WAREHOUSE_TIMEOUT")


async def test_a_wrong_password_is_told_and_not_quoted(home: House, shop: Server) -> None:
    made = await add(home, shop, address=shop.address().replace(shop.password, "wr0ng-s3cr3t"))
    with pytest.raises(Unreadable) as told:
        await warehouses.test(home.app, SHELL, made.id)
    assert (told.value.code, "wr0ng" in str(told.value), "wr0ng" in str(made)) == ("WAREHOUSE_REFUSED", False, False)


async def test_a_cancelled_pull_leaves_nothing_here_and_ends_the_statement_there(home: House, shop: Server) -> None:
    app = replace(home.app, inline_jobs=False)
    sql = "SELECT number AS id FROM numbers(1000000000000) WHERE sipHash64(number) % 1000 = 1"
    asked = await pulls.start(app, SHELL, (await add(home, shop, sql)).id)
    working = asyncio.create_task(execute(app, asked.id))
    await asyncio.to_thread(until, shop, running=True)
    await pulls.cancel(app, SHELL, asked.id)
    await asyncio.wait_for(working, 60)
    assert ((await pulls.get(app, SHELL, asked.id)).status, stored(app)) == ("cancelled", {})
    await asyncio.to_thread(until, shop, running=False)


def until(shop: Server, *, running: bool) -> None:
    """The pull's statement runs there, or no longer does."""
    here = "query LIKE '%numbers(1000000000000)%' AND query NOT LIKE '%system.%'"
    for _ in range(1200):
        if (shop.do(f"SELECT count() FROM system.processes WHERE {here}") != "0\n") == running:
            return
        time.sleep(0.05)
    raise AssertionError(f"After a minute the statement {'does not run' if running else 'still runs'}.")
