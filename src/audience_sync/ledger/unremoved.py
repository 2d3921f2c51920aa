"""Keys whose removal a platform takes in and then refuses, again and again: kept and told, not tried by each run."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from audience_sync.delta import keys_of
from audience_sync.ledger.duck import Bounds, count, quoted, workbench
from audience_sync.ledger.files import PlanFiles
from audience_sync.ledger.manifest import Manifest
from audience_sync.ledger.members import load_strays, view_held
from audience_sync.ledger.unanswered import written

MOST_TIMES = 3
"""Refusals of one key's removal after which only a run that sends everybody tries it again."""


def leave_stuck(con: duckdb.DuckDBPyConnection, root: Path, manifest: Manifest) -> None:
    """Table `strays` without the keys whose removal was refused so often that it is not tried now."""
    if manifest.stuck:
        _load(con, root, manifest.unremoved)
        same = "strays.kind = before.kind AND strays.key = before.key"
        con.execute(f"DELETE FROM strays USING before WHERE {same} AND times >= {MOST_TIMES}")


def counted(
    files: PlanFiles, manifest: Manifest, refused: Sequence[int], *, naming: Sequence[str], bounds: Bounds
) -> Manifest:
    """The closed manifest, in which is counted how often each key's removal was refused; what is stuck stays a stray.

    `refused` are the plan's removals of which the platform refused some: it does not tell which.
    """
    if not manifest.unremoved and not refused:
        return manifest
    with workbench(files.folder, bounds) as con:
        view_held(con, files.root, manifest, naming)
        load_strays(con, files.root, manifest)
        _load(con, files.root, manifest.unremoved)
        _count(con, files, refused, naming)
        con.execute(f"CREATE TEMP TABLE stuck AS SELECT kind, key FROM unremoved WHERE times >= {MOST_TIMES}")
        con.execute("CREATE TEMP TABLE debt AS SELECT kind, key FROM strays UNION FROM stuck")
        unremoved = written(con, files, "unremoved") if count(con, "unremoved") else ""
        strays = written(con, files, "debt") if count(con, "debt") else ""
        return replace(manifest, unremoved=unremoved, stuck=count(con, "stuck"), strays=strays, owed=count(con, "debt"))


def _load(con: duckdb.DuckDBPyConnection, root: Path, known: str) -> None:
    """Table `before` (kind, key, times)."""
    rows = f"FROM read_parquet({quoted(root / known)})" if known else "LIMIT 0"
    columns = "kind, key, times" if known else "'' AS kind, ''::BLOB AS key, 0 AS times"
    con.execute(f"CREATE TEMP TABLE before AS SELECT {columns} {rows}")


def _count(con: duckdb.DuckDBPyConnection, files: PlanFiles, refused: Sequence[int], naming: Sequence[str]) -> None:
    """Table `unremoved` (kind, key, times): refused now, or not tried. None that a member has again."""
    removes = f"read_parquet({quoted(files.removes)})"
    numbers = ", ".join(map(str, refused)) or "-1"
    con.execute(
        f"""
        CREATE TEMP TABLE asked AS
        SELECT kind, key, 1 + coalesce(times, 0) AS times
        FROM (FROM {removes} WHERE batch IN ({numbers})) LEFT JOIN before USING (kind, key)
        UNION ALL SELECT kind, key, times FROM before ANTI JOIN {removes} USING (kind, key)
        """
    )
    con.execute(
        "CREATE TEMP TABLE unremoved AS FROM asked ANTI JOIN"
        f" (FROM {keys_of('held', naming)} SEMI JOIN asked USING (kind, key)) h USING (kind, key)"
    )
