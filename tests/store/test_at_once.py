"""A transaction in one hop is whole or nothing on each database, and nobody is left behind in it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError

from audience_sync.store.database import Database
from audience_sync.store.prepared import Prepared
from audience_sync.store.shared import RememberedAnswer as Row

BEGUN = datetime(2026, 11, 24, 12, tzinfo=UTC)
CHANGE = Prepared(
    sa.update(Row)
    .where(Row.key_hash == sa.bindparam("key"), Row.status == 0)
    .values({name: sa.bindparam(name) for name in ("body", "location", "expires_at")})
)
TOLD = {"body": {"name": "100 % 🙂"}, "location": "a:b", "expires_at": BEGUN}


def insert(connection: sa.Connection, key: str = "a") -> str:
    row = {"key_hash": key, "request_hash": "r", "status": 0, "body": {}, "location": "", "expires_at": BEGUN}
    connection.execute(sa.insert(Row).values(row))
    return key


async def found(database: Database) -> list[Row]:
    async with database.read() as session:
        return list(await session.scalars(sa.select(Row)))


async def test_what_was_done_at_once_is_there_for_everybody(database: Database) -> None:
    assert await database.at_once(insert) == "a"
    assert [row.key_hash for row in await found(database)] == ["a"]


async def test_of_what_went_wrong_nothing_is_there(database: Database) -> None:
    def twice(connection: sa.Connection) -> None:
        insert(connection)
        insert(connection)

    with pytest.raises(IntegrityError):
        await database.at_once(twice)
    assert await found(database) == []


async def test_after_one_that_went_wrong_the_next_goes_well(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await database.at_once(lambda _connection: 1 / 0)
    await database.at_once(insert)
    assert len(await found(database)) == 1


async def test_whoever_is_cut_off_waits_for_the_end_of_it(sqlite_database: Database) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slow(connection: sa.Connection) -> None:
        begun.set()
        may_end.wait(20)
        insert(connection)

    cut_off = asyncio.create_task(sqlite_database.at_once(slow))
    await asyncio.to_thread(begun.wait, 20)
    cut_off.cancel()
    done, _ = await asyncio.wait([cut_off], timeout=0.05)
    may_end.set()
    await asyncio.wait([cut_off])
    assert (done, cut_off.cancelled(), len(await found(sqlite_database))) == (set(), True, 1)


async def test_while_another_one_writes_it_fails_as_a_session_does_and_goes_well_later(
    sqlite_database: Database,
) -> None:
    await sqlite_database.at_once(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout=0").close())
    async with sqlite_database.write() as session:
        await session.connection()
        with pytest.raises(OperationalError, match="locked"):
            await sqlite_database.at_once(insert)
    assert await sqlite_database.at_once(insert) == "a"


async def test_it_closes_where_the_loop_has_no_threads_left(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url, tmp_path)
    await database.at_once(insert)
    # The engine of runs does so when a worker stops.
    gone = ThreadPoolExecutor(1)
    gone.shutdown()
    asyncio.get_running_loop().set_default_executor(gone)
    await database.close()
    with pytest.raises(RuntimeError, match="after shutdown"):
        await database.at_once(insert)


async def test_a_prepared_change_stores_what_a_session_reads(database: Database) -> None:
    await database.at_once(insert)
    told = {**TOLD, "expires_at": BEGUN.astimezone(timezone(timedelta(hours=5)))}
    await database.at_once(lambda connection: CHANGE.changed(connection, {"key": "a", **told}))
    (row,) = await found(database)
    assert {name: getattr(row, name) for name in TOLD} == TOLD


@pytest.mark.parametrize(("key", "rows"), [("a", 1), ("b", 0)])
async def test_a_prepared_change_tells_how_many_rows_it_changed(database: Database, key: str, rows: int) -> None:
    await database.at_once(insert)
    assert await database.at_once(lambda connection: CHANGE.changed(connection, {"key": key, **TOLD})) == rows
