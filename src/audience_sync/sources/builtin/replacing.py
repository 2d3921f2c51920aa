"""What a warehouse gives replaces what it gave before: who is gone from its rows is gone from the store.

The new roster, the new profiles and the removals become visible in one swap. When the warehouse compares within itself
only new and changed rows come, and the store is the same afterwards as if all had come.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from audience_sync.sources.builtin.changes import Form, form_of, keeps_form, profile_changes, profile_reasons
from audience_sync.sources.builtin.checking import Judged, judge, keep_last, prepare
from audience_sync.sources.builtin.confirming import (
    CAME,
    Compared,
    NeedsEverything,
    absentees,
    confirmed,
    form_from,
    require_base,
    unseen,
)
from audience_sync.sources.builtin.duck import DEFAULT_BOUNDS, QUICK, Bounds, duck, parquet, quoted, write_parquet
from audience_sync.sources.builtin.fields import ImportKind, bind
from audience_sync.sources.builtin.fingerprints import COLUMN, FINGERPRINT, kept_tag
from audience_sync.sources.builtin.folder import Folder, Manifest, folder_at
from audience_sync.sources.builtin.imports import check_names
from audience_sync.sources.builtin.inference import SQL_TYPES
from audience_sync.sources.builtin.json_files import stage_parquet
from audience_sync.sources.builtin.leaving import (
    id_column,
    require_few,
    roster_of,
    show_gone,
    show_stored,
    with_roster,
    without_roster,
)
from audience_sync.sources.builtin.merging import LISTS, TEXTS, Types, merge
from audience_sync.sources.builtin.outcomes import Work, fits_a_delta, made_files, show_touched
from audience_sync.sources.builtin.views import types_of

PRINT = f"{FINGERPRINT} AS {COLUMN}"


@dataclass(frozen=True, slots=True)
class Given:
    """Rows of one warehouse. `file` is Parquet with a column `0`, `1` … per header; `mapping` as in `fields`.

    They are all rows, unless `compared` says with what the warehouse compared them.
    """

    source: str
    file: Path
    headers: tuple[str, ...]
    mapping: Mapping[str, str]
    compared: Compared | None = None


@dataclass(frozen=True, slots=True)
class Replaced:
    """What became of the rows. taken = created + updated + unchanged + repeated: those beyond one for each profile.

    Rows that did not come because they are as they were are counted, too.
    """

    taken: int
    refused: int
    created: int
    updated: int
    unchanged: int
    repeated: int
    removed: int
    reasons: dict[str, int]
    """Reason -> refused rows."""
    snapshot: str


def replace_profiles(
    root: Path | Folder, given: Given, *, most_gone_percent: int = 100, bounds: Bounds = DEFAULT_BOUNDS
) -> Replaced:
    """The store has of this warehouse what it gives now. Conflict when more than that share of its profiles is gone.

    A refused row changes nothing: a person whom only such a row names stays as stored, and is not gone.
    NeedsEverything when the rows that came do not tell what all rows would.
    """
    folder = folder_at(root)
    with folder.writing() as staging, duck(staging, bounds) as connection:
        staged = stage_parquet(connection, given.file, staging, lambda done, total, rows: None)
        staged = replace(staged, headers=given.headers)
        bound = bind(ImportKind.PROFILES, given.headers, given.mapping)
        work = Work(connection, folder, staging, folder.manifest(), bound, bounds)
        prepare(connection, staged, bound)
        connection.execute(f"CREATE VIEW {CAME} AS SELECT * FROM {staged.source}")
        check_names(work)
        judged = judge(connection, staged, profile_reasons(bound))
        keep_last(connection, id_column(bound))
        form = _form(work, given)
        show_gone(connection, folder, work.before, given.source, ids=_named(work, given))
        require_few(connection, most_gone_percent)
        return _swapped(work, given, judged, form)


def forget(root: Path | Folder, source: str, *, delete_profiles: bool, bounds: Bounds = DEFAULT_BOUNDS) -> int:
    """The store knows nothing of the warehouse; how many profiles left with it. The others are the store's own now."""
    folder = folder_at(root)
    with folder.writing() as staging, duck(staging, bounds) as connection:
        before = folder.manifest()
        if source not in before.rosters:
            return 0
        after = without_roster(before, source)
        removed = 0
        if delete_profiles:
            types = types_of(before)
            show_gone(connection, folder, before, source, ids="SELECT NULL")
            removed = show_stored(connection, folder, before, types)
            if removed:
                write_parquet(connection, f"SELECT *, {PRINT} FROM stored", staging / "profiles.parquet")
                files = made_files(folder, staging / "profiles.parquet", as_delta=False)
                after = replace(after, **files, profile_rows=before.profile_rows - removed, fp_tag=kept_tag())
        folder.commit(after.next())
        return removed


def sweep(root: Path) -> None:
    """What a killed writer left half made is gone."""
    with Folder(root).writing():
        pass


def _form(work: Work, given: Given) -> Form:
    """What the values of all rows look like, also of those that did not come."""
    if given.compared is None or not given.compared.base:
        return form_of(work.connection, work.bound)
    it = require_base(work.before, given.source, given.compared)
    form = form_from(it, [str(one.field) for one in work.bound if one.field.word in ("attribute", "trait")])
    if not keeps_form(work.connection, work.bound, form):
        raise NeedsEverything
    return form


def _named(work: Work, given: Given) -> str:
    """SQL: the ids that any row has, also of those that did not come."""
    came = f"SELECT {id_column(work.bound)} FROM staged"
    if given.compared is None or given.compared.gone is None:
        return came
    roster = roster_of(work.folder, work.before, given.source)
    gone, absent = parquet(given.compared.gone), absentees(given.compared, len(given.headers))
    return (
        f"SELECT r.profile_id FROM {roster} r ANTI JOIN {gone} g ON g.profile_id = r.profile_id "
        f"ANTI JOIN ({absent}) a ON a.mark = md5(r.profile_id) UNION ALL {came}"
    )


def _swapped(work: Work, given: Given, judged: Judged, form: Form) -> Replaced:
    """The new profiles and the new roster are the newest snapshot; nothing is swapped when both are as they were."""
    source, width = given.source, len(given.headers)
    query, types = profile_changes(work.connection, work.bound, work.before.columns, form=form)
    new: Types = types_of(work.before) | types
    if given.compared and given.compared.base and any(types_of(work.before).get(n) not in (None, new[n]) for n in new):
        raise NeedsEverything
    columns = _columns_of(work.connection, query)
    lost = sorted(set(work.before.given.get(source, [])) - set(columns))
    count = write_parquet(work.connection, _clearing(query, lost, new), _changes(work), packing=QUICK)
    after, created, updated, removed = _merged(work, new, count)
    after = with_roster(work, after, source, columns)
    if after is not work.before:
        after = after.next()
    after = confirmed(work, after, source, compared=given.compared, form=form, width=width)
    if after != work.before:
        work.folder.commit(after)
    more_rows, more_profiles = unseen(work, given.compared, width) if given.compared else (0, 0)
    taken, profiles = judged.accepted + more_rows, count + more_profiles
    return Replaced(
        taken=taken,
        refused=judged.refused,
        created=created,
        updated=updated,
        unchanged=profiles - created - updated,
        repeated=taken - profiles,
        removed=removed,
        reasons=_reasons(work.connection),
        snapshot=after.snapshot,
    )


def _merged(work: Work, new: Types, count: int) -> tuple[Manifest, int, int, int]:
    """The manifest with the profiles as they are now, and how many were created, updated and removed."""
    connection, before, target = work.connection, work.before, work.staging / "profiles.parquet"
    connection.execute(f"CREATE VIEW changes AS SELECT * FROM {parquet(_changes(work))}")
    removed = show_stored(connection, work.folder, before, new)
    as_delta = not removed and fits_a_delta(before, count, types_of(before), new)
    created, updated = merge(connection, target, new, PRINT, kept=show_touched(work) if as_delta else "stored")
    if not (created or updated or removed):
        return before, 0, 0, 0
    if not (created or updated):
        write_parquet(connection, f"SELECT *, {PRINT} FROM stored", target)
    after = replace(
        before,
        **made_files(work.folder, target, as_delta=as_delta),
        profile_rows=before.profile_rows + created - removed,
        fp_tag=kept_tag(),
        columns={name: str(kind) for name, kind in sorted(new.items())},
    )
    return after, created, updated, removed


def _changes(work: Work) -> Path:
    return work.staging / "changes.parquet"


def _columns_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """The store's columns of which the changes speak."""
    described = connection.execute(f"DESCRIBE {query}").fetchall()
    return sorted(str(each[0])[4:] for each in described if str(each[0]).startswith("has:"))


def _clearing(query: str, columns: list[str], types: Types) -> str:
    """SQL: the changes, in which the columns that are given no more are blank."""
    known = [name for name in columns if name in types or name in (*LISTS, *TEXTS)]
    cells = [f"{_blank(name, types)} AS {quoted(name)}, true AS {quoted('has:' + name)}" for name in known]
    return f"SELECT {', '.join(['*', *cells])} FROM ({query})"


def _blank(name: str, types: Types) -> str:
    if name in LISTS:
        return "[]::VARCHAR[]"
    return f"NULL::{SQL_TYPES[types[name]] if name in types else 'VARCHAR'}"


def _reasons(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    found = connection.execute("SELECT reason, count(*) FROM refused GROUP BY 1 ORDER BY 2 DESC, 1").fetchall()
    return {str(reason): int(count) for reason, count in found}
