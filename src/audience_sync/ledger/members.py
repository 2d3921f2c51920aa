"""The ledger's members and strays as DuckDB views over the files that a manifest names."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from audience_sync.ledger.duck import quoted
from audience_sync.ledger.manifest import Log, Manifest


def view_held(con: duckdb.DuckDBPyConnection, root: Path, manifest: Manifest, naming: Sequence[str]) -> None:
    """View `held` (profile_id, fp, hints_fp, refusals, a BLOB[] per naming column): each member once, as it is now.

    Beside it, of the same columns: `base`, whose rows may be superseded, and `latest`, which supersedes them and says
    by `alive` who is still a member.
    """
    con.execute(f"CREATE TEMP VIEW latest AS {_latest(con, root, manifest.logs, naming)}")
    base = f"SELECT {_padded(root / manifest.base, con, naming)}" if manifest.base else _nobody(naming)
    con.execute(f"CREATE TEMP VIEW base AS {base}")
    con.execute(
        f"CREATE TEMP VIEW held AS SELECT {_columns(naming)} FROM latest WHERE alive"
        " UNION ALL FROM base ANTI JOIN latest USING (profile_id)"
    )


def load_strays(con: duckdb.DuckDBPyConnection, root: Path, manifest: Manifest) -> None:
    """Table `strays` (kind, key)."""
    rows = f"FROM read_parquet({quoted(root / manifest.strays)})" if manifest.strays else "LIMIT 0"
    columns = "kind, key" if manifest.strays else "'' AS kind, ''::BLOB AS key"
    con.execute(f"CREATE TEMP TABLE strays AS SELECT {columns} {rows}")


def _columns(naming: Sequence[str]) -> str:
    return ", ".join(["profile_id", "fp", "hints_fp", "refusals", *(f'"{name}"' for name in naming)])


def _latest(con: duckdb.DuckDBPyConnection, root: Path, logs: Sequence[Log], naming: Sequence[str]) -> str:
    """The newest row of each profile in the logs; `alive` is false for those who left or whose batch is dead."""
    parts = [
        f"(SELECT *, false AS alive FROM ({_nobody(naming)}))",
        *(f"({_log(root, n, log)})" for n, log in enumerate(logs)),
    ]
    rows = " UNION ALL BY NAME ".join(parts)
    if len(logs) < 2:
        return f"SELECT {_columns(naming)}, alive FROM ({rows})"
    # Who is newest is found out by ids alone: rows with their keys would fill the memory.
    ids = " UNION ALL ".join(
        f"SELECT profile_id, {n} AS sequence FROM read_parquet({quoted(root / log.file)})" for n, log in enumerate(logs)
    )
    con.execute(
        f"CREATE TEMP TABLE winners AS SELECT profile_id, max(sequence) AS sequence FROM ({ids}) GROUP BY profile_id"
    )
    return f"SELECT {_columns(naming)}, alive FROM ({rows}) JOIN winners USING (profile_id, sequence)"


def _log(root: Path, sequence: int, log: Log) -> str:
    dead = ", ".join(map(str, log.dead)) or "-1"
    alive = f"status <> 'gone' AND coalesce(batch, 0) NOT IN ({dead})"
    return f"SELECT *, {sequence} AS sequence, {alive} AS alive FROM read_parquet({quoted(root / log.file)})"


def _padded(file: Path, con: duckdb.DuckDBPyConnection, naming: Sequence[str]) -> str:
    """The wanted columns of a base file; a kind that it has never had is empty."""
    names = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM read_parquet({quoted(file)})").fetchall()}
    lists = (f'"{name}"' if name in names else f'[]::BLOB[] AS "{name}"' for name in naming)
    return f"{', '.join(['profile_id', 'fp', 'hints_fp', 'refusals', *lists])} FROM read_parquet({quoted(file)})"


def _no_keys(naming: Sequence[str]) -> str:
    return ", ".join(f'[]::BLOB[] AS "{name}"' for name in naming)


def _nobody(naming: Sequence[str]) -> str:
    fixed = "'' AS profile_id, 0::UBIGINT AS fp, 0::UBIGINT AS hints_fp, []::VARCHAR[] AS refusals"
    return f"SELECT {fixed}, {_no_keys(naming)} LIMIT 0"
