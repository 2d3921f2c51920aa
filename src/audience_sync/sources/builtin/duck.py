"""A short-lived DuckDB in memory: bounded, spilling into a folder of its own, in UTC, reaching nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one computation may use. `threads` 0 means all cores."""

    memory_limit_mb: int = 1024
    threads: int = 0


DEFAULT_BOUNDS = Bounds()
QUICK = "COMPRESSION lz4_raw, PARQUET_VERSION V2"
"""How a Parquet file is packed that is read once and then gone."""
LASTING = "COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION V2, DICTIONARY_SIZE_LIMIT 5000"
"""How one is packed that is kept: two thirds of the work for a file that is hardly larger.

Columns whose values nearly all differ get no dictionary, which would be made and then given up.
"""
BLANKS = " \t\n\v\f\r\x85\xa0\u2007\u202f\u3000"


@contextmanager
def duck(folder: Path, bounds: Bounds) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose temporary files are gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=folder, prefix="spill-") as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{bounds.memory_limit_mb}MiB",
            "temp_directory": spill,
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            **({"threads": str(bounds.threads)} if bounds.threads else {}),
        }
        connection = duckdb.connect(":memory:", config=config)
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET python_enable_replacements = false")
            yield connection
        finally:
            connection.close()


def literal(text: str | Path) -> str:
    """Text that we made ourselves (file names, column names) as an SQL literal; what users give is a parameter."""
    return "'" + str(text).replace("'", "''") + "'"


def trimmed(text: str) -> str:
    """SQL: a text without the blanks at its ends."""
    # Nearly every text begins and ends with a plain letter, which is seen at once; blanks are looked for slowly.
    plain = " AND ".join(f"unicode({end}) BETWEEN 33 AND 126" for end in (text, f"({text})[-1]"))
    return f"CASE WHEN {plain} THEN {text} ELSE trim({text}, {literal(BLANKS)}) END"


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def parquet(*files: Path) -> str:
    """A table expression that reads these Parquet files."""
    return f"read_parquet([{', '.join(literal(file) for file in files)}])"


def row(connection: duckdb.DuckDBPyConnection, query: str, parameters: object = None) -> tuple[object, ...]:
    """The only row of an aggregate query."""
    # All rows are fetched, because a result that is not drained blocks the connection.
    (found,) = connection.execute(query, parameters).fetchall()
    return tuple(found)


def streamed(rows: duckdb.DuckDBPyRelation, schema: pa.Schema, at_once: int) -> Iterator[pa.RecordBatch]:
    """The rows in that schema, at most so many at once."""
    for batch in rows.to_arrow_reader(at_once):
        columns = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def write_parquet(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    target: Path,
    parameters: object = None,
    *,
    packing: str = LASTING,
) -> int:
    """Rows written; the file is readable by its owner only."""
    copy = f"COPY ({query}) TO {literal(target)} (FORMAT parquet, {packing})"
    (count,) = row(connection, copy, parameters)
    target.chmod(0o600)
    return int(str(count))
