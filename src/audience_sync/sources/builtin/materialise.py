"""Computed traits, computed: one streaming aggregate over all events, written beside the snapshot's other files."""

from dataclasses import replace
from pathlib import Path

import duckdb

from audience_sync.errors import Invalid
from audience_sync.sources.builtin.duck import Bounds, quoted, row
from audience_sync.sources.builtin.folder import Folder, Manifest
from audience_sync.sources.builtin.guard import refused, shut, write_out
from audience_sync.sources.builtin.inference import SQL_TYPES
from audience_sync.sources.protocol import FieldType


def materialise(folder: Folder, manifest: Manifest, staging: Path, bounds: Bounds) -> Manifest:
    """The manifest with the computed traits of its events; their file is in place. Invalid when one cannot be."""
    target = staging / "computed.parquet"
    with shut(folder, manifest, bounds) as connection:
        types = {name: trial(connection, expression) for name, expression in sorted(manifest.expressions.items())}
        cells = [f"CAST(({manifest.expressions[n]}\n) AS {SQL_TYPES[t]}) AS {quoted(n)}" for n, t in types.items()]
        defaults = row(connection, f"SELECT {', '.join([*cells, 'count(*)'])} FROM events WHERE false")
        write_out(connection, f"SELECT {', '.join(['profile_id', *cells])} FROM events GROUP BY profile_id", target)
    return replace(
        manifest,
        computed=folder.adopt(target, "computed"),
        computed_types={name: str(kind) for name, kind in types.items()},
        defaults={name: _plain(value) for name, value in zip(types, defaults, strict=False)},
    )


def with_trait(manifest: Manifest, name: str, expression: str) -> Manifest:
    """The manifest in which the trait is to be computed; Invalid when it cannot have that name."""
    if not name.isidentifier() or name != name.lower():
        raise Invalid(f"{name!r} is no name for a trait.", "Use lower case letters, digits and underscores.")
    if f"trait:{name}" in manifest.columns:
        raise Invalid(f"The trait {name} is imported.", "Choose another name for the computed one.")
    return replace(manifest, expressions={**manifest.expressions, name: expression})


def without_trait(manifest: Manifest, name: str) -> Manifest:
    """The manifest in which the trait is not computed; Invalid when it never was."""
    if name not in manifest.expressions:
        raise Invalid(f"No trait {name!r} is computed.", f"Computed are: {', '.join(sorted(manifest.expressions))}.")
    return replace(manifest, expressions={n: e for n, e in manifest.expressions.items() if n != name})


def trial(connection: duckdb.DuckDBPyConnection, expression: str) -> FieldType:
    """The type of a trait's expression, bound but not run; Invalid saying what is wrong with it."""
    query = f"SELECT ({expression}\n) AS x, count(*) AS n FROM events"
    try:
        single = len(connection.extract_statements(query)) == 1
        bound = connection.sql(query) if single else None
        if bound is None or bound.columns != ["x", "n"]:
            raise Invalid("The expression is more than one expression.", HINT)
        if str(bound.types[0]).startswith("TUPLE"):
            raise Invalid("The expression is empty.", HINT)
        return _type(str(bound.types[0]))
    except duckdb.Error as problem:
        raise Invalid(f"The expression cannot be computed: {refused(problem).message}", HINT) from None


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


def _plain(value: object) -> float | str | bool | None:
    return value if isinstance(value, bool | int | float | str) else None
