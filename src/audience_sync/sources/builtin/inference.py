"""Which type a column's texts have, if all of them have it; and what becomes of a column whose type changes."""

from collections.abc import Iterable

import duckdb

from audience_sync.sources.builtin.duck import row
from audience_sync.sources.protocol import FieldType

SQL_TYPES = {
    FieldType.TEXT: "VARCHAR",
    FieldType.INTEGER: "BIGINT",
    FieldType.NUMBER: "DOUBLE",
    FieldType.BOOLEAN: "BOOLEAN",
    FieldType.DATE: "DATE",
    FieldType.DATETIME: "TIMESTAMP",
}

# Each pattern admits only what the cast takes without loss: `00123` is a text, `1e400` is no number.
PATTERNS = {
    FieldType.BOOLEAN: "lower({0}) IN ('true', 'false')",
    FieldType.INTEGER: r"regexp_full_match({0}, '-?(0|[1-9]\d{{0,17}})')",
    FieldType.NUMBER: r"regexp_full_match({0}, '-?(0|[1-9]\d{{0,14}})(\.\d{{1,15}})?')",
    FieldType.DATE: r"regexp_full_match({0}, '\d{{4}}-\d\d-\d\d') AND TRY_CAST({0} AS DATE) IS NOT NULL",
    FieldType.DATETIME: r"regexp_full_match({0}, '\d{{4}}-\d\d-\d\d"
    r"([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?')"
    " AND TRY_CAST({0} AS TIMESTAMPTZ) IS NOT NULL",
}

SAMPLE_ROWS = 20_000
"""Rows of the first look, which rules out most types, so that the look at all rows has little left to ask."""

MAX_AT_ONCE = 100
"""Columns per query, so that a very wide file does not make one endless expression."""


def typed(text: str, kind: FieldType) -> str:
    """SQL: the value of a text that has the type; null for blank."""
    text = f"nullif({text}, '')"
    if kind is FieldType.TEXT:
        return text
    if kind is FieldType.DATETIME:
        return f"(TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"
    return f"TRY_CAST({text} AS {SQL_TYPES[kind]})"


def infer(connection: duckdb.DuckDBPyConnection, source: str, columns: Iterable[str]) -> list[FieldType | None]:
    """The type of each column of texts; None when it has no value at all."""
    found: list[FieldType | None] = []
    wanted = list(columns)
    for start in range(0, len(wanted), MAX_AT_ONCE):
        found += _infer(connection, source, wanted[start : start + MAX_AT_ONCE])
    return found


def fits(connection: duckdb.DuckDBPyConnection, source: str, column: str, kind: FieldType | None) -> bool:
    """Whether all values of the column have that type; None has no values."""
    if kind is FieldType.TEXT:
        return True
    (said,) = row(connection, f"SELECT {_all(column, kind) if kind else _none(column)} FROM {source}")
    return said is not False


def verdicts(text: str) -> str:
    """SQL: how many values there are, and for each pattern whether all have it."""
    return ", ".join([f"count(nullif({text}, ''))", *(_all(text, kind) for kind in PATTERNS)])


def verdict(counts: tuple[object, ...]) -> FieldType | None:
    """The type that a row of `verdicts` tells."""
    return _verdict(counts[0], dict(zip(PATTERNS, counts[1:], strict=True)))


def _infer(connection: duckdb.DuckDBPyConnection, source: str, columns: list[str]) -> list[FieldType | None]:
    sample = f"(SELECT {', '.join(set(columns))} FROM {source} LIMIT {SAMPLE_ROWS})"
    seen = iter(
        row(connection, f"SELECT {', '.join(_all(c, kind) for c in columns for kind in PATTERNS)} FROM {sample}")
    )
    # Null stands for a column without values so far: anything is possible.
    left = [[kind for kind in PATTERNS if next(seen) is not False] for _ in columns]
    asked = [
        ", ".join([f"count(nullif({column}, ''))", *(_all(column, kind) for kind in kinds)])
        for column, kinds in zip(columns, left, strict=True)
    ]
    told = iter(row(connection, f"SELECT {', '.join(asked)} FROM {source}"))
    return [_verdict(next(told), {kind: next(told) for kind in kinds}) for kinds in left]


def _verdict(count: object, fits: dict[FieldType, object]) -> FieldType | None:
    if not count:
        return None
    return next((kind for kind, fit in fits.items() if fit), FieldType.TEXT)


def _none(text: str) -> str:
    return f"count(nullif({text}, '')) = 0"


def _all(text: str, kind: FieldType) -> str:
    # A blank says nothing about the type.
    return f"bool_and(CASE WHEN {text} <> '' THEN {PATTERNS[kind].format(text)} END)"


def merged(old: FieldType | None, new: FieldType | None) -> FieldType:
    """The narrowest type that holds both; text holds everything."""
    if old is None or new is None or old is new:
        return old or new or FieldType.TEXT
    pair = {old, new}
    if pair == {FieldType.INTEGER, FieldType.NUMBER}:
        return FieldType.NUMBER
    if pair == {FieldType.DATE, FieldType.DATETIME}:
        return FieldType.DATETIME
    return FieldType.TEXT


def recast(column: str, old: FieldType, new: FieldType) -> str:
    """SQL: a stored column in its new type."""
    return column if old is new else f"CAST({column} AS {SQL_TYPES[new]})"
