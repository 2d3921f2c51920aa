"""The snapshot that follows from a judged file, of each kind of file; nobody sees it before it is committed."""

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from audience_sync.sources.builtin.changes import consent_changes, profile_changes
from audience_sync.sources.builtin.checking import keep_last
from audience_sync.sources.builtin.duck import QUICK, Bounds, parquet, write_parquet
from audience_sync.sources.builtin.event_changes import EMPTY_EVENTS, add_events, learn_properties, stage_events
from audience_sync.sources.builtin.fields import Bound, ImportKind
from audience_sync.sources.builtin.fingerprints import COLUMN, FINGERPRINT, kept_tag
from audience_sync.sources.builtin.folder import Folder, Manifest
from audience_sync.sources.builtin.materialise import materialise
from audience_sync.sources.builtin.merging import merge, stored_profiles
from audience_sync.sources.builtin.views import show_people, types_of
from audience_sync.sources.protocol import FieldType

MAX_EVENT_FILES = 32
"""More files of events than these are written together, so that readers open few."""


@dataclass(frozen=True, slots=True)
class Work:
    """One import under way."""

    connection: duckdb.DuckDBPyConnection
    folder: Folder
    staging: Path
    before: Manifest
    bound: list[Bound]
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class Outcome:
    """`after` is `before` itself when the file says nothing new. Counts are of profiles, or of events."""

    after: Manifest
    created: int
    updated: int
    unchanged: int
    strangers: int = 0


def outcome_of(work: Work, kind: ImportKind) -> Outcome:
    """What the file changes, its files in place. Reads the view `accepted`."""
    match kind:
        case ImportKind.EVENTS:
            return _import_events(work)
        case ImportKind.CONSENTS:
            query, types = consent_changes(work.connection, work.bound)
            return _import_profiles(work, query, types)
        case ImportKind.PROFILES | ImportKind.TRAITS:
            (profile,) = (one.column for one in work.bound if one.field.word == "profile_id")
            keep_last(work.connection, profile)
            query, types = profile_changes(work.connection, work.bound, work.before.columns)
            return _import_profiles(work, query, types)


def _import_profiles(work: Work, changes: str, types: dict[str, FieldType]) -> Outcome:
    before = work.before
    old = types_of(before)
    new = old | types
    file = work.folder.files / before.profiles if before.profiles else None
    changes_file, target = work.staging / "changes.parquet", work.staging / "profiles.parquet"
    count = write_parquet(work.connection, changes, changes_file, packing=QUICK)
    work.connection.execute(f"CREATE VIEW changes AS SELECT * FROM {parquet(changes_file)}")
    work.connection.execute(f"CREATE VIEW stored AS {stored_profiles(file, old, new)}")
    created, updated = merge(work.connection, target, new, f"{FINGERPRINT} AS {COLUMN}")
    if not created and not updated:
        return Outcome(before, 0, 0, count)
    after = replace(
        before,
        profiles=work.folder.adopt(target, "profiles"),
        profile_rows=before.profile_rows + created,
        fp_tag=kept_tag(),
        columns={name: str(kind) for name, kind in sorted(new.items())},
    )
    return Outcome(after, created, updated, count - created - updated)


def _import_events(work: Work) -> Outcome:
    connection, folder, before = work.connection, work.folder, work.before
    stage_events(connection, work.bound, work.staging / "arrived.parquet")
    known = [folder.files / name for name in before.events]
    connection.execute(f"CREATE VIEW known_events AS {f'SELECT * FROM {parquet(*known)}' if known else EMPTY_EVENTS}")
    show_people(connection, folder, before)
    target = work.staging / "events.parquet"
    counts = add_events(connection, target)
    if not counts.created:
        return Outcome(before, 0, 0, counts.unchanged, counts.strangers)
    properties = learn_properties(connection, before.properties, target)
    after = replace(
        before,
        events=_event_files(work, known, target),
        event_rows=before.event_rows + counts.created,
        properties=properties,
    )
    after = materialise(folder, after, work.staging, work.bounds)
    return Outcome(after, counts.created, 0, counts.unchanged, counts.strangers)


def _event_files(work: Work, known: list[Path], new: Path) -> tuple[str, ...]:
    """The names of the files of events with the new one; written together when there are too many."""
    if len(known) < MAX_EVENT_FILES:
        return (*work.before.events, work.folder.adopt(new, "events"))
    together = work.staging / "together.parquet"
    write_parquet(work.connection, f"SELECT * FROM {parquet(*known, new)}", together)
    return (work.folder.adopt(together, "events"),)
