"""What a warehouse gives replaces what it gave before: who is gone from its rows is gone from the store.

Each warehouse has a roster in the manifest: whom it gave the last time, and which columns. The new roster, the new
profiles and the removals become visible in one swap. A person whom another warehouse still gives stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from audience_sync.errors import Conflict
from audience_sync.sources.builtin.changes import profile_changes, profile_reasons
from audience_sync.sources.builtin.checking import Judged, judge, keep_last, prepare
from audience_sync.sources.builtin.duck import DEFAULT_BOUNDS, QUICK, Bounds, duck, parquet, quoted, row, write_parquet
from audience_sync.sources.builtin.fields import Bound, ImportKind, bind
from audience_sync.sources.builtin.fingerprints import COLUMN, FINGERPRINT, kept_tag
from audience_sync.sources.builtin.folder import Folder, Manifest, folder_at
from audience_sync.sources.builtin.imports import check_names
from audience_sync.sources.builtin.inference import SQL_TYPES
from audience_sync.sources.builtin.json_files import stage_parquet
from audience_sync.sources.builtin.merging import LISTS, TEXTS, Types, merge, stored_profiles
from audience_sync.sources.builtin.outcomes import Work
from audience_sync.sources.builtin.views import people_of, types_of

NOBODY = "(SELECT NULL::VARCHAR AS profile_id WHERE false)"
PRINT = f"{FINGERPRINT} AS {COLUMN}"


@dataclass(frozen=True, slots=True)
class Given:
    """All rows of one warehouse. `file` is Parquet with a column `0`, `1` … per header; `mapping` as in `fields`."""

    source: str
    file: Path
    headers: tuple[str, ...]
    mapping: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Replaced:
    """What became of the rows. taken = created + updated + unchanged + repeated: those beyond one for each profile."""

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
    """
    folder = folder_at(root)
    with folder.writing() as staging, duck(staging, bounds) as connection:
        staged = stage_parquet(connection, given.file, staging, lambda done, total, rows: None)
        staged = replace(staged, headers=given.headers)
        bound = bind(ImportKind.PROFILES, given.headers, given.mapping)
        work = Work(connection, folder, staging, folder.manifest(), bound, bounds)
        prepare(connection, staged, bound)
        check_names(work)
        judged = judge(connection, staged, profile_reasons(bound))
        keep_last(connection, _id_column(bound))
        _show_gone(connection, folder, work.before, given.source, ids=f"SELECT {_id_column(bound)} FROM staged")
        _require_few(connection, most_gone_percent)
        return _swapped(work, given.source, judged)


def forget(root: Path | Folder, source: str, *, delete_profiles: bool, bounds: Bounds = DEFAULT_BOUNDS) -> int:
    """The store knows nothing of the warehouse; how many profiles left with it. The others are the store's own now."""
    folder = folder_at(root)
    with folder.writing() as staging, duck(staging, bounds) as connection:
        before = folder.manifest()
        if source not in before.rosters:
            return 0
        after = _without_roster(before, source)
        removed = 0
        if delete_profiles:
            types = types_of(before)
            _show_gone(connection, folder, before, source, ids="SELECT NULL")
            removed = _show_stored(connection, folder, before, types)
            if removed:
                write_parquet(connection, f"SELECT *, {PRINT} FROM stored", staging / "profiles.parquet")
                after = _with_profiles(folder, after, staging / "profiles.parquet", before.profile_rows - removed)
        folder.commit(after.next())
        return removed


def sweep(root: Path) -> None:
    """What a killed writer left half made is gone."""
    with Folder(root).writing():
        pass


def _swapped(work: Work, source: str, judged: Judged) -> Replaced:
    """The new profiles and the new roster are the newest snapshot; nothing is swapped when both are as they were."""
    query, types = profile_changes(work.connection, work.bound, work.before.columns)
    new: Types = types_of(work.before) | types
    columns = _columns_of(work.connection, query)
    lost = sorted(set(work.before.given.get(source, [])) - set(columns))
    count = write_parquet(work.connection, _clearing(query, lost, new), _changes(work), packing=QUICK)
    after, created, updated, removed = _merged(work, new)
    after = _with_roster(work, after, source, columns)
    if after is not work.before:
        after = after.next()
        work.folder.commit(after)
    return Replaced(
        taken=judged.accepted,
        refused=judged.refused,
        created=created,
        updated=updated,
        unchanged=count - created - updated,
        repeated=judged.accepted - count,
        removed=removed,
        reasons=_reasons(work.connection),
        snapshot=after.snapshot,
    )


def _merged(work: Work, new: Types) -> tuple[Manifest, int, int, int]:
    """The manifest with the profiles as they are now, and how many were created, updated and removed."""
    connection, before, target = work.connection, work.before, work.staging / "profiles.parquet"
    connection.execute(f"CREATE VIEW changes AS SELECT * FROM {parquet(_changes(work))}")
    removed = _show_stored(connection, work.folder, before, new)
    created, updated = merge(connection, target, new, PRINT)
    if not (created or updated or removed):
        return before, 0, 0, 0
    if not (created or updated):
        write_parquet(connection, f"SELECT *, {PRINT} FROM stored", target)
    after = _with_profiles(work.folder, before, target, before.profile_rows + created - removed)
    columns = {name: str(kind) for name, kind in sorted(new.items())}
    return replace(after, columns=columns), created, updated, removed


def _changes(work: Work) -> Path:
    return work.staging / "changes.parquet"


def _show_gone(
    connection: duckdb.DuckDBPyConnection, folder: Folder, before: Manifest, source: str, *, ids: str
) -> None:
    """The views `roster` (of the last time) and `named` (of this time), and the table `gone`."""
    mine = parquet(folder.files / before.rosters[source]) if source in before.rosters else NOBODY
    others = [folder.files / file for other, file in before.rosters.items() if other != source]
    connection.execute(f"CREATE VIEW roster AS SELECT profile_id FROM {mine}")
    connection.execute(f"CREATE VIEW named AS SELECT DISTINCT profile_id FROM ({ids}) AS t(profile_id)")
    connection.execute(
        "CREATE TEMP TABLE gone AS SELECT r.profile_id, o.profile_id IS NOT NULL AS stays FROM roster r "
        "ANTI JOIN named n ON n.profile_id = r.profile_id "
        f"LEFT JOIN (SELECT DISTINCT profile_id FROM {parquet(*others) if others else NOBODY}) o "
        "ON o.profile_id = r.profile_id"
    )


def _require_few(connection: duckdb.DuckDBPyConnection, percent: int) -> None:
    gone, known = row(connection, "SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM roster)")
    if int(str(gone)) * 100 > percent * int(str(known)):
        raise Conflict(
            f"Of {known:,} profiles of this warehouse {gone:,} are gone from its rows: more than {percent} per cent.",
            "Nothing was changed. Look at the SQL; if they are to go, pull once more and say so.",
            code="TOO_MANY_GONE",
            details={"gone": gone, "known": known},
        )


def _show_stored(connection: duckdb.DuckDBPyConnection, folder: Folder, before: Manifest, new: Types) -> int:
    """The view `stored`: the profiles without those that are gone. How many of them are gone."""
    everybody = stored_profiles(people_of(folder, before), types_of(before), new)
    leaving = "(SELECT profile_id FROM gone WHERE NOT stays)"
    (removed,) = row(
        connection, f"SELECT count(*) FROM ({everybody}) s SEMI JOIN {leaving} g ON g.profile_id = s.profile_id"
    )
    connection.execute(
        f"CREATE VIEW stored AS SELECT s.* FROM ({everybody}) s ANTI JOIN {leaving} g ON g.profile_id = s.profile_id"
    )
    return int(str(removed))


def _with_profiles(folder: Folder, before: Manifest, made: Path, rows: int) -> Manifest:
    adopted = folder.adopt(made, "profiles")
    return replace(before, profiles=adopted, profile_rows=rows, delta="", delta_rows=0, fp_tag=kept_tag())


def _with_roster(work: Work, after: Manifest, source: str, columns: list[str]) -> Manifest:
    """The manifest with whom and what the warehouse gives now; itself when that is as it was."""
    connection, target = work.connection, work.staging / "roster.parquet"
    given = f"SELECT {_id_column(work.bound)} AS profile_id FROM latest"
    kept = "SELECT r.profile_id FROM roster r SEMI JOIN named n ON n.profile_id = r.profile_id"
    count = write_parquet(connection, f"SELECT DISTINCT profile_id FROM ({given} UNION ALL {kept})", target)
    (gone, known) = row(connection, "SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM roster)")
    if source in after.rosters and not gone and count == known and after.given.get(source) == columns:
        return after
    return replace(
        after,
        rosters={**after.rosters, source: work.folder.adopt(target, "roster")},
        given={**after.given, source: columns},
    )


def _without_roster(before: Manifest, source: str) -> Manifest:
    return replace(
        before,
        rosters={other: file for other, file in before.rosters.items() if other != source},
        given={other: columns for other, columns in before.given.items() if other != source},
    )


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


def _id_column(bound: list[Bound]) -> str:
    (column,) = (one.column for one in bound if one.field.word == "profile_id")
    return column


def _reasons(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    found = connection.execute("SELECT reason, count(*) FROM refused GROUP BY 1 ORDER BY 2 DESC, 1").fetchall()
    return {str(reason): int(count) for reason, count in found}
