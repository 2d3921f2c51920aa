"""Recent events beside their profiles, part by part: lists are built in memory, sorting and keeping apart spill."""

from collections.abc import Mapping
from datetime import datetime

import duckdb

from audience_sync.sources.builtin.compile import naive_utc
from audience_sync.sources.builtin.duck import literal, row

EVENTS_AT_ONCE = 200_000
"""Events of one part: their lists must fit into a small memory beside everything else."""

LISTS = "list({'name': name, 'time': time, 'properties': properties} ORDER BY time, name)"


def lay_out(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    parameters: Mapping[str, object],
    *,
    since: datetime,
    until: datetime,
) -> int:
    """The query's profiles and the events between these moments lie by parts, ready for `with_events`; how many."""
    moments = " AND ".join(f"TIMESTAMP {literal(naive_utc(moment).isoformat(' '))}" for moment in (since, until))
    recent = f"FROM events WHERE time BETWEEN {moments}"
    (count,) = row(connection, f"SELECT count(*) {recent}")
    parts = 1 + int(str(count)) // EVENTS_AT_ONCE
    _sort(connection, "recent", f"SELECT profile_id, name, time, properties {recent}", parts, {})
    _sort(connection, "members", query, parts, parameters)
    return parts


def with_events(part: int) -> str:
    """SQL: the profiles of the part, each with its list of events."""
    own = f"SELECT profile_id, {LISTS} AS events FROM recent WHERE part = {part} GROUP BY profile_id"
    return (
        "SELECT m.* EXCLUDE (part), coalesce(e.events, []) AS events "
        f"FROM members m LEFT JOIN ({own}) e ON e.profile_id = m.profile_id WHERE m.part = {part}"
    )


def _sort(
    connection: duckdb.DuckDBPyConnection, name: str, query: str, parts: int, parameters: Mapping[str, object]
) -> None:
    """The table of that name: what lies together is read together, because whole blocks of other parts are skipped."""
    part = f"CAST(hash(profile_id) % {parts} AS INTEGER) AS part"
    connection.execute(
        f"CREATE TEMP TABLE {name} AS SELECT *, {part} FROM ({query}) ORDER BY part", dict(parameters) or None
    )
