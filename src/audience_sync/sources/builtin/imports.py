"""A file comes into the store: staged, judged, merged, and made the newest snapshot in one swap.

All or nothing: whatever fails before the swap leaves the store as it was. A file whose content the store has already
makes no new snapshot. What a profile's row has is the truth (a blank cell clears); what it lacks stays.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from audience_sync.errors import Invalid
from audience_sync.sources.builtin.changes import (
    consent_reasons,
    profile_reasons,
)
from audience_sync.sources.builtin.checking import Judged, judge, prepare, write_rejects
from audience_sync.sources.builtin.csv_files import stage_csv
from audience_sync.sources.builtin.duck import DEFAULT_BOUNDS, Bounds, duck
from audience_sync.sources.builtin.encodings import shape_of
from audience_sync.sources.builtin.event_changes import (
    event_reasons,
)
from audience_sync.sources.builtin.fields import Bound, ImportKind, bind
from audience_sync.sources.builtin.folder import Folder, folder_at
from audience_sync.sources.builtin.json_files import stage_jsonl, stage_parquet
from audience_sync.sources.builtin.outcomes import Work, outcome_of
from audience_sync.sources.builtin.staging import Progress, Staged


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a file's rows. rows = accepted + rejected; accepted = created + updated + unchanged + repeated.

    Created, updated and unchanged are profiles, or events. Repeated are the rows beyond one for each: in a file of
    profiles the last row of a profile counts, in a file of consents all of its rows do.
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


def import_file(
    root: Path | Folder,
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
    folder = folder_at(root)
    with folder.writing() as staging, duck(staging, bounds) as connection:
        staged = _stage(connection, path, staging, progress=progress, encoding=encoding)
        bound = bind(kind, staged.headers, mapping or {})
        work = Work(connection, folder, staging, folder.manifest(), bound, bounds)
        prepare(connection, staged, bound)
        check_names(work)
        judged = judge(connection, staged, _reasons(kind, bound))
        return _finish(work, kind, judged, rejects)


def _stage(
    connection: duckdb.DuckDBPyConnection, path: Path, staging: Path, *, progress: Progress, encoding: str
) -> Staged:
    shape = shape_of(path, encoding=encoding)
    match shape.format:
        case "parquet":
            return stage_parquet(connection, path, staging, progress)
        case "jsonl":
            return stage_jsonl(connection, path, shape, staging, progress=progress)
        case _:
            return stage_csv(path, shape, staging, progress)


def _reasons(kind: ImportKind, bound: list[Bound]) -> list[tuple[str, str]]:
    reasons: dict[ImportKind, Callable[[list[Bound]], list[tuple[str, str]]]] = {
        ImportKind.EVENTS: event_reasons,
        ImportKind.CONSENTS: consent_reasons,
    }
    return reasons.get(kind, profile_reasons)(bound)


def check_names(work: Work) -> None:
    """An imported trait may not have a computed trait's name: a rule could not tell them apart."""
    taken = sorted(
        one.header for one in work.bound if one.field.word == "trait" and one.field.name in work.before.expressions
    )
    if taken:
        raise Invalid(f"The store computes the traits {', '.join(taken)} itself.", "Map the columns to other names.")


def _finish(work: Work, kind: ImportKind, judged: Judged, rejects: Path | None) -> ImportResult:
    """The rejects are written, then the new snapshot is swapped in: nothing may fail after the swap."""
    outcome = outcome_of(work, kind)
    if rejects and judged.refused:
        write_rejects(work.connection, work.staging / "rejects.csv")
        shutil.move(work.staging / "rejects.csv", rejects)
    after = outcome.after
    if after is not work.before:
        after = after.next()
        work.folder.commit(after)
    return ImportResult(
        kind=kind,
        rows=judged.accepted + judged.refused,
        accepted=judged.accepted,
        rejected=judged.refused,
        created=outcome.created,
        updated=outcome.updated,
        unchanged=outcome.unchanged,
        repeated=judged.accepted - outcome.created - outcome.updated - outcome.unchanged,
        snapshot=after.snapshot,
        rejects_file=rejects if rejects and judged.refused else None,
        mapping={one.header: str(one.field) for one in work.bound},
        left_over=tuple(
            one.header
            for one in work.bound
            if not one.explicit and one.field.word in ("attribute", "trait", "property")
        ),
        strangers=outcome.strangers,
    )
