"""Whole records of a segment's members, streamed: identifiers, traits, attributes and recent events side by side."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from audience_sync.model.identifiers import NAMING
from audience_sync.model.profiles import RAW_SCHEMA
from audience_sync.sources.builtin.duck import quoted, row, streamed
from audience_sync.sources.builtin.folder import Manifest
from audience_sync.sources.builtin.recent import lay_out, with_events
from audience_sync.sources.builtin.selecting import Selected
from audience_sync.sources.builtin.views import computed_trait
from audience_sync.sources.protocol import Wanted

BATCH_ROWS = 30_000


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
    query = _query(selected, manifest, wanted)
    if not wanted.event_days:
        return _reader(connection, [query], selected.parameters)
    parts = lay_out(
        connection, query, selected.parameters, since=as_of - timedelta(days=wanted.event_days), until=as_of
    )
    return _reader(connection, [with_events(part) for part in range(parts)], {})


def _query(selected: Selected, manifest: Manifest, wanted: Wanted) -> str:
    """SQL: the records without their events."""
    cells = [f"s.{field.name}" for field in RAW_SCHEMA]
    joins = ""
    if wanted.traits:
        cells += [f"{cell} AS {quoted(f'trait:{name}')}" for name, cell in sorted(traits_of(manifest).items())]
        joins = " LEFT JOIN computed c ON c.profile_id = s.profile_id"
    if wanted.attributes:
        cells += [f"s.{quoted(name)}" for name in sorted(manifest.columns) if name.startswith("attribute:")]
    members = f"SELECT s.* FROM {selected.source} AND {selected.eligible}"
    return f"SELECT {', '.join(cells)} FROM ({members}) s{joins}"


def traits_of(manifest: Manifest) -> dict[str, str]:
    """SQL by the trait's name: imported and computed."""
    imported = {name.partition(":")[2]: f"s.{quoted(name)}" for name in manifest.columns if name.startswith("trait:")}
    return imported | {name: computed_trait(name, manifest, table="c") for name in manifest.computed_types}


def _reader(
    connection: duckdb.DuckDBPyConnection, queries: Sequence[str], parameters: Mapping[str, object]
) -> pa.RecordBatchReader:
    """What the queries give, one after the other; all have the same columns, known before the first row is read."""
    empty = connection.sql(f"{queries[0]} LIMIT 0", params=dict(parameters)).to_arrow_table().schema
    known = {field.name: field for field in RAW_SCHEMA}
    fields: list[pa.Field[Any]] = [known.get(field.name, field) for field in empty]
    schema = pa.schema(fields)

    def batches() -> Iterator[pa.RecordBatch]:
        for query in queries:
            yield from streamed(connection.sql(query, params=dict(parameters)), schema, BATCH_ROWS)

    return pa.RecordBatchReader.from_batches(schema, batches())
