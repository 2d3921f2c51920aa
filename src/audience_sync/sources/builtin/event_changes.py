"""What a file says happened: events with an identity, so that a repeated import adds none."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from audience_sync.sources.builtin.checking import id_reasons
from audience_sync.sources.builtin.duck import literal, row, write_parquet
from audience_sync.sources.builtin.fields import Bound
from audience_sync.sources.builtin.inference import merged, verdict, verdicts
from audience_sync.sources.protocol import FieldType

MAX_NAME = 200
"""Most characters of an event's name."""

MAX_PROPERTIES = 5000
"""Most pairs of event and property in the catalog; more are kept and usable by SQL, but not offered."""

EMPTY_EVENTS = (
    "SELECT NULL::VARCHAR AS profile_id, NULL::VARCHAR AS name, NULL::TIMESTAMP AS time, "
    "NULL::MAP(VARCHAR, VARCHAR) AS properties, NULL::UUID AS identity WHERE false"
)


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Of a file's accepted events: new ones, known ones, and those of profiles that the store does not have (yet)."""

    created: int
    unchanged: int
    strangers: int


def event_reasons(bound: list[Bound]) -> list[tuple[str, str]]:
    """Why a row of an events file is refused."""
    by_word = {one.field.word: one.column for one in bound}
    reasons = id_reasons(by_word["profile_id"])
    reasons.append((f"value({by_word['event']}) IS NULL", "has no event name"))
    reasons.append((f"length({by_word['event']}) > {MAX_NAME}", f"its event name is longer than {MAX_NAME} characters"))
    reasons.append((f"moment({by_word['time']}) IS NULL", "its time cannot be read"))
    if bag := by_word.get("properties"):
        reasons.append((f"value({bag}) IS NOT NULL AND {_bag(bag)} IS NULL", "its properties are no JSON object"))
    return reasons


def stage_events(connection: duckdb.DuckDBPyConnection, bound: list[Bound], target: Path) -> None:
    """The view `arrived`: the file's accepted events with their identities, twins numbered apart."""
    by_word = {one.field.word: one.column for one in bound}
    query = (
        f"SELECT line, {by_word['profile_id']} AS profile_id, {by_word['event']} AS name, "
        f"moment({by_word['time']}) AS time, {_properties(bound)} AS properties, {_given(by_word)} AS given "
        "FROM accepted"
    )
    # Two events that are alike in everything happened twice; the second has a number in its identity.
    alike = "concat_ws(chr(31), profile_id, name, epoch_us(time), to_json(properties))"
    base = f"CASE WHEN given IS NULL THEN md5(chr(30) || {alike}) ELSE md5(given) END"
    write_parquet(connection, f"SELECT *, {base} AS base FROM ({query})", target)
    source = f"read_parquet({literal(target)})"
    connection.execute(
        f"CREATE TEMP TABLE numbered AS SELECT base, line, row_number() OVER (PARTITION BY base ORDER BY line) AS n, "
        f"count(*) OVER (PARTITION BY base) AS of FROM {source} SEMI JOIN "
        f"(SELECT base AS b FROM {source} GROUP BY 1 HAVING count(*) > 1) ON b = base"
    )
    connection.execute(
        f"CREATE VIEW arrived AS SELECT profile_id, name, time, properties, "
        "CAST(CASE WHEN n > 1 AND given IS NULL THEN md5(e.base || n) ELSE e.base END AS UUID) AS identity "
        f"FROM {source} e LEFT JOIN numbered t ON t.base = e.base AND t.line = e.line "
        "WHERE given IS NULL OR n IS NULL OR n = of"
    )


def add_events(connection: duckdb.DuckDBPyConnection, target: Path) -> EventCounts:
    """`target` holds the events of `arrived` that `known_events` lacks. Reads the view `stored` too."""
    created = write_parquet(
        connection, "SELECT a.* FROM arrived a ANTI JOIN known_events k ON k.identity = a.identity", target
    )
    arrived, strangers = row(
        connection,
        "SELECT count(*), count(*) FILTER (s.profile_id IS NULL) "
        "FROM arrived a LEFT JOIN stored s ON s.profile_id = a.profile_id",
    )
    return EventCounts(created, int(str(arrived)) - created, int(str(strangers)))


def learn_properties(
    connection: duckdb.DuckDBPyConnection, known: dict[str, dict[str, str]], file: Path
) -> dict[str, dict[str, str]]:
    """The catalog of events and properties after this file: types that hold for all values seen."""
    found = {name: dict(properties) for name, properties in known.items()}
    for (name,) in connection.execute(f"SELECT DISTINCT name FROM read_parquet({literal(file)}) LIMIT 1000").fetchall():
        found.setdefault(str(name), {})
    pairs = f"SELECT name, unnest(map_entries(properties)) AS p FROM read_parquet({literal(file)})"
    query = f"SELECT name, p.key, {verdicts('p.value')} FROM ({pairs}) GROUP BY ALL ORDER BY ALL LIMIT {MAX_PROPERTIES}"
    for name, key, *counts in connection.execute(query).fetchall():
        properties = found.setdefault(str(name), {})
        old = FieldType(properties[str(key)]) if str(key) in properties else None
        properties[str(key)] = str(merged(old, verdict(tuple(counts))))
    return found


def _given(by_word: dict[str, str]) -> str:
    return f"value({by_word['event_id']})" if "event_id" in by_word else "NULL::VARCHAR"


def _bag(column: str) -> str:
    """SQL: a JSON object as a map of JSON values, null when it is none."""
    return f"TRY_CAST(TRY_CAST(value({column}) AS JSON) AS MAP(VARCHAR, JSON))"


def _properties(bound: list[Bound]) -> str:
    """SQL: all properties of a row as a map of texts, in the order of their names, without blanks."""
    pairs = []
    for one in bound:
        if one.field.word == "property":
            pairs.append(f"[{{'key': {literal(one.field.name)}, 'value': value({one.column})}}]")
        elif one.field.word == "properties":
            # A column of its own says the same more plainly, so it wins.
            own = ", ".join(literal(other.field.name) for other in bound if other.field.word == "property")
            entries = f"map_entries(coalesce({_bag(one.column)}, MAP {{}}))"
            texts = f"list_transform({entries}, lambda e: {{'key': e.key, 'value': e.value ->> '$'}})"
            pairs.append(f"list_filter({texts}, lambda e: e.key NOT IN ({own}))" if own else texts)
    if not pairs:
        return "MAP {}::MAP(VARCHAR, VARCHAR)"
    filled = f"list_filter(list_concat({', '.join(pairs)}), lambda e: e.value IS NOT NULL AND e.value <> '')"
    return f"map_from_entries(list_sort({filled}))"
