"""Whom a warehouse gave the last time, whom it gives now, and who is therefore gone.

Each warehouse has a roster in the manifest. A person whom another warehouse still gives stays.
"""

from dataclasses import replace

import duckdb

from audience_sync.errors import Conflict
from audience_sync.sources.builtin.duck import parquet, row, write_parquet
from audience_sync.sources.builtin.fields import Bound
from audience_sync.sources.builtin.folder import Folder, Manifest
from audience_sync.sources.builtin.merging import Types, stored_profiles
from audience_sync.sources.builtin.outcomes import Work
from audience_sync.sources.builtin.views import people_of, types_of

NOBODY = "(SELECT NULL::VARCHAR AS profile_id WHERE false)"


def roster_of(folder: Folder, manifest: Manifest, source: str) -> str:
    """A table expression of the ids that the warehouse gave the last time."""
    return parquet(folder.files / manifest.rosters[source]) if source in manifest.rosters else NOBODY


def show_gone(
    connection: duckdb.DuckDBPyConnection, folder: Folder, before: Manifest, source: str, *, ids: str
) -> None:
    """The views `roster` (of the last time) and `named` (of this time), and the table `gone`."""
    others = [folder.files / file for other, file in before.rosters.items() if other != source]
    connection.execute(f"CREATE VIEW roster AS SELECT profile_id FROM {roster_of(folder, before, source)}")
    connection.execute(f"CREATE VIEW named AS SELECT DISTINCT profile_id FROM ({ids}) AS t(profile_id)")
    connection.execute(
        "CREATE TEMP TABLE gone AS SELECT r.profile_id, o.profile_id IS NOT NULL AS stays FROM roster r "
        "ANTI JOIN named n ON n.profile_id = r.profile_id "
        f"LEFT JOIN (SELECT DISTINCT profile_id FROM {parquet(*others) if others else NOBODY}) o "
        "ON o.profile_id = r.profile_id"
    )


def require_few(connection: duckdb.DuckDBPyConnection, percent: int) -> None:
    """Conflict when more than that share of the roster is gone."""
    gone, known = row(connection, "SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM roster)")
    if int(str(gone)) * 100 > percent * int(str(known)):
        raise Conflict(
            f"Of {known:,} profiles of this warehouse {gone:,} are gone from its rows: more than {percent} per cent.",
            "Nothing was changed. Look at the SQL; if they are to go, pull once more and say so.",
            code="TOO_MANY_GONE",
            details={"gone": gone, "known": known},
        )


def show_stored(connection: duckdb.DuckDBPyConnection, folder: Folder, before: Manifest, new: Types) -> int:
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


def with_roster(work: Work, after: Manifest, source: str, columns: list[str]) -> Manifest:
    """The manifest with whom and what the warehouse gives now; itself when that is as it was."""
    connection, target = work.connection, work.staging / "roster.parquet"
    given = f"SELECT {id_column(work.bound)} AS profile_id FROM latest"
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


def without_roster(before: Manifest, source: str) -> Manifest:
    """The manifest that knows nothing of the warehouse."""
    return replace(
        before,
        rosters={other: file for other, file in before.rosters.items() if other != source},
        given={other: columns for other, columns in before.given.items() if other != source},
        confirmed={other: each for other, each in before.confirmed.items() if other != source},
    )


def id_column(bound: list[Bound]) -> str:
    """The staged column that has the profile's id."""
    (column,) = (one.column for one in bound if one.field.word == "profile_id")
    return column
