"""A file comes into the store: staged, judged, merged, and made the newest snapshot in one swap.

All or nothing: whatever fails before the swap leaves the store as it was. A file whose content the store has already
makes no new snapshot. What a profile's row has is the truth (a blank cell clears); what it lacks stays.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import duckdb

from audience_sync.errors import Invalid
from audience_sync.sources.builtin.changes import (
    consent_changes,
    consent_reasons,
    profile_changes,
    profile_reasons,
)
from audience_sync.sources.builtin.checking import judge, keep_last, prepare, write_rejects
from audience_sync.sources.builtin.csv_files import stage_csv
from audience_sync.sources.builtin.duck import DEFAULT_BOUNDS, Bounds, duck, parquet, row, write_parquet
from audience_sync.sources.builtin.encodings import shape_of
from audience_sync.sources.builtin.event_changes import (
    EMPTY_EVENTS,
    add_events,
    event_reasons,
    learn_properties,
    stage_events,
)
from audience_sync.sources.builtin.fields import Bound, ImportKind, bind
from audience_sync.sources.builtin.folder import Folder, Manifest
from audience_sync.sources.builtin.json_files import stage_jsonl, stage_parquet
from audience_sync.sources.builtin.materialise import materialise
from audience_sync.sources.builtin.merging import merge, stored_profiles
from audience_sync.sources.builtin.staging import Progress, Staged
from audience_sync.sources.protocol import FieldType

MAX_EVENT_FILES = 32
"""More files of events than these are written together, so that readers open few."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a file's rows. rows = accepted + rejected; accepted = created + updated + unchanged + repeated.

    For profiles, traits and consents the counts are rows and profiles alike, except that a consents file has several
    rows per profile. `repeated` are rows that a later row of the same profile (or event id) replaced.
    """

    kind: ImportKind
    rows: int
    accepted: int
    rejected: int
    created: int
    updated: int
    unchanged: int
    repeated: int
    snapshot: str
    rejects_file: Path | None
    mapping: dict[str, str]
    """Column -> field, as used."""
    left_over: tuple[str, ...]
    """Columns that nothing named: they became attributes, traits or properties."""
    strangers: int = 0
    """Events of profiles that the store does not have; they count once the profile arrives."""


@dataclass(frozen=True, slots=True)
class _Work:
    """One import under way."""

    connection: duckdb.DuckDBPyConnection
    folder: Folder
    staging: Path
    before: Manifest
    bound: list[Bound]


@dataclass(frozen=True, slots=True)
class _Outcome:
    after: Manifest
    created: int
    updated: int
    unchanged: int
    repeated: int = 0
    strangers: int = 0


def import_file(
    root: Path,
    kind: ImportKind | str,
    path: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    progress: Progress = lambda done, total, rows: None,
    rejects: Path | None = None,
    encoding: str = "",
    bounds: Bounds = DEFAULT_BOUNDS,
) -> ImportResult:
    """The store in `root` has what the file says. Invalid when the file as a whole cannot be used.

    Rejected rows go to `rejects` as CSV (line, reason, row), when given. `mapping` is {column: field}, see `fields`.
    """
    kind = ImportKind(kind)
    if not path.is_file():
        raise Invalid(f"There is no file {path}.", "Check its name.")
    folder = Folder(root)
    with folder.writing() as staging, duck(folder.work, bounds) as connection:
        staged = _stage(connection, path, staging, progress, encoding)
        bound = bind(kind, staged.headers, mapping or {})
        work = _Work(connection, folder, staging, folder.manifest(), bound)
        prepare(connection, staged, bound)
        judge(connection, _reasons(kind, bound))
        _check_names(work)
        outcome = _outcome(work, kind)
        return _finish(work, kind, staged, outcome, rejects)


def _stage(
    connection: duckdb.DuckDBPyConnection, path: Path, staging: Path, progress: Progress, encoding: str
) -> Staged:
    shape = shape_of(path, encoding=encoding)
    match shape.format:
        case "parquet":
            return stage_parquet(connection, path, staging, progress)
        case "jsonl":
            return stage_jsonl(connection, path, shape, staging, progress)
        case _:
            return stage_csv(path, shape, staging, progress)


def _reasons(kind: ImportKind, bound: list[Bound]) -> list[tuple[str, str]]:
    reasons: dict[ImportKind, Callable[[list[Bound]], list[tuple[str, str]]]] = {
        ImportKind.EVENTS: event_reasons,
        ImportKind.CONSENTS: consent_reasons,
    }
    return reasons.get(kind, profile_reasons)(bound)


def _check_names(work: _Work) -> None:
    """An imported trait may not have a computed trait's name: a rule could not tell them apart."""
    taken = sorted(
        one.header for one in work.bound if one.field.word == "trait" and one.field.name in work.before.expressions
    )
    if taken:
        raise Invalid(f"The store computes the traits {', '.join(taken)} itself.", "Map the columns to other names.")


def _outcome(work: _Work, kind: ImportKind) -> _Outcome:
    match kind:
        case ImportKind.EVENTS:
            return _import_events(work)
        case ImportKind.CONSENTS:
            query, types = consent_changes(work.connection, work.bound)
            return _import_profiles(work, query, types, 0)
        case ImportKind.PROFILES | ImportKind.TRAITS:
            (profile,) = (one.column for one in work.bound if one.field.word == "profile_id")
            repeated = keep_last(work.connection, f"clean({profile})")
            query, types = profile_changes(work.connection, work.bound, work.before.columns)
            return _import_profiles(work, query, types, repeated)


def _import_profiles(work: _Work, changes: str, types: dict[str, FieldType], repeated: int) -> _Outcome:
    before = work.before
    old = {name: FieldType(kind) for name, kind in before.columns.items()}
    new = old | types
    file = work.folder.files / before.profiles if before.profiles else None
    changes_file, target = work.staging / "changes.parquet", work.staging / "profiles.parquet"
    count = write_parquet(work.connection, changes, changes_file)
    work.connection.execute(f"CREATE VIEW changes AS SELECT * FROM {parquet(changes_file)}")
    work.connection.execute(f"CREATE VIEW stored AS {stored_profiles(file, old, new)}")
    created, updated = merge(work.connection, target, new)
    if not created and not updated:
        return _Outcome(before, 0, 0, count, repeated)
    after = replace(
        before,
        profiles=work.folder.adopt(target, "profiles"),
        profile_rows=before.profile_rows + created,
        columns={name: str(kind) for name, kind in sorted(new.items())},
    )
    return _Outcome(after, created, updated, count - created - updated, repeated)


def _import_events(work: _Work) -> _Outcome:
    connection, folder, before = work.connection, work.folder, work.before
    stage_events(connection, work.bound, work.staging / "arrived.parquet")
    known = [folder.files / name for name in before.events]
    types = {name: FieldType(kind) for name, kind in before.columns.items()}
    profiles = folder.files / before.profiles if before.profiles else None
    connection.execute(f"CREATE VIEW known_events AS {f'SELECT * FROM {parquet(*known)}' if known else EMPTY_EVENTS}")
    connection.execute(f"CREATE VIEW stored AS {stored_profiles(profiles, types, types)}")
    target = work.staging / "events.parquet"
    counts = add_events(connection, target)
    (accepted,) = row(connection, "SELECT count(*) FROM accepted")
    repeated = int(str(accepted)) - counts.created - counts.unchanged
    if not counts.created:
        return _Outcome(before, 0, 0, counts.unchanged, repeated, counts.strangers)
    properties = learn_properties(connection, before.properties, target)
    after = replace(
        before,
        events=_event_files(work, known, target),
        event_rows=before.event_rows + counts.created,
        properties=properties,
    )
    after = materialise(connection, folder, after, work.staging)
    return _Outcome(after, counts.created, 0, counts.unchanged, repeated, counts.strangers)


def _event_files(work: _Work, known: list[Path], new: Path) -> tuple[str, ...]:
    """The names of the files of events with the new one; written together when there are too many."""
    if len(known) < MAX_EVENT_FILES:
        return (*work.before.events, work.folder.adopt(new, "events"))
    together = work.staging / "together.parquet"
    write_parquet(work.connection, f"SELECT * FROM {parquet(*known, new)}", together)
    return (work.folder.adopt(together, "events"),)


def _finish(work: _Work, kind: ImportKind, staged: Staged, outcome: _Outcome, rejects: Path | None) -> ImportResult:
    """The rejects are written, then the new snapshot is swapped in: nothing may fail after the swap."""
    file = work.staging / "rejects.csv"
    rejected = write_rejects(work.connection, staged, file)
    (accepted,) = row(work.connection, "SELECT count(*) FROM accepted")
    if rejects and rejected:
        shutil.move(file, rejects)
    after = outcome.after
    if after is not work.before:
        after = numbered(after)
        work.folder.commit(after)
    return ImportResult(
        kind=kind,
        rows=int(str(accepted)) + rejected,
        accepted=int(str(accepted)),
        rejected=rejected,
        created=outcome.created,
        updated=outcome.updated,
        unchanged=outcome.unchanged,
        repeated=outcome.repeated,
        snapshot=after.snapshot,
        rejects_file=rejects if rejects and rejected else None,
        mapping={one.header: str(one.field) for one in work.bound},
        left_over=tuple(
            one.header
            for one in work.bound
            if not one.explicit and one.field.word in ("attribute", "trait", "property")
        ),
        strangers=outcome.strangers,
    )


def numbered(manifest: Manifest) -> Manifest:
    """The manifest as the next snapshot."""
    number = manifest.number + 1
    return replace(manifest, number=number, snapshot=f"{number:06d}-{uuid4().hex[:8]}")
