"""A warehouse's rows in a private Parquet file, batch by batch, before anything else is done with them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from audience_sync.errors import Invalid
from audience_sync.sources.warehouses.protocol import Rows, TookTooLong

MAX_COLUMNS = 2000
TELL_SECONDS = 0.3
PLAIN = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_date,
    pa.types.is_time,
    pa.types.is_timestamp,
    pa.types.is_null,
)
NESTED = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
Field = "pa.Field[Any]"
Type = pa.DataType
Told = Callable[[int], None]
"""Hears now and then how many rows there are."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """`file` has the columns `0`, `1` … , one per header; its owner alone can read it."""

    file: Path
    headers: tuple[str, ...]
    rows: int


def spool(rows: Rows, target: Path, *, seconds: float, told: Told) -> Spooled:
    """All rows are in the file; TookTooLong when they take longer. `told` hears now and then how many there are."""
    headers = headers_of(rows.schema)
    schema = pa.schema([pa.field(str(n), _kept(field.type)) for n, field in enumerate(rows.schema)])
    until, count, next_time = time.monotonic() + seconds, 0, 0.0
    target.touch(mode=0o600)
    with pq.ParquetWriter(target, schema, compression="lz4") as writer:
        for batch in rows.batches:
            writer.write_batch(pa.RecordBatch.from_arrays([plain(column) for column in batch.columns], schema=schema))
            count += batch.num_rows
            now = time.monotonic()
            if now > until:
                raise TookTooLong(seconds)
            if now > next_time:
                told(count)
                next_time = now + TELL_SECONDS
    told(count)
    return Spooled(target, headers, count)


def drained(rows: Rows, target: Path, *names: str) -> int:
    """All rows are in the file, as texts under these names; how many there are."""
    schema, count = pa.schema([pa.field(name, pa.string()) for name in names]), 0
    target.touch(mode=0o600)
    with pq.ParquetWriter(target, schema, compression="lz4") as writer:
        for batch in rows.batches:
            cells = [plain(column).cast(pa.string()) for column in batch.columns]
            writer.write_batch(pa.RecordBatch.from_arrays(cells, schema=schema))
            count += batch.num_rows
    return count


def headers_of(schema: pa.Schema) -> tuple[str, ...]:
    """The columns' names; Invalid when they cannot be told apart, or one cannot become a text."""
    names = tuple(schema.names)
    if not names or len(names) > MAX_COLUMNS:
        raise Invalid(f"The SQL returns {len(names)} columns.", f"It may return 1 to {MAX_COLUMNS:,}.")
    if double := next((name for name in names if names.count(name) > 1), None):
        raise Invalid(f"The SQL returns two columns named {double!r}.", f"Name one of them: {double} AS other_name.")
    for field in schema:
        if not _is_fit(field.type):
            raise Invalid(
                f"The column {field.name!r} has a type that is no text, number, time or list: {_said(field.type)}.",
                "Cast it to text in the SQL, or leave the column out.",
            )
    return names


def plain(column: "pa.Array[Any]") -> "pa.Array[Any]":
    """The column without a database's own name for its type."""
    return column.storage if isinstance(column, pa.ExtensionArray) and not _is_uuid(column.type) else column


def _kept(kind: Type) -> Type:
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) and not _is_uuid(kind) else kind


def _is_fit(kind: Type) -> bool:
    kept = _kept(kind)
    if any(is_nested(kept) for is_nested in NESTED):
        return _is_fit(kept.field(0).type)
    if pa.types.is_struct(kept):
        return all(_is_fit(kept.field(n).type) for n in range(kept.num_fields))
    return _is_uuid(kept) or any(is_plain(kept) for is_plain in PLAIN)


def _is_uuid(kind: Type) -> bool:
    return isinstance(kind, pa.UuidType)


def _said(kind: Type) -> str:
    return str(getattr(kind, "type_name", "") or kind)[:100]
