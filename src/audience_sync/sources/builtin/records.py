"""Whole records of a segment's members, streamed: identifiers, traits, attributes and recent events side by side."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from audience_sync.model.identifiers import NAMING
from audience_sync.model.profiles import RAW_SCHEMA
from audience_sync.sources.builtin.compile import naive_utc
from audience_sync.sources.builtin.duck import literal, quoted, row
from audience_sync.sources.builtin.folder import Manifest
from audience_sync.sources.builtin.selecting import Selected
from audience_sync.sources.builtin.views import computed_trait
from audience_sync.sources.protocol import Wanted

BATCH_ROWS = 50_000
EVENTS_AT_ONCE = 1_000_000
"""Lists of events are built in memory and do not spill, so that many events are read in several parts."""


def weighed(connection: duckdb.DuckDBPyConnection, selected: Selected) -> tuple[int, int, dict[str, int]]:
    """Members in all, the eligible ones, and the most values that one of these has of each naming kind."""
    most = ", ".join(f"coalesce(max(len(s.{kind})) FILTER ({selected.eligible}), 0)" for kind in NAMING)
    query = f"SELECT count(*), count(*) FILTER ({selected.eligible}), {most} FROM {selected.source}"
    size, eligible, *values = (int(str(n)) for n in row(connection, query, selected.parameters or None))
    return size, eligible, {str(kind): n for kind, n in zip(NAMING, values, strict=True)}


def read_records(
    connection: duckdb.DuckDBPyConnection, selected: Selected, manifest: Manifest, wanted: Wanted, *, as_of: datetime
) -> pa.RecordBatchReader:
    """The records of the eligible members, unordered; see `protocol.Records`."""
    parts = 1
    if wanted.event_days:
        parts = _show_recent(connection, naive_utc(as_of), wanted.event_days)
    query = _query(selected, manifest, wanted)
    schema = _schema(connection, query, selected)
    return pa.RecordBatchReader.from_batches(schema, _batches(connection, query, selected, schema, parts))


def _show_recent(connection: duckdb.DuckDBPyConnection, as_of: datetime, days: int) -> int:
    """The view `recent` of the events of the last days; in how many parts they are to be read."""
    moments = [f"TIMESTAMP {literal(moment.isoformat(' '))}" for moment in (as_of - timedelta(days=days), as_of)]
    connection.execute(
        f"CREATE VIEW recent AS SELECT profile_id, name, time, properties FROM events "
        f"WHERE time BETWEEN {moments[0]} AND {moments[1]}"
    )
    (count,) = row(connection, "SELECT count(*) FROM recent")
    return 1 + int(str(count)) // EVENTS_AT_ONCE


def _query(selected: Selected, manifest: Manifest, wanted: Wanted) -> str:
    """SQL: the records of the part `$part` of `$parts`."""
    cells = [f"s.{field.name}" for field in RAW_SCHEMA]
    joins = ""
    if wanted.traits:
        cells += [f"{cell} AS {quoted(f'trait:{name}')}" for name, cell in sorted(_traits(manifest).items())]
        joins += " LEFT JOIN computed c ON c.profile_id = s.profile_id"
    if wanted.attributes:
        cells += [f"s.{quoted(name)}" for name in sorted(manifest.columns) if name.startswith("attribute:")]
    if wanted.event_days:
        cells.append("coalesce(e.events, []) AS events")
        joins += f" LEFT JOIN ({_EVENTS}) e ON e.profile_id = s.profile_id"
    members = f"SELECT s.* FROM {selected.source} AND {selected.eligible} AND {_mine('s')}"
    return f"SELECT {', '.join(cells)} FROM ({members}) s{joins}"


def _traits(manifest: Manifest) -> dict[str, str]:
    """SQL by the trait's name: imported and computed."""
    imported = {name.partition(":")[2]: f"s.{quoted(name)}" for name in manifest.columns if name.startswith("trait:")}
    return imported | {name: computed_trait(name, manifest, table="c") for name in manifest.computed_types}


def _mine(table: str) -> str:
    return f"($parts = 1 OR hash({table}.profile_id) % $parts = $part)"


_EVENTS = (
    "SELECT profile_id, list({'name': name, 'time': time, 'properties': properties} ORDER BY time, name) AS events "
    f"FROM recent r WHERE {_mine('r')} GROUP BY profile_id"
)


def _schema(connection: duckdb.DuckDBPyConnection, query: str, selected: Selected) -> pa.Schema:
    """What the records look like, known before the first is read."""
    empty = connection.sql(f"{query} LIMIT 0", params=_parameters(selected, 0, 1)).to_arrow_table().schema
    known = {field.name: field for field in RAW_SCHEMA}
    fields: list[pa.Field[Any]] = [known.get(field.name, field) for field in empty]
    return pa.schema(fields)


def _parameters(selected: Selected, part: int, parts: int) -> dict[str, object]:
    return {**selected.parameters, "part": part, "parts": parts}


def _batches(
    connection: duckdb.DuckDBPyConnection, query: str, selected: Selected, schema: pa.Schema, parts: int
) -> Iterator[pa.RecordBatch]:
    for part in range(parts):
        reader = connection.sql(query, params=_parameters(selected, part, parts)).to_arrow_reader(BATCH_ROWS)
        for batch in reader:
            columns = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)
