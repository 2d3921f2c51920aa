"""The snapshot that follows from a judged file, of each kind of file; nobody sees it before it is committed."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from audience_sync.sources.builtin.changes import consent_changes, profile_changes
from audience_sync.sources.builtin.checking import keep_last
from audience_sync.sources.builtin.duck import QUICK, Bounds, parquet, write_parquet
from audience_sync.sources.builtin.event_changes import EMPTY_EVENTS, add_events, learn_properties, stage_events
from audience_sync.sources.builtin.fields import Bound, ImportKind
from audience_sync.sources.builtin.fingerprints import COLUMN, FINGERPRINT, kept_tag
from audience_sync.sources.builtin.folder import Folder, Manifest
from audience_sync.sources.builtin.materialise import materialise
from audience_sync.sources.builtin.merging import Types, first_profiles, merge, stored_profiles
from audience_sync.sources.builtin.views import people_of, show_people, types_of
from audience_sync.sources.protocol import FieldType

MAX_EVENT_FILES = 32
"""More files of events than these are written together, so that readers open few."""

LEAST_FOR_DELTA = 100_000
"""Fewer profiles than these are written anew as a whole, which takes no longer."""

DELTA_SHARE = 5
"""When the delta would be more than one of so many parts of all profiles, these are written anew as a whole."""


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
    if not before.profiles:
        return _first_profiles(work, changes, types_of(before) | types)
    old = types_of(before)
    new = old | types
    changes_file, target = work.staging / "changes.parquet", work.staging / "profiles.parquet"
    count = write_parquet(work.connection, changes, changes_file, packing=QUICK)
    work.connection.execute(f"CREATE VIEW changes AS SELECT * FROM {parquet(changes_file)}")
    work.connection.execute(f"CREATE VIEW stored AS {stored_profiles(people_of(work.folder, before), old, new)}")
    as_delta = fits_a_delta(before, count, old, new)
    kept = show_touched(work) if as_delta else "stored"
    created, updated = merge(work.connection, target, new, f"{FINGERPRINT} AS {COLUMN}", kept=kept)
    if not created and not updated:
        return Outcome(before, 0, 0, count)
    after = _after(work, target, new, created=created, as_delta=as_delta)
    return Outcome(after, created, updated, count - created - updated)


def _after(work: Work, made: Path, types: Types, *, created: int, as_delta: bool = False) -> Manifest:
    """The manifest with the file that was made."""
    return replace(
        work.before,
        **made_files(work.folder, made, as_delta=as_delta),
        profile_rows=work.before.profile_rows + created,
        fp_tag=kept_tag(),
        columns={name: str(kind) for name, kind in sorted(types.items())},
    )


def _first_profiles(work: Work, changes: str, types: Types) -> Outcome:
    """Where nobody is stored there is nothing to compare with: the rows become profiles in one pass."""
    work.connection.execute(f"CREATE VIEW changes AS {changes}")
    target = work.staging / "profiles.parquet"
    profiles = first_profiles(work.connection, types, f"{FINGERPRINT} AS {COLUMN}")
    created = write_parquet(work.connection, profiles, target)
    if not created:
        return Outcome(work.before, 0, 0, 0)
    return Outcome(_after(work, target, types, created=created), created, 0, 0)


def fits_a_delta(before: Manifest, changes: int, old: Types, new: Types) -> bool:
    """Whether so few profiles differ from the large file, and nothing in its columns, that it can stay as it is."""
    few = (before.delta_rows + changes) * DELTA_SHARE <= before.profile_rows
    alike = before.fp_tag == kept_tag() and all(new[name] is kind for name, kind in old.items())
    return before.profile_rows >= LEAST_FOR_DELTA and few and alike


def show_touched(work: Work) -> str:
    """A table expression of the stored profiles that the next delta may hold: the last one's and those that change."""
    delta = work.before.delta and f" UNION ALL SELECT profile_id FROM {parquet(work.folder.files / work.before.delta)}"
    query = f"FROM stored s SEMI JOIN (SELECT profile_id FROM changes{delta}) t ON t.profile_id = s.profile_id"
    # Looked for once among all profiles, and read twice: to count and to write.
    write_parquet(work.connection, f"SELECT s.* {query}", file := work.staging / "touched.parquet", packing=QUICK)
    return parquet(file)


def made_files(folder: Folder, made: Path, *, as_delta: bool) -> dict[str, Any]:
    """What the manifest says of the file that was made: a delta, or all profiles and no delta."""
    if as_delta:
        rows = pq.read_metadata(made).num_rows
        return {"delta": folder.adopt(made, "delta"), "delta_rows": rows}
    return {"profiles": folder.adopt(made, "profiles"), "delta": "", "delta_rows": 0}


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
