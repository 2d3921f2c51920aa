"""A short-lived DuckDB in memory, bounded, that spills into a folder of its own and reaches nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

COMPRESSION = "(FORMAT parquet, COMPRESSION lz4_raw, PARQUET_VERSION V2)"
"""Hashes do not shrink, so what unpacks fastest is best."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one computation may use. `threads` 0 means all cores."""

    memory_limit_mb: int = 1024
    threads: int = 0


@contextmanager
def workbench(spill: Path, bounds: Bounds) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose temporary files are gone afterwards."""
    spill.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=spill, prefix="spill-") as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{bounds.memory_limit_mb}MB",
            "temp_directory": folder,
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            **({"threads": str(bounds.threads)} if bounds.threads else {}),
        }
        connection = duckdb.connect(":memory:", config=config)
        try:
            yield connection
        finally:
            connection.close()


def quoted(path: Path) -> str:
    """A file name as an SQL literal."""
    return "'" + str(path).replace("'", "''") + "'"


def one(con: duckdb.DuckDBPyConnection, sql: str, *values: object) -> tuple[int, ...]:
    """The only row of a query that always has one, such as a count."""
    row = con.execute(sql, list(values)).fetchone()
    return row if row is not None else ()


def count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    """Rows of a relation or of a query in brackets."""
    return int(one(con, f"SELECT count(*) FROM {relation}")[0])
