"""One profile, whole: what is known of it, and which segments it is in."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from audience_sync.errors import AudienceSyncError
from audience_sync.model.identifiers import HINTS, NAMING
from audience_sync.model.profiles import RAW_SCHEMA
from audience_sync.model.segments import Segment
from audience_sync.sources.builtin.compile import naive_utc
from audience_sync.sources.builtin.duck import Bounds, duck, quoted, row
from audience_sync.sources.builtin.folder import Folder, Manifest
from audience_sync.sources.builtin.records import traits_of
from audience_sync.sources.builtin.selecting import eligible_if, select
from audience_sync.sources.builtin.views import show_events, show_people
from audience_sync.sources.protocol import Decision, Event, Question, WholeProfile

VIEWS = ("stored", "computed", "events")


@contextmanager
def only(folder: Folder, manifest: Manifest, profile_id: str, bounds: Bounds) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose views hold nobody but that profile, so that whatever is asked costs little."""
    folder.prepare()
    with duck(folder.work, bounds) as connection:
        show_events(connection, folder, manifest)
        show_people(connection, folder, manifest)
        for view in VIEWS:
            narrowed = f"CREATE TEMP TABLE only_{view} AS SELECT * FROM {view} WHERE profile_id = $id"
            connection.execute(narrowed, {"id": profile_id})
            connection.execute(f"CREATE OR REPLACE VIEW {view} AS SELECT * FROM only_{view}")
        yield connection


def whole_profile(
    connection: duckdb.DuckDBPyConnection, manifest: Manifest, question: Question, *, events: int
) -> WholeProfile | None:
    """The only profile of the connection; None when there is none."""
    raw = _raw(connection)
    if not raw.num_rows:
        return None
    eligible = eligible_if(manifest, question)
    (may_be_sent,) = row(connection, f"SELECT coalesce(bool_or({eligible}), false) FROM stored s")
    cells = raw.to_pylist()[0]
    return WholeProfile(
        profile_id=cells["profile_id"],
        eligible=bool(may_be_sent),
        identifiers=_identifiers(cells),
        attributes=_named(connection, _columns(manifest, "attribute")),
        traits=_named(connection, traits_of(manifest)),
        consents=_consents(connection, manifest),
        events=_events(connection, question.as_of, events),
        raw=raw,
    )


def containing_segments(
    connection: duckdb.DuckDBPyConnection,
    folder: Folder,
    manifest: Manifest,
    segments: Mapping[str, Segment],
    *,
    question: Question,
    bounds: Bounds,
) -> dict[str, bool | AudienceSyncError]:
    """Of each segment, by its key: whether the only profile of the connection is in it, or why nobody can say."""

    def holds(segment: Segment) -> bool | AudienceSyncError:
        with TemporaryDirectory(dir=folder.work, prefix="ask-") as work:
            try:
                selected = select(
                    connection, folder, manifest, segment, question=question, work=Path(work), bounds=bounds
                )
            except AudienceSyncError as problem:
                return problem
            (found,) = row(connection, f"SELECT count(*) FROM {selected.source}", selected.parameters or None)
            return bool(found)

    return {key: holds(segment) for key, segment in segments.items()}


def _raw(connection: duckdb.DuckDBPyConnection) -> pa.RecordBatch:
    table = connection.sql(f"SELECT {', '.join(RAW_SCHEMA.names)} FROM stored LIMIT 1").to_arrow_table()
    columns = [table.column(field.name).combine_chunks().cast(field.type) for field in RAW_SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=RAW_SCHEMA)


def _identifiers(cells: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    found = {}
    for kind in (*NAMING, *HINTS):
        cell = cells[kind]
        values = tuple(str(value) for value in (cell if isinstance(cell, list) else [cell]) if value)
        if values:
            found[str(kind)] = values
    return found


def _columns(manifest: Manifest, word: str) -> dict[str, str]:
    """SQL by name: the stored columns of that word."""
    return {name.partition(":")[2]: f"s.{quoted(name)}" for name in manifest.columns if name.startswith(f"{word}:")}


def _named(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str]) -> dict[str, object]:
    """The values that the profile has, by name in their order."""
    if not columns:
        return {}
    names = sorted(columns)
    joined = "stored s LEFT JOIN computed c ON c.profile_id = s.profile_id"
    values = row(connection, f"SELECT {', '.join(columns[name] for name in names)} FROM {joined} LIMIT 1")
    return {name: _told(value) for name, value in zip(names, values, strict=True) if value is not None}


def _consents(connection: duckdb.DuckDBPyConnection, manifest: Manifest) -> tuple[Decision, ...]:
    granted, since = (_named(connection, _columns(manifest, word)) for word in ("consent", "consent_at"))
    return tuple(Decision(purpose, bool(given), _moment(since.get(purpose))) for purpose, given in granted.items())


def _events(connection: duckdb.DuckDBPyConnection, as_of: datetime, most: int) -> tuple[Event, ...]:
    newest = (
        f"SELECT name, time, properties FROM events WHERE time <= $as_of ORDER BY time DESC, name LIMIT {int(most)}"
    )
    rows = connection.execute(newest, {"as_of": naive_utc(as_of)}).fetchall()
    return tuple(Event(str(name), time.replace(tzinfo=UTC), dict(properties or {})) for name, time, properties in rows)


def _told(value: object) -> object:
    """The store writes times in UTC without saying so."""
    return _moment(value) if isinstance(value, datetime) else value


def _moment(value: object) -> datetime | None:
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)
