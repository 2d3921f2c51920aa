"""Profiles are gone from the newest snapshot: themselves, their events, their computed traits, their place in rosters.

Snapshots before it can be read for the grace period, as always; then their files are gone too.
"""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from audience_sync.sources.builtin.duck import Bounds, duck, parquet, row, write_parquet
from audience_sync.sources.builtin.folder import Folder, Manifest
from audience_sync.sources.builtin.views import people_of


def erase(
    folder: Folder, before: Manifest, ids: Collection[str], staging: Path, *, bounds: Bounds
) -> tuple[Manifest, int]:
    """The manifest without those profiles, its files in place; itself when it has none of them. How many it had."""
    gone = staging / "gone.parquet"
    pq.write_table(pa.table({"profile_id": pa.array(sorted(ids), pa.string())}), gone)
    with duck(staging, bounds) as connection:
        connection.execute(f"CREATE TEMP TABLE gone AS SELECT * FROM {parquet(gone)}")
        erasure = _Erasure(connection, folder, staging)
        after, erased = _without_people(erasure, before)
        after = _without_events(erasure, after)
        rosters = {name: erasure.without(file, "roster")[0] for name, file in after.rosters.items()}
        computed = erasure.without(after.computed, "computed")[0] if after.computed else ""
        after = replace(after, computed=computed, rosters=rosters)
        # What is kept to compare warehouses with has them, too: these are read as a whole the next time.
        return (after if after == before else replace(after, confirmed={})), erased


class _Erasure:
    """A connection with the table `gone`, and where files are made."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Folder, staging: Path) -> None:
        self._connection, self._folder, self._staging = connection, folder, staging

    def people(self, manifest: Manifest) -> str:
        return people_of(self._folder, manifest)

    def count(self, source: str) -> int:
        """Rows of the table expression that are about those who are gone."""
        query = f"SELECT count(*) FROM {source} s SEMI JOIN gone g ON g.profile_id = s.profile_id"
        return int(str(row(self._connection, query)[0]))

    def rest(self, source: str, kind: str) -> tuple[str, int]:
        """The new file of the others' rows, and how many these are."""
        target = self._staging / "rest.parquet"
        query = f"SELECT s.* FROM {source} s ANTI JOIN gone g ON g.profile_id = s.profile_id"
        count = write_parquet(self._connection, query, target)
        return self._folder.adopt(target, kind), count

    def without(self, name: str, kind: str) -> tuple[str, int]:
        """The file's name without rows about those who are gone (its own if it has none), and how many it had."""
        source = parquet(self._folder.files / name)
        found = self.count(source)
        return (self.rest(source, kind)[0] if found else name), found


def _without_people(erasure: _Erasure, before: Manifest) -> tuple[Manifest, int]:
    people = erasure.people(before)
    erased = erasure.count(people) if people else 0
    if not erased:
        return before, 0
    name, rows = erasure.rest(people, "profiles")
    return replace(before, profiles=name, profile_rows=rows, delta="", delta_rows=0), erased


def _without_events(erasure: _Erasure, before: Manifest) -> Manifest:
    files = [erasure.without(name, "events") for name in before.events]
    found = sum(count for _, count in files)
    return replace(before, events=tuple(name for name, _ in files), event_rows=before.event_rows - found)
