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

MAX_AT_ONCE = 100
"""Columns per query, so that a very wide file does not make one endless expression."""


def typed(text: str, kind: FieldType) -> str:
    """SQL: the value of a text that has the type; null for blank."""
    text = f"nullif(trim({text}), '')"
    if kind is FieldType.TEXT:
        return text
    if kind is FieldType.DATETIME:
        return f"(TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"
    return f"TRY_CAST({text} AS {SQL_TYPES[kind]})"


def infer(connection: duckdb.DuckDBPyConnection, source: str, texts: Iterable[str]) -> list[FieldType | None]:
    """The type of each text expression over `source`; None when it has no value at all."""
    found: list[FieldType | None] = []
    expressions = list(texts)
    for start in range(0, len(expressions), MAX_AT_ONCE):
        found += _infer(connection, source, expressions[start : start + MAX_AT_ONCE])
    return found


def verdicts(text: str) -> str:
    """SQL: how many values there are, and for each pattern whether all have it."""
    value = f"nullif(trim({text}), '')"
    return ", ".join([f"count({value})", *(f"bool_and({pattern.format(value)})" for pattern in PATTERNS.values())])


def verdict(counts: tuple[object, ...]) -> FieldType | None:
    """The type that a row of `verdicts` tells."""
    if not counts[0]:
        return None
    return next((kind for kind, fits in zip(PATTERNS, counts[1:], strict=True) if fits), FieldType.TEXT)


def _infer(connection: duckdb.DuckDBPyConnection, source: str, texts: list[str]) -> list[FieldType | None]:
    found = row(connection, f"SELECT {', '.join(verdicts(text) for text in texts)} FROM {source}")
    width = 1 + len(PATTERNS)
    return [verdict(found[start : start + width]) for start in range(0, len(found), width)]


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
