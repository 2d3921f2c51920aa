"""Spark as a warehouse, against a real Spark Connect server."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from audience_sync.errors import AudienceSyncError, Invalid, Unreadable
from audience_sync.flows import pulls, warehouses
from audience_sync.flows.isolated import pull_warehouse
from audience_sync.flows.warehousing.drafts import WarehouseDraft
from audience_sync.flows.warehousing.executing import execute
from audience_sync.flows.warehousing.pulling import PullJob
from audience_sync.model.permissions import SHELL
from audience_sync.sources.warehouses.databricks import Databricks
from audience_sync.sources.warehouses.drivers import driver
from audience_sync.sources.warehouses.protocol import Access, TookTooLong
from audience_sync.sources.warehouses.spark import Spark
from audience_sync.sources.warehouses.spooling import headers_of
from tests import spark
from tests.flows.test_warehouses import stored
from tests.world import House, house

pytestmark = pytest.mark.slow

PEOPLE = 3000
SELECT = f"""
SELECT id, concat('Person', id, '@Example.com') AS email,
  array('+1415555' || lpad(id, 4, '0'), IF(id % 2 = 0, '+1415556' || lpad(id, 4, '0'), NULL)) AS phone,
  CAST(id / 4 AS DECIMAL(12, 2)) AS spent, timestamp_seconds(id) AS seen, id % 3 = 0 AS vip, 'granted' AS ads_consent
FROM range({PEOPLE})
"""
MESSY = """
SELECT CAST(1.5 AS DECIMAL(10, 2)) AS d, TIMESTAMP '2026-01-02 03:04:05+02:00' AS t,
  TIMESTAMP_NTZ '2026-01-02 03:04:05.000006' AS n, DATE '1999-12-31' AS day, false AS b,
  array('a', NULL) AS l, CAST(NULL AS STRING) AS s, 'Ñandú 🦤' AS u, CAST(7 AS TINYINT) AS i, 0.5D AS f
"""
ODD = ["X'00'", "map('a', 1)", "named_struct('a', X'00')", "parse_json('{}')", "INTERVAL 1 DAY"]
ENDLESS = "SELECT max(hash(id)) AS id FROM range(0, 1000000000000, 1, 2)"
"""It takes both of the server's cores."""
FREE_SECONDS = 100


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with spark.server() as running:
        yield running


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str) -> AsyncIterator[House]:
    async with house(tmp_path, database_url=sqlite_url) as made:
        yield made


def rows(address: str, sql: str, *, seconds: float = 250) -> list[dict[str, Any]]:
    with Spark().connect(Access(address, seconds, Path())) as session:
        found = session.stream(sql)
        return [row for batch in found.batches for row in batch.to_pylist()]


def is_free(address: str) -> bool:
    """Both of the server's cores do somebody else's work within a time in which `ENDLESS` does not end."""
    with suppress(TookTooLong):
        return bool(rows(address, "SELECT count(*) AS n FROM range(0, 10, 1, 2)", seconds=FREE_SECONDS))
    return False


async def test_a_pull_brings_everybody(home: House, address: str) -> None:
    draft = WarehouseDraft(name="Lake", kind="spark", address=address, sql=SELECT, seconds=250)
    added = await warehouses.add(home.app, SHELL, draft)
    asked = await pulls.start(home.app, SHELL, added.id)
    await execute(home.app, asked.id)
    done = await pulls.get(home.app, SHELL, asked.id)
    assert (done.status, done.rows, done.refused, done.error) == ("completed", PEOPLE, 0, {})
    found = stored(home.app)
    assert len(found) == PEOPLE
    assert found["7"]["email"] == ["Person7@Example.com"]
    assert found["8"]["phone"] == ["+14155550008", "+14155560008"]


def test_values_come_as_they_are(address: str) -> None:
    assert rows(address, MESSY) == [
        {
            "d": Decimal("1.50"),
            "t": datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC),
            "n": datetime(2026, 1, 2, 3, 4, 5, 6),
            "day": date(1999, 12, 31),
            "b": False,
            "l": ["a", None],
            "s": None,
            "u": "Ñandú 🦤",
            "i": 7,
            "f": 0.5,
        }
    ]


@pytest.mark.parametrize("odd", ODD)
def test_a_column_that_is_no_text_is_named(address: str, odd: str) -> None:
    with Spark().connect(Access(address, 99, Path())) as session, pytest.raises(Invalid, match="'odd'"):
        headers_of(session.stream(f"SELECT 1 AS id, {odd} AS odd").schema)


def test_no_rows_have_their_columns(address: str) -> None:
    with Spark().connect(Access(address, 99, Path())) as session:
        found = session.stream("SELECT 'a' AS id WHERE 1 = 0")
        assert (found.schema.names, [row for batch in found.batches for row in batch.to_pylist()]) == (["id"], [])


def test_what_answers_is_told(address: str) -> None:
    with Spark().connect(Access(address, 99, Path())) as session:
        assert session.test().startswith("Spark 4.")


def test_rows_are_estimated_only_where_spark_knows(address: str) -> None:
    with Spark().connect(Access(address, 99, Path())) as session:
        estimates = [session.estimate(f"SELECT id FROM range(3000){more}") for more in ("", " WHERE id > 5")]
    assert estimates == [3000, None]


@pytest.mark.parametrize("sql", ["CREATE TABLE made AS SELECT 1 AS a", "DROP TABLE nothing", "SET spark.x = 1"])
def test_what_is_no_query_is_not_run(address: str, sql: str) -> None:
    with pytest.raises(Invalid):
        rows(address, sql)
    with pytest.raises(Invalid, match="`made`"):
        rows(address, "SELECT * FROM made")


@pytest.mark.parametrize("sql", ["SELECT CAST('ada@a.org' AS INT) AS id", "SELECT raise_error('ada@a.org') AS id"])
def test_an_error_is_told_without_its_values(address: str, sql: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AudienceSyncError) as told:
        rows(address, sql)
    assert "ada@" not in f"{told.value}{told.value.details}{capfd.readouterr()}"


def test_the_time_limit_ends_the_server_s_work(address: str) -> None:
    with pytest.raises(TookTooLong):
        rows(address, ENDLESS, seconds=4)
    assert is_free(address)


def test_nothing_is_asked_once_the_time_is_over(address: str) -> None:
    with pytest.raises(TookTooLong), Spark().connect(Access(address, 1, Path())) as session:
        time.sleep(1.2)
        session.test()


async def test_a_cancelled_pull_ends_the_server_s_work(address: str, tmp_path: Path) -> None:
    reading = asyncio.Event()

    async def told(said: Any) -> None:
        if said["step"] == "reading":
            reading.set()

    pulling = asyncio.create_task(pull_warehouse(job(address, tmp_path), told, inline=False))
    await asyncio.wait_for(reading.wait(), 200)
    await asyncio.sleep(3)
    pulling.cancel()
    with suppress(asyncio.CancelledError):
        await pulling
    assert await asyncio.to_thread(is_free, address)


def job(address: str, folder: Path) -> PullJob:
    """A pull of what never ends."""
    return PullJob(
        source="lake",
        kind="spark",
        address=address,
        sql=ENDLESS,
        mapping={},
        profiles=str(folder),
        work=str(folder),
        files="",
        seconds=600,
        most_gone_percent=50,
        memory_limit_mb=512,
    )


def test_a_wrong_token_is_told_without_it(address: str) -> None:
    wrong = address.partition(";token=")[0] + ";token=s3cr3t"
    with pytest.raises(Unreadable, match="refuses the token") as told:
        rows(wrong, "SELECT 1 AS id")
    assert "s3cr3t" not in str(told.value)


def test_a_closed_port_is_told_without_the_token() -> None:
    with pytest.raises(Unreadable, match="nothing answers there") as told:
        rows("sc://localhost:1/;token=s3cr3t", "SELECT 1 AS id")
    assert "s3cr3t" not in str(told.value)


@pytest.mark.parametrize("compute", ["x-databricks-cluster-id=0123-x", ""])
def test_databricks_is_told_by_headers_where_a_call_is_to_go(compute: str) -> None:
    connect = driver("pyspark.sql.connect.client", extra="spark", title="Databricks")
    made = connect.DefaultChannelBuilder(Databricks().sent(f"sc://w.example.com/;token=s3cr3t;{compute}"))
    header = {"x-databricks-cluster-id": "0123-x"} if compute else {"x-databricks-session-id": made.session_id}
    assert (made.endpoint, made.use_ssl, made.token) == ("w.example.com:443", True, "s3cr3t")
    assert dict(made.metadata()) == header


def test_nothing_of_a_session_is_left(address: str) -> None:
    before = set(threading.enumerate())
    rows(address, "SELECT 1 AS id")
    until = time.monotonic() + 60
    while (left := _begun(before)) and time.monotonic() < until:
        time.sleep(0.1)
    assert left == []


def _begun(before: set[threading.Thread]) -> list[threading.Thread]:
    """Threads that are still there; for those that gRPC made itself, Python keeps no more than a name."""
    return [
        each for each in threading.enumerate() if each not in before and not isinstance(each, threading._DummyThread)
    ]


READ = """
import resource, sys
from pathlib import Path
from audience_sync.sources.warehouses.protocol import Access
from audience_sync.sources.warehouses.spark import Spark
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with Spark().connect(Access(sys.stdin.readline().strip(), 250, Path())) as session:
    few = list(session.stream("SELECT 1 AS id").batches)
    before, rows, size = peak(), 0, 0
    for batch in session.stream("SELECT id, repeat(CAST(id AS STRING), 12) AS email FROM range(2000000)").batches:
        rows, size = rows + batch.num_rows, size + batch.nbytes
print(rows, size // 2**20, (peak() - before) // 2**10)
"""


def test_memory_does_not_grow_with_the_rows(address: str) -> None:
    done = subprocess.run([sys.executable, "-c", READ], input=address, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows, size_mb, grown_mb = map(int, done.stdout.split())
    assert (rows, size_mb > 120, grown_mb < 64) == (2_000_000, True, True), done.stdout
