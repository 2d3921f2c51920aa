"""People who come from a warehouse: how long their pull takes, and whether they are whom a file would bring.

`python -m tools.bench.warehouses KIND ROWS` measures one kind and prints its figures as JSON.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import duckdb
import psycopg
from tests import clickhouse, postgres, spark

from audience_sync.flows.isolated import pull_warehouse
from audience_sync.flows.warehousing.pulling import PullJob
from audience_sync.model.segments import parse_segment
from audience_sync.sources.builtin.imports import import_file
from audience_sync.sources.builtin.store import BuiltinSource
from audience_sync.sources.protocol import Question
from tools.bench.memory import peak_mb
from tools.bench.product import AS_OF, EVERYONE, LIMIT_MB

ROWS = 1_000_000
CHANGED = 100
"""One in so many has another e-mail at the second pull."""
STATE = "own_state"
PERSON = (
    "SELECT concat('c', n) AS id, concat('person', n, '@example.com') AS email, 'US' AS country,"
    " 'granted' AS ads_consent, concat('+1415', lpad(cast(n AS {text}), 7, '0')) AS phone FROM {numbers}"
)
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Warehouse:
    """One that is running, with people in a table of its own; `change` gives one in a hundred another e-mail."""

    kind: str
    address: str
    sql: str
    change: Callable[[], object]


@contextmanager
def _postgres(rows: int) -> Iterator[Warehouse]:
    with postgres.database(postgres.start()) as address, psycopg.connect(address, autocommit=True) as connection:
        people = PERSON.format(text="text", numbers=f"generate_series(1, {rows}) AS n")
        connection.execute(f"CREATE TABLE people AS {people}")
        connection.execute(f"CREATE SCHEMA {STATE}")
        change = f"UPDATE people SET email = 'new-' || email WHERE substr(id, 2)::int % {CHANGED} = 0"
        yield Warehouse(
            "postgres",
            address,
            "SELECT * FROM people",
            lambda: connection.execute(change),
        )


@contextmanager
def _clickhouse(rows: int) -> Iterator[Warehouse]:
    with clickhouse.running("bench") as server:
        people = PERSON.format(text="String", numbers=f"(SELECT number + 1 AS n FROM numbers({rows}))")
        table = f"CREATE TABLE shop.people ENGINE = MergeTree ORDER BY id AS {people}"
        server.do("CREATE DATABASE shop", f"CREATE DATABASE {STATE}", table)
        change = (
            "ALTER TABLE shop.people UPDATE email = concat('new-', email)"
            f" WHERE toInt64(substring(id, 2)) % {CHANGED} = 0 SETTINGS mutations_sync = 2"
        )
        yield Warehouse("clickhouse", server.address(), "SELECT * FROM shop.people", lambda: server.do(change))


@contextmanager
def _spark(rows: int) -> Iterator[Warehouse]:
    with spark.server() as address:
        people = PERSON.format(text="string", numbers=f"(SELECT id + 1 AS n FROM range({rows}))")
        yield Warehouse("spark", address, people, lambda: None)


RUNNING: dict[str, Callable[[int], AbstractContextManager[Warehouse]]] = {
    "postgres": _postgres,
    "clickhouse": _clickhouse,
    "spark": _spark,
}
COMPARES = ("postgres", "clickhouse")
"""Those of the bench whose people change, and which then give only those who did."""


def measure_all(rows: int = ROWS) -> dict[str, Figures]:
    """Kind -> its figures, each from a process of its own."""
    found: dict[str, Figures] = {}
    for kind in RUNNING:
        command = [sys.executable, "-m", "tools.bench.warehouses", kind, str(rows)]
        found[kind] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.splitlines()[-1])
    return found


def measure(kind: str, rows: int, folder: Path) -> Figures:
    """Seconds of a whole pull, and of one after a change within the warehouse; both bring whom a file would bring."""
    with RUNNING[kind](rows) as warehouse:
        job = _job(warehouse, folder / "whole")
        seconds, pulled = _pulled(job)
        figures = {"rows": rows, "seconds": seconds, "same": float(_digest(job) == _of_a_file(rows, folder, ""))}
        if kind in COMPARES:
            own = replace(_job(warehouse, folder / "own"), state=STATE)
            figures["first_seconds"], _ = _pulled(own)
            warehouse.change()
            figures["again_seconds"], pulled = _pulled(own)
            changed = _of_a_file(rows, folder, f"CASE WHEN n % {CHANGED} = 0 THEN 'new-' ELSE '' END || ")
            figures |= {"fetched": pulled["fetched"], "again_same": float(_digest(own) == changed)}
        return {**figures, "peak_mb": peak_mb()}


def _job(warehouse: Warehouse, folder: Path) -> PullJob:
    for part in ("profiles", "work"):
        (folder / part).mkdir(parents=True)
    return PullJob(
        source="bench",
        kind=warehouse.kind,
        address=warehouse.address,
        sql=warehouse.sql,
        mapping={"id": "profile_id"},
        profiles=str(folder / "profiles"),
        work=str(folder / "work"),
        files="",
        seconds=900,
        most_gone_percent=50,
        memory_limit_mb=LIMIT_MB,
    )


def _pulled(job: PullJob) -> tuple[float, dict[str, Any]]:
    begun = perf_counter()
    done = asyncio.run(pull_warehouse(job, _silent, inline=False))
    return perf_counter() - begun, {"fetched": done.fetched}


def _of_a_file(rows: int, folder: Path, prefix: str) -> str:
    """The digest of the same people, made by DuckDB and imported as a file."""
    place = folder / f"file-{bool(prefix)}"
    place.mkdir()
    people = PERSON.format(text="VARCHAR", numbers=f"range(1, {rows + 1}) AS t(n)").replace(
        "concat('person'", f"{prefix}concat('person'"
    )
    duckdb.execute(f"COPY ({people}) TO '{place / 'people.parquet'}' (FORMAT parquet)")
    import_file(place / "profiles", "profiles", place / "people.parquet")
    return _digest_of(place / "profiles")


def _digest(job: PullJob) -> str:
    return _digest_of(Path(job.profiles))


def _digest_of(profiles: Path) -> str:
    source = BuiltinSource(profiles, memory_limit_mb=LIMIT_MB)
    question = Question(AS_OF, consent_purpose="ads", consent_policy="granted", snapshot=source.snapshot())
    return source.fingerprints(parse_segment(EVERYONE), profiles / "fp.parquet", question=question).digest


async def _silent(_step: object) -> None:
    """Nobody watches."""


if __name__ == "__main__":
    with TemporaryDirectory(prefix="audience-sync-bench-") as place:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), Path(place))))
