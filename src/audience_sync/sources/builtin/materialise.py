"""Computed traits, computed: one streaming aggregate over all events, written beside the snapshot's other files."""

from dataclasses import replace
from pathlib import Path

import duckdb

from audience_sync.errors import Invalid
from audience_sync.sources.builtin.duck import quoted, row, write_parquet
from audience_sync.sources.builtin.folder import Folder, Manifest
from audience_sync.sources.builtin.inference import SQL_TYPES
from audience_sync.sources.builtin.views import show_events
from audience_sync.sources.protocol import FieldType


def materialise(connection: duckdb.DuckDBPyConnection, folder: Folder, manifest: Manifest, staging: Path) -> Manifest:
    """The manifest with the computed traits of its events; their file is in place."""
    show_events(connection, folder, manifest)
    types = {name: trial(connection, expression) for name, expression in manifest.expressions.items()}
    cells = ", ".join(f"{_cast(e, types[name])} AS {quoted(name)}" for name, e in sorted(manifest.expressions.items()))
    defaults = row(connection, f"SELECT {cells} FROM events WHERE false")
    target = staging / "computed.parquet"
    write_parquet(connection, f"SELECT profile_id, {cells} FROM events GROUP BY profile_id", target)
    return replace(
        manifest,
        computed=folder.adopt(target, "computed"),
        computed_types={name: str(kind) for name, kind in sorted(types.items())},
        defaults={name: _plain(value) for name, value in zip(sorted(types), defaults, strict=True)},
    )


def trial(connection: duckdb.DuckDBPyConnection, expression: str) -> FieldType:
    """The type of a trait's expression, tried on no events; Invalid saying what is wrong with it."""
    try:
        (described,) = connection.execute(f"DESCRIBE SELECT ({expression}) AS x FROM events WHERE false").fetchall()
    except (duckdb.Error, ValueError) as problem:
        raise Invalid(f"The expression cannot be computed: {str(problem).splitlines()[0]}", HINT) from None
    return _type(str(described[1]))


HINT = (
    "Write an aggregate over one profile's events with the columns name, time and properties, "
    "for example max(time) FILTER (name = 'login')."
)


def _type(sql: str) -> FieldType:
    if sql.endswith("INT") or sql in ("INTEGER", "UINTEGER"):
        return FieldType.NUMBER if "HUGE" in sql else FieldType.INTEGER
    if sql in ("DOUBLE", "FLOAT") or sql.startswith("DECIMAL"):
        return FieldType.NUMBER
    if sql.startswith("TIMESTAMP"):
        return FieldType.DATETIME
    return FieldType(sql.lower()) if sql in ("BOOLEAN", "DATE") else FieldType.TEXT


def _cast(expression: str, kind: FieldType) -> str:

    return f"CAST(({expression}) AS {SQL_TYPES[kind]})"


def _plain(value: object) -> float | str | bool | None:
    return value if isinstance(value, bool | int | float | str) else None
