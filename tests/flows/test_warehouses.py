"""Warehouses as sources of the profile table, against a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import structlog

from audience_sync.app import App
from audience_sync.errors import AudienceSyncError, Conflict, Forbidden, NotFound
from audience_sync.flows import audiences, pulls, warehouses
from audience_sync.flows.sizes import question
from audience_sync.flows.warehousing.drafts import WarehouseDraft
from audience_sync.flows.warehousing.due import pull_due
from audience_sync.flows.warehousing.executing import MOST_STARTS, execute
from audience_sync.flows.warehousing.leaving import States
from audience_sync.flows.warehousing.showing import PullView, WarehouseView
from audience_sync.model.permissions import SHELL, Actor
from audience_sync.model.rules import All
from audience_sync.model.segments import RuleSegment
from audience_sync.sources.builtin.imports import import_file
from audience_sync.store import audit
from audience_sync.store.warehouses import Pull, Warehouse
from tests import postgres
from tests.cast import MARKETER, OUTSIDER, VIEWER
from tests.world import House, house

pytestmark = pytest.mark.postgres

EVERYONE = RuleSegment(All(()))
SECRET = "s3cr3t-pass"
READER = f"reader_{uuid4().hex[:12]}"
SELECT = "SELECT id, email, phone, country, plan, ads_consent FROM customers"
PEOPLE = """
CREATE TABLE customers (id bigint PRIMARY KEY, email text, phone text, country text, plan text, ads_consent text);
INSERT INTO customers SELECT i, 'Person' || i || '@Example.com', '+1415555' || lpad(i::text, 4, '0'), 'US',
  CASE WHEN i % 2 = 0 THEN 'pro' ELSE 'free' END, 'granted' FROM generate_series(1, 20) i;
"""


@dataclass(frozen=True)
class Base:
    """The user's own database: what its owner does there, and the address for who may only read."""

    owner: str
    address: str

    def do(self, statements: str) -> list[Any]:
        with psycopg.connect(self.owner, autocommit=True) as connection:
            cursor = connection.execute(statements.encode())
            return cursor.fetchall() if cursor.description else []

    def copy(self, statement: str, file: Path) -> None:
        with psycopg.connect(self.owner) as connection, connection.cursor().copy(statement.encode()) as blocks:
            file.write_bytes(b"".join(bytes(block) for block in blocks))


@pytest.fixture(scope="module")
def server(postgres_server: str) -> Iterator[Base]:
    """A database of the user's own and a reader in it, whose password is SECRET."""
    with postgres.database(postgres_server) as owner:
        made = Base(owner, owner.replace("postgres:@", f"{READER}:{SECRET}@"))
        made.do(f"DROP ROLE IF EXISTS {READER}; CREATE ROLE {READER} LOGIN PASSWORD '{SECRET}'")
        yield made
        made.do(f"DROP OWNED BY {READER}; DROP ROLE {READER}")


@pytest.fixture
def base(server: Base) -> Base:
    """Twenty customers, whom the reader may read."""
    fresh = f"DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO {READER};"
    server.do(f"{fresh} {PEOPLE} GRANT SELECT ON customers TO {READER}")
    return server


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str) -> AsyncIterator[House]:
    async with house(tmp_path, database_url=sqlite_url) as made:
        yield made


async def add(home: House, base: Base, query: str = SELECT, **choices: Any) -> WarehouseView:
    draft = WarehouseDraft(**{"name": "Shop", "kind": "postgres", "address": base.address, "sql": query, **choices})
    return await warehouses.add(home.app, SHELL, draft)


async def pull(app: App, warehouse: WarehouseView, **choices: Any) -> PullView:
    """A pull, as a worker leaves it."""
    asked = await pulls.start(app, SHELL, warehouse.id, **choices)
    await execute(app, asked.id)
    return await pulls.get(app, SHELL, asked.id)


def stored(app: App) -> dict[str, dict[str, Any]]:
    """Everybody in the store: raw identifiers by profile id."""
    ids = app.settings.data_dir / "ids.parquet"
    source, asked = app.source, question(app)
    source.fingerprints(EVERYONE, ids, question=asked)
    rows = source.profiles(ids, snapshot=asked.snapshot).read_all().to_pylist()
    return {str(row["profile_id"]): row for row in rows}


async def test_a_pull_brings_everybody_with_its_figures(home: House, base: Base) -> None:
    done = await pull(home.app, await add(home, base))
    assert (done.status, done.error) == ("completed", {})
    assert (done.rows, done.taken, done.refused, done.created, done.removed) == (20, 20, 0, 20, 0)
    assert (len(stored(home.app)), done.seconds > 0, done.snapshot) == (20, True, home.app.source.snapshot())


async def test_pulling_again_changes_nothing(home: House, base: Base) -> None:
    shop = await add(home, base)
    first, second = await pull(home.app, shop), await pull(home.app, shop)
    assert (second.unchanged, second.created, second.updated) == (20, 0, 0)
    assert second.snapshot == first.snapshot


async def test_a_hundred_thousand_are_the_same_people_as_in_a_file(home: House, base: Base) -> None:
    base.do(PEOPLE.partition(";")[2].replace("(1, 20)", "(21, 100000)"))
    done = await pull(home.app, await add(home, base))
    file = home.folder / "customers.csv"
    base.copy(f"COPY ({SELECT}) TO STDOUT (FORMAT csv, HEADER)", file)
    again = import_file(home.app.settings.profiles_dir, "profiles", file)
    assert (done.created, again.unchanged, again.snapshot) == (100_000, 100_000, done.snapshot)


async def test_keys_on_the_platform_are_those_of_the_same_people_in_a_file(home: House, base: Base) -> None:
    await pull(home.app, await add(home, base))
    await home.audience(await home.segment())
    await home.work()
    names = ("id", "email", "phone", "country", "plan", "ads_consent")
    home.people([dict(zip(names, map(str, row), strict=True)) | {"id": f"file-{row[0]}"} for row in base.do(SELECT)])
    files = {"type": "sql", "sql": "SELECT profile_id FROM profiles WHERE profile_id LIKE 'file-%'"}
    await home.audience(await home.segment(files, "Of the file"))
    await home.work()
    listed = (await audiences.list_audiences(home.app, SHELL)).items
    one, two = [await home.keys(each.remote_id) for each in listed]
    assert (len(one), one) == (40, two)


async def test_who_is_gone_from_the_query_leaves_the_store(home: House, base: Base) -> None:
    shop = await add(home, base)
    await pull(home.app, shop)
    base.do("DELETE FROM customers WHERE id <= 3")
    done = await pull(home.app, shop)
    assert (done.removed, done.unchanged) == (3, 17)
    assert {"1", "2", "3"}.isdisjoint(stored(home.app))


async def test_who_is_gone_is_removed_from_the_platform_by_the_next_sync(home: House, base: Base) -> None:
    shop = await add(home, base)
    await pull(home.app, shop)
    audience = await home.audience(await home.segment())
    await home.work()
    remote = (await audiences.get(home.app, SHELL, audience)).remote_id
    before = await home.keys(remote)
    base.do("DELETE FROM customers WHERE id <= 3")
    await pull(home.app, shop)
    await home.sync(audience)
    after = await home.keys(remote)
    assert (len(before), len(after), after < before) == (40, 34, True)


async def test_a_file_s_people_do_not_leave_with_a_warehouse_s(home: House, base: Base) -> None:
    home.people([{"id": "own", "email": "own@example.com"}])
    shop = await add(home, base)
    await pull(home.app, shop)
    base.do("DELETE FROM customers WHERE id <= 3")
    await pull(home.app, shop)
    assert len(stored(home.app)) == 18


async def test_whom_another_warehouse_still_gives_stays(home: House, base: Base) -> None:
    shop, twin = await add(home, base), await add(home, base, f"{SELECT} WHERE id < 5", name="Twin")
    await pull(home.app, shop)
    await pull(home.app, twin)
    await warehouses.change(home.app, SHELL, shop.id, sql=f"{SELECT} WHERE id > 8")
    assert (await pull(home.app, shop)).removed == 4
    assert {"1", "2", "3", "4"} <= set(stored(home.app))


async def test_a_column_that_the_query_gives_no_more_is_cleared(home: House, base: Base) -> None:
    shop = await add(home, base)
    await pull(home.app, shop)
    await warehouses.change(home.app, SHELL, shop.id, sql="SELECT id, email, plan, ads_consent FROM customers")
    assert (await pull(home.app, shop)).updated == 20
    assert stored(home.app)["1"]["phone"] == []
    assert (stored(home.app)["1"]["country"], stored(home.app)["1"]["email"]) == (None, ["Person1@Example.com"])


async def test_too_many_gone_are_not_believed_until_somebody_says_so(home: House, base: Base) -> None:
    shop = await add(home, base)
    await pull(home.app, shop)
    base.do("DELETE FROM customers WHERE id > 1")
    refused = await pull(home.app, shop)
    assert (refused.status, refused.error["code"], len(stored(home.app))) == ("failed", "TOO_MANY_GONE", 20)
    assert (await pull(home.app, shop, believe_gone=True)).removed == 19


async def test_refused_rows_are_counted_by_reason_and_their_people_stay(home: House, base: Base) -> None:
    shop = await add(home, base)
    await pull(home.app, shop)
    base.do("UPDATE customers SET ads_consent = 'perhaps' WHERE id < 3")
    done = await pull(home.app, shop)
    assert (done.taken, done.refused, done.removed) == (18, 2, 0)
    assert done.reasons == {"its ads_consent is no known word": 2}


async def test_a_value_emptied_in_the_warehouse_is_emptied_here(home: House, base: Base) -> None:
    shop = await add(home, base)
    await pull(home.app, shop)
    base.do("UPDATE customers SET phone = NULL WHERE id = 1")
    assert (await pull(home.app, shop)).updated == 1
    assert stored(home.app)["1"]["phone"] == []


async def test_hostile_names_of_columns_come_as_they_are(home: House, base: Base) -> None:
    names = ["we\"ird'; DROP TABLE customers; --", "ключ", "a b%s{x}", "email", "\n;--"]
    cells = ", ".join(f"{n} AS " + '"' + name.replace('"', '""') + '"' for n, name in enumerate(names))
    shop = await add(home, base, f"SELECT id, {cells} FROM customers")
    assert (await pull(home.app, shop)).created == 20
    assert home.app.source.catalog().attributes.keys() == {"we_ird_drop_table_customers", "ключ", "a_b_s_x"}


async def test_types_of_the_database_become_types_of_the_store(home: House, base: Base) -> None:
    columns = (
        "gen_random_uuid() u, 1.50::numeric n, now() t, current_date d, true b, 7::smallint s, '{\"a\":1}'::jsonb j"
    )
    await pull(
        home.app, await add(home, base, f"SELECT id, ARRAY[email, 'x@y.org'] AS email, {columns} FROM customers")
    )
    found = {name: str(kind) for name, kind in home.app.source.catalog().attributes.items()}
    assert found == {
        "u": "text",
        "n": "number",
        "t": "datetime",
        "d": "date",
        "b": "boolean",
        "s": "integer",
        "j": "text",
    }
    assert stored(home.app)["1"]["email"] == ["Person1@Example.com", "x@y.org"]


async def test_a_write_hidden_in_a_function_is_refused_by_the_database(home: House, base: Base) -> None:
    base.do("CREATE FUNCTION harmless() RETURNS int LANGUAGE sql AS 'DELETE FROM customers RETURNING 1'")
    base.do(f"GRANT DELETE ON customers TO {READER}")
    done = await pull(home.app, await add(home, base, "SELECT id, harmless() FROM customers"))
    assert (done.status, done.error["message"]) == ("failed", "The SQL writes, and the connection can only read.")
    assert base.do("SELECT count(*) FROM customers") == [(20,)]


async def test_sql_that_takes_too_long_is_ended(home: House, base: Base) -> None:
    slow = "SELECT count(*) AS id FROM generate_series(1, 1000000000)"
    done = await pull(home.app, await add(home, base, slow, seconds=1))
    assert (done.status, done.error["code"], done.seconds < 5) == ("failed", "WAREHOUSE_TIMEOUT", True)


@pytest.mark.parametrize("when", ["reading", "connecting"])
async def test_a_cancelled_pull_leaves_nothing(home: House, base: Base, when: str) -> None:
    app = replace(home.app, inline_jobs=False)
    query = "SELECT i AS id, i || '@x.org' AS email FROM generate_series(1, 1000000000) i"
    if when == "connecting":
        query = "SELECT count(*) AS id FROM generate_series(1, 1000000000)"
    asked = await pulls.start(app, SHELL, (await add(home, base, query)).id)
    working = asyncio.create_task(execute(app, asked.id))
    await until_begun(app, asked.id)
    await pulls.cancel(app, SHELL, asked.id)
    await asyncio.wait_for(working, 10)
    assert (await pulls.get(app, SHELL, asked.id)).status == "cancelled"
    assert (list((app.settings.profiles_dir / "work").iterdir()), stored(app)) == ([], {})


async def until_begun(app: App, pull_id: str) -> None:
    """The pull's own process has asked the database."""
    for _ in range(1200):
        if (await pulls.get(app, SHELL, pull_id)).step == "reading":
            return
        await asyncio.sleep(0.05)
    raise AssertionError("The pull did not begin.")


async def test_a_pull_whose_worker_died_begins_again_from_nothing(home: House, base: Base) -> None:
    asked = await pulls.start(home.app, SHELL, (await add(home, base)).id)
    async with home.app.database.write() as session:
        row = await session.get_one(Pull, asked.id)
        row.status, row.starts, row.rows = "running", 1, 7
    left = home.app.settings.profiles_dir / "work" / f"pull-{asked.id}" / "1" / "rows.parquet"
    left.parent.mkdir(parents=True)
    left.touch()
    await execute(home.app, asked.id)
    done = await pulls.get(home.app, SHELL, asked.id)
    assert (done.status, done.rows, left.exists()) == ("completed", 20, False)


async def test_a_pull_that_kills_its_workers_is_given_up(home: House, base: Base) -> None:
    asked = await pulls.start(home.app, SHELL, (await add(home, base)).id)
    async with home.app.database.write() as session:
        (await session.get_one(Pull, asked.id)).starts = MOST_STARTS
    await execute(home.app, asked.id)
    assert (await pulls.get(home.app, SHELL, asked.id)).error["code"] == "PULL_GAVE_UP"


async def test_one_pull_of_a_warehouse_at_a_time(home: House, base: Base) -> None:
    shop = await add(home, base)
    await pulls.start(home.app, SHELL, shop.id)
    with pytest.raises(Conflict) as refused:
        await pulls.start(home.app, SHELL, shop.id)
    assert refused.value.code == "PULL_IN_PROGRESS"


async def test_a_schedule_queues_a_pull_once_per_interval(home: House, base: Base) -> None:
    shop = await add(home, base, interval_hours=6)
    assert [await pull_due(home.app), await pull_due(home.app)] == [1, 0]
    (queued,) = (await pulls.list_pulls(home.app, SHELL, shop.id)).items
    await execute(home.app, queued.id)
    home.clock.advance(hours=6)
    assert (queued.trigger, await pull_due(home.app)) == ("scheduled", 1)


async def test_a_look_shows_columns_guesses_and_masked_rows(home: House, base: Base) -> None:
    shop = await add(home, base)
    seen = await warehouses.look(home.app, SHELL, shop.id)
    fields = {column.name: column.field for column in seen.columns}
    assert fields == {
        "id": "profile_id", "email": "email", "phone": "phone", "country": "country",
        "plan": "attribute:plan", "ads_consent": "consent:ads",
    }  # fmt: skip
    assert (len(seen.rows), seen.problem, seen.rows[0]) == (
        10, "", ("1", "P•••@E•••.com", "+1 ••• ••01", "US", "f•••", "granted"),
    )  # fmt: skip
    assert (stored(home.app), seen.estimate is not None) == ({}, True)


async def test_a_look_says_why_a_pull_would_fail(home: House, base: Base) -> None:
    seen = await warehouses.look(home.app, SHELL, (await add(home, base, "SELECT email FROM customers")).id)
    assert "profile_id" in seen.problem
    assert seen.rows[0] == ("P•••",)


async def test_a_test_says_what_answers_and_how_many_rows(home: House, base: Base) -> None:
    base.do("ANALYZE customers")
    seen = await warehouses.test(home.app, SHELL, (await add(home, base)).id)
    assert seen.answer.startswith("PostgreSQL ") and seen.answer.endswith("read-only.")
    assert seen.estimate == 20


WRONG = {
    "postgresql://u:s3cr3t-pass@127.0.0.1:1/x": ("WAREHOUSE_UNREACHABLE", "host and port"),
    "postgresql://u:s3cr3t-pass@no-such-host.invalid/x": ("WAREHOUSE_UNREACHABLE", "host's name"),
}


@pytest.mark.parametrize("address", WRONG)
async def test_an_unreachable_database_is_told_with_the_way_out(home: House, base: Base, address: str) -> None:
    shop = await add(home, replace(base, address=address))
    with pytest.raises(AudienceSyncError) as told:
        await warehouses.test(home.app, SHELL, shop.id)
    code, hint = WRONG[address]
    assert (told.value.code, hint in told.value.hint, SECRET in str(told.value)) == (code, True, False)


async def test_a_table_that_is_not_granted_is_told(home: House, base: Base) -> None:
    base.do("CREATE TABLE hidden (id int)")
    done = await pull(home.app, await add(home, base, "SELECT * FROM hidden"))
    assert (done.error["code"], "GRANT" in done.error["hint"].upper()) == ("WAREHOUSE_FORBIDDEN", True)


async def test_data_is_in_no_error(home: House, base: Base) -> None:
    done = await pull(home.app, await add(home, base, "SELECT id, email::int AS n FROM customers"))
    assert (done.status, "Example" in str(done.error)) == ("failed", False)


async def test_credentials_are_nowhere_but_in_the_vault(home: House, base: Base) -> None:
    with structlog.testing.capture_logs() as logs:
        shop = await add(home, base)
        broken = await warehouses.change(home.app, SHELL, shop.id, sql="SELECT nope FROM customers")
        done = await pull(home.app, broken)
    async with home.app.database.read() as session:
        row = await session.get_one(Warehouse, shop.id)
        kept = [row.address, row.shown, row.sql, await audit.entries(session)]
    assert SECRET not in f"{shop}{broken}{done}{logs}{kept}{WarehouseDraft('n', 'postgres', base.address)}"
    assert not any(SECRET.encode() in file.read_bytes() for file in home.folder.rglob("*") if file.is_file())


async def test_a_change_without_an_address_keeps_the_credentials(home: House, base: Base) -> None:
    shop = await add(home, base)
    changed = await warehouses.change(home.app, SHELL, shop.id, name="Shop 2", seconds=60.0)
    assert (changed.name, changed.seconds) == ("Shop 2", 60.0)
    assert (await pull(home.app, changed)).status == "completed"


async def test_a_name_is_taken_once(home: House, base: Base) -> None:
    await add(home, base)
    with pytest.raises(Conflict) as refused:
        await add(home, base)
    assert refused.value.code == "NAME_TAKEN"


@pytest.mark.parametrize(("delete_profiles", "left"), [(True, 0), (False, 20)])
async def test_deleted_it_leaves_its_people_or_takes_them(
    home: House, base: Base, delete_profiles: bool, left: int
) -> None:
    shop = await add(home, base)
    await pull(home.app, shop)
    done = await warehouses.delete(home.app, SHELL, shop.id, delete_profiles=delete_profiles)
    assert (done.profiles, done.states) == (20 - left, States())
    assert len(stored(home.app)) == left
    with pytest.raises(NotFound):
        await warehouses.get(home.app, SHELL, shop.id)


async def test_a_table_stands_for_its_select(home: House, base: Base) -> None:
    shop = await add(home, base, "", table="public.customers")
    assert shop.sql == "SELECT * FROM public.customers"
    assert (await pull(home.app, shop)).created == 20


@pytest.mark.parametrize("actor", [MARKETER, VIEWER, OUTSIDER], ids=lambda actor: actor.id)
async def test_only_an_administrator_may(home: House, base: Base, actor: Actor) -> None:
    shop, app = await add(home, base), home.app
    asked = await pulls.start(app, SHELL, shop.id)
    draft = WarehouseDraft("Other", "postgres", base.address, SELECT)
    for attempt in (
        warehouses.list_warehouses(app, actor),
        warehouses.get(app, actor, shop.id),
        warehouses.add(app, actor, draft),
        warehouses.change(app, actor, shop.id, name="x"),
        warehouses.delete(app, actor, shop.id),
        warehouses.test(app, actor, shop.id),
        warehouses.look(app, actor, draft),
        pulls.start(app, actor, shop.id),
        pulls.get(app, actor, asked.id),
        pulls.list_pulls(app, actor, shop.id),
        pulls.cancel(app, actor, asked.id),
    ):
        with pytest.raises(Forbidden):
            await attempt


async def test_with_a_state_only_what_changed_comes(home: House, base: Base) -> None:
    base.do(f"DROP SCHEMA IF EXISTS state CASCADE; CREATE SCHEMA state AUTHORIZATION {READER}")
    shop = await add(home, base, state="state")
    first = await pull(home.app, shop)
    base.do("UPDATE customers SET plan = 'gold' WHERE id = 1; DELETE FROM customers WHERE id = 2")
    second = await pull(home.app, shop)
    assert (first.fetched, first.rows, first.created) == (20, 20, 20)
    assert (second.fetched, second.rows, second.updated, second.unchanged, second.removed) == (1, 19, 1, 18, 1)


async def test_a_state_that_may_not_be_written_is_told(home: House, base: Base) -> None:
    base.do(f"DROP SCHEMA IF EXISTS state CASCADE; CREATE SCHEMA state; GRANT USAGE ON SCHEMA state TO {READER}")
    done = await pull(home.app, await add(home, base, state="state"))
    assert (done.error["code"], len(stored(home.app))) == ("WAREHOUSE_FORBIDDEN", 0)
