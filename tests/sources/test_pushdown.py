"""Each dialect finds the same changes that a comparison of all values finds."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import duckdb
import pyarrow as pa
import pytest
from chdb.session import Session
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audience_sync.errors import Invalid
from audience_sync.sources.warehouses.pushdown.packs import CLICKHOUSE, DUCKDB
from audience_sync.sources.warehouses.pushdown.places import parts_of
from tests.sources.engines import Engine, Row, apart, found, told

TEXTS = ["", "NULL", "n", "1", "1.0", ":", "1:1", "n1:x", "a b", "Ärger 🎉", "x\\'y", "\t", "`", "[1]", "a,b"]
AUTUMN = ["2026-10-25 00:30:00+00:00", "2026-10-25 01:30:00+00:00", "2026-10-25 01:30:00.000001+00:00"]
texts = st.none() | st.sampled_from(TEXTS)
numbers = st.none() | st.sampled_from([0.0, 1.0, 0.1, 0.30000000000000004, 0.3, 1e300, -1.5])
lists = st.none() | st.lists(texts, max_size=2).map(tuple)
ids = st.none() | st.sampled_from(["1", "1.0", "é", "NULL", "a'b", "a`\\b", "", " ", "A", "a"])
people = st.lists(st.tuples(ids, texts, numbers, st.none() | st.sampled_from(AUTUMN), lists), max_size=8)

SAME = ("same", "text", 1.0, AUTUMN[0], ("a",))
BEFORE: list[Row] = [
    SAME,
    ("blank", "", 1.0, None, None),
    ("word", "NULL", 1.0, None, None),
    ("n", "n", None, None, None),
    ("kind", "1", None, None, None),
    ("near", None, 0.3, None, None),
    ("hour", None, None, AUTUMN[0], None),
    ("micro", None, None, AUTUMN[1], None),
    ("comma", None, None, None, ("a,b",)),
    ("quoted", None, None, None, ("NULL",)),
    ("twice", "a", None, None, None),
    ("twice", "a", None, None, None),
    ("pair", "a", None, None, None),
    ("pair", "b", None, None, None),
    ("ж🎉'`\\", "é", None, None, None),
    ("gone", None, None, None, None),
    (None, "nobody", None, None, None),
]
AFTER: list[Row] = [
    ("pair", "b", None, None, None),
    ("pair", "a", None, None, None),
    SAME,
    ("blank", None, 1.0, None, None),
    ("word", None, 1.0, None, None),
    ("n", None, None, None, None),
    ("kind", "1.0", None, None, None),
    ("near", None, 0.30000000000000004, None, None),
    ("hour", None, None, AUTUMN[1], None),
    ("micro", None, None, AUTUMN[2], None),
    ("comma", None, None, None, ("a", "b")),
    ("quoted", None, None, None, (None,)),
    ("twice", "a", None, None, None),
    ("ж🎉'`\\", "e\u0301", None, None, None),
    ("new", None, None, None, None),
    (None, "nobody", None, None, None),
]
MANY: list[Row] = [(f"id{n}", f"text {n}", float(n), AUTUMN[0], (str(n),)) for n in range(5000)]


def on_duckdb() -> Engine:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'Europe/Berlin'; CREATE SCHEMA audience_sync_state")
    types = ("VARCHAR", "VARCHAR", "DOUBLE", "TIMESTAMPTZ", "VARCHAR[]")
    return Engine(DUCKDB, connection.execute, lambda sql: connection.sql(sql).to_arrow_table(), types, "[{}]".format)


@pytest.fixture(scope="module")
def clickhouse() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        session: Any = cast(Any, Session)(folder)
        session.query("CREATE DATABASE audience_sync_state")
        session.query("CREATE DATABASE shop")
        session.query("USE shop")

        def arrow(sql: str) -> pa.Table:
            answer = session.query(f"{sql} SETTINGS output_format_arrow_string_as_string = 1", "Arrow").bytes()
            return pa.ipc.open_file(answer).read_all()

        text = "Nullable(String)"
        types = (text, text, "Nullable(Float64)", "Nullable(DateTime64(6, 'Europe/Berlin'))", f"Array({text})")
        yield Engine(CLICKHOUSE, session.query, arrow, types, "[{}]".format, " ENGINE = MergeTree ORDER BY tuple()")
        session.close()


@dataclass(frozen=True)
class Seen:
    """What two comparisons say, the first of `before` with nothing and the second of `after` with the first."""

    known: set[str]
    came: set[str]
    gone: set[str]
    nobody: int
    rows: int
    profiles: int
    prints_agree: bool = True
    """The prints that the warehouse lists are those that are reckoned from its rows."""


def seen(engine: Engine, folder: Path, before: list[Row], after: list[Row]) -> Seen:
    engine.people(before)
    base, everything = engine.compare(folder)
    known = found(everything)[0]
    engine.people(after)
    _, changes = engine.compare(folder, base)
    prints, reckoned = told(changes)
    came, gone, nobody = found(changes)
    return Seen(known, came, gone, nobody, changes.rows, changes.profiles, prints == reckoned)


def there(before: list[Row], after: list[Row]) -> Seen:
    """What a comparison of all values says."""
    came, gone = apart(before, after)
    ids = [row[0] for row in after]
    known = {row[0] for row in before if row[0] is not None}
    return Seen(known, came, gone, ids.count(None), len(ids) - ids.count(None), len({*ids} - {None}))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people, people)
def test_duckdb_finds_any_changes(before: list[Row], after: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert seen(on_duckdb(), Path(folder), before, after) == there(before, after)


def listed(rows: list[Row]) -> list[Row]:
    """The rows for an engine whose lists are never NULL."""
    return [(*row[:4], row[4] or ()) for row in rows]


@pytest.mark.parametrize(
    "rows", [(BEFORE, AFTER), (AFTER, BEFORE), (MANY, MANY[7:] + BEFORE)], ids=["to", "fro", "many"]
)
def test_duckdb_finds_nasty_changes(tmp_path: Path, rows: tuple[list[Row], list[Row]]) -> None:
    assert seen(on_duckdb(), tmp_path, *rows) == there(*rows)


@pytest.mark.parametrize(
    "rows", [(BEFORE, AFTER), (AFTER, BEFORE), (MANY, MANY[7:] + BEFORE)], ids=["to", "fro", "many"]
)
def test_clickhouse_finds_nasty_changes(clickhouse: Engine, tmp_path: Path, rows: tuple[list[Row], list[Row]]) -> None:
    before, after = map(listed, rows)
    assert seen(clickhouse, tmp_path, before, after) == there(before, after)


@pytest.mark.parametrize("schema", ["", "a;b", 'a"b', "a.b.c.d", "a b", "x" * 64, "."])
def test_what_is_no_name_of_a_schema_is_refused(schema: str) -> None:
    with pytest.raises(Invalid):
        parts_of(schema)
