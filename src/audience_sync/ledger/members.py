"""The ledger's members and strays as DuckDB views over the files that a manifest names."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from audience_sync.ledger.duck import quoted
from audience_sync.ledger.manifest import Log, Manifest


def view_held(con: duckdb.DuckDBPyConnection, root: Path, manifest: Manifest, naming: Sequence[str]) -> None:
    """View `held` (profile_id, fp, hints_fp, refusals, a BLOB[] per naming column): each member once, as it is now."""
    parts = []
    if manifest.logs:
        con.execute(f"CREATE TEMP TABLE latest AS {_latest(root, manifest.logs, naming)}")
        parts.append(f"SELECT {_columns(naming)} FROM latest WHERE alive")
    if manifest.base:
        newer = "WHERE profile_id NOT IN (SELECT profile_id FROM latest)" if manifest.logs else ""
        parts.append(f"SELECT {_padded(root / manifest.base, con, naming)} {newer}")
    con.execute(f"CREATE TEMP VIEW held AS {' UNION ALL '.join(parts) or _nobody(naming)}")


def load_strays(con: duckdb.DuckDBPyConnection, root: Path, manifest: Manifest) -> None:
    """Table `strays` (kind, key)."""
    rows = f"FROM read_parquet({quoted(root / manifest.strays)})" if manifest.strays else "LIMIT 0"
    columns = "kind, key" if manifest.strays else "'' AS kind, ''::BLOB AS key"
    con.execute(f"CREATE TEMP TABLE strays AS SELECT {columns} {rows}")


def _columns(naming: Sequence[str]) -> str:
    return ", ".join(["profile_id", "fp", "hints_fp", "refusals", *(f'"{name}"' for name in naming)])


def _latest(root: Path, logs: Sequence[Log], naming: Sequence[str]) -> str:
    """The newest row of each profile in the logs; `alive` is false for those who left or whose batch is dead."""
    parts = " UNION ALL BY NAME ".join(_log(root, sequence, log) for sequence, log in enumerate(logs))
    missing = f"SELECT NULL::UBIGINT AS fp, {_no_keys(naming)} LIMIT 0"
    return (
        f"SELECT {_columns(naming)}, alive FROM (({missing}) UNION ALL BY NAME {parts})"
        " QUALIFY row_number() OVER (PARTITION BY profile_id ORDER BY sequence DESC) = 1"
    )


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
