"""The ledger's members and strays as DuckDB views over the files that a manifest names."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from audience_sync.delta import first_and_more
from audience_sync.ledger.duck import quoted
from audience_sync.ledger.manifest import Log, Manifest

FIXED = ("profile_id", "fp", "hints_fp", "refusals")


def view_held(con: duckdb.DuckDBPyConnection, root: Path, manifest: Manifest, naming: Sequence[str]) -> None:
    """View `held` (profile_id, fp, hints_fp, refusals, a BLOB[] per naming column): each member once, as it is now.

    The macro `held_among(ids)` gives those whom that relation names. Beside them the layers: `base`, whose rows may be
    superseded, and `latest`, which supersedes them and says by `alive` who is still a member. `latest` has lists;
    `base` has the first key of each list by itself and the others, nearly never any, as a list: see `first_and_more`.
    """
    con.execute(f"CREATE TEMP VIEW latest AS {_latest(con, root, manifest.logs, naming)}")
    con.execute(f"CREATE TEMP VIEW base AS {_base(con, root, manifest, naming)}")
    lists = _columns(naming)
    held = f"SELECT {lists} FROM latest {{0}} WHERE alive UNION ALL SELECT {_joined(naming)} FROM {{1}}"
    con.execute(f"CREATE TEMP VIEW held AS {held.format('', 'base ANTI JOIN latest USING (profile_id)')}")
    # Lists are made of those alone who are asked for.
    semi = "SEMI JOIN query_table(ids) USING (profile_id)"
    among = held.format(semi, f"(FROM base {semi}) b ANTI JOIN latest USING (profile_id)")
    con.execute(f"CREATE TEMP MACRO held_among(ids) AS TABLE {among}")


def based(naming: Sequence[str]) -> str:
    """SQL: the rows of the next base, in which every member is as it is now."""
    alive = f"SELECT {', '.join([*FIXED, *_split(naming)])} FROM latest WHERE alive"
    return f"{alive} UNION ALL FROM base ANTI JOIN latest USING (profile_id)"


def load_strays(con: duckdb.DuckDBPyConnection, root: Path, manifest: Manifest) -> None:
    """Table `strays` (kind, key)."""
    rows = f"FROM read_parquet({quoted(root / manifest.strays)})" if manifest.strays else "LIMIT 0"
    columns = "kind, key" if manifest.strays else "'' AS kind, ''::BLOB AS key"
    con.execute(f"CREATE TEMP TABLE strays AS SELECT {columns} {rows}")


def _columns(naming: Sequence[str]) -> str:
    return ", ".join([*FIXED, *(f'"{name}"' for name in naming)])


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


def _base(con: duckdb.DuckDBPyConnection, root: Path, manifest: Manifest, naming: Sequence[str]) -> str:
    """The wanted columns of the base file; a kind that it has never had is empty."""
    if not manifest.base:
        return f"SELECT {', '.join([*FIXED, *_split(naming)])} FROM ({_nobody(naming)})"
    file = f"read_parquet({quoted(root / manifest.base)})"
    types = {name: kind for name, kind, *_ in con.execute(f"DESCRIBE SELECT * FROM {file}").fetchall()}
    cells = [cell for name in naming for cell in _cells(name, types.get(name))]
    return f"SELECT {', '.join([*FIXED, *cells])} FROM {file}"


def _cells(name: str, kind: str | None) -> tuple[str, ...]:
    """The two columns of a kind, whichever way the file has it: older ones have lists."""
    if kind is None:
        return f'NULL::BLOB AS "{name}"', f'NULL::BLOB[] AS "{name}+"'
    return (f'"{name}"', f'"{name}+"') if kind == "BLOB" else first_and_more(name)


def _split(naming: Sequence[str]) -> list[str]:
    return [cell for name in naming for cell in first_and_more(name)]


def _joined(naming: Sequence[str]) -> str:
    """The columns of `held` over rows of `base`."""
    return ", ".join([*FIXED, *(f'{_list(name)} AS "{name}"' for name in naming)])


def _list(name: str) -> str:
    first, more = f'"{name}"', f'"{name}+"'
    return f"CASE WHEN {first} IS NULL THEN [] WHEN {more} IS NULL THEN [{first}] ELSE [{first}] || {more} END"


def _nobody(naming: Sequence[str]) -> str:
    fixed = "'' AS profile_id, 0::UBIGINT AS fp, 0::UBIGINT AS hints_fp, []::VARCHAR[] AS refusals"
    empty = ", ".join(f'[]::BLOB[] AS "{name}"' for name in naming)
    return f"SELECT {fixed}, {empty} LIMIT 0"
