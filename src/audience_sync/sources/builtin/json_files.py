"""A JSONL or Parquet file, staged in the same form as a CSV file."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audience_sync.errors import Invalid
from audience_sync.sources.builtin.duck import QUICK, literal, parquet, quoted, row, trimmed
from audience_sync.sources.builtin.encodings import BLOCK, Shape
from audience_sync.sources.builtin.staging import REJECTS, Meter, Progress, Staged, Writer

OPENED = ("attributes", "traits", "consents")
"""Objects whose members are columns of their own: `{"consents": {"ads": true}}` is a column `consents.ads`."""

MAX_COLUMNS = 2000


def stage_jsonl(
    connection: duckdb.DuckDBPyConnection, path: Path, shape: Shape, folder: Path, *, progress: Progress
) -> Staged:
    """One row per object; a name that an object lacks is null, a JSON null is blank."""
    meter = Meter(path, shape.packed, progress)
    (raw := folder / "raw").mkdir()
    with meter.file, Writer(raw, 1) as writer:
        for lines in _lines(meter, shape.encoding):
            writer.write(pa.array(range(writer.rows + 1, writer.rows + 1 + len(lines)), pa.int64()), [lines])
            meter.tell(writer.rows)
    connection.execute(f"CREATE VIEW raw AS SELECT line, c0 AS text FROM {parquet(writer.file)} WHERE trim(c0) <> ''")
    fine = "coalesce(json_type(TRY_CAST(text AS JSON)) = 'OBJECT', false)"
    bad = f"SELECT line, 'is not a JSON object' AS reason, text AS row FROM raw WHERE NOT ({fine})"
    unreadable, file = folder / "unreadable.parquet", folder / "staged.parquet"
    connection.execute(f"COPY ({bad}) TO {literal(unreadable)} (FORMAT parquet)")
    connection.execute(f"CREATE VIEW objects AS SELECT line, text::JSON AS text FROM raw WHERE {fine}")
    columns = _columns(connection)
    connection.execute(f"COPY ({_cells(list(columns))}) TO {literal(file)} (FORMAT parquet, {QUICK})")
    return Staged(parquet(file), unreadable, tuple(columns.values()))


def stage_parquet(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path, progress: Progress) -> Staged:
    """One row per row, its number as the line; lists and structs as JSON, null as blank. The file itself is read."""
    try:
        columns = connection.execute(f"DESCRIBE SELECT * FROM {parquet(path)}").fetchall()
        (rows,) = row(connection, f"SELECT count(*) FROM {parquet(path)}")
    except duckdb.Error:
        raise Invalid(f"{path.name} cannot be read as Parquet.", "Write it again, or give CSV or JSONL.") from None
    cells = ", ".join(f"{_text(str(c[0]), str(c[1]))} AS c{n}" for n, c in enumerate(columns))
    source = f"(SELECT file_row_number + 1 AS line, {cells} FROM read_parquet({literal(path)}, file_row_number = true))"
    pq.write_table(REJECTS.empty_table(), unreadable := folder / "unreadable.parquet")
    size = path.stat().st_size
    progress(size, size, int(str(rows)))
    return Staged(source, unreadable, tuple(str(column[0]) for column in columns))


def _text(name: str, kind: str) -> str:
    nested = kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION"))
    value = f"to_json({quoted(name)})" if nested else quoted(name)
    return f"coalesce({trimmed(f'CAST({value} AS VARCHAR)')}, '')"


def _lines(meter: Meter, encoding: str) -> Iterator["pa.Array[Any]"]:
    """Whole lines, block by block."""
    decoder = codecs.getincrementaldecoder(encoding)()
    rest = ""
    try:
        while block := meter.file.read(BLOCK):
            whole, found, rest = (rest + decoder.decode(block)).rpartition("\n")
            if found:
                yield pc.split_pattern(pa.array([whole], pa.string()), "\n").flatten()
            if len(rest) > 64 * BLOCK:
                raise Invalid("A line is longer than 64 MiB.", "JSONL has one object on each line.")
        if rest := rest + decoder.decode(b"", final=True):
            yield pa.array([rest], pa.string())
    except UnicodeError:
        raise Invalid("There are bytes that the file's encoding does not have.", "Name the file's encoding.") from None


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """JSON pointer of every name that occurs -> the header that it is known by."""
    query = "SELECT DISTINCT unnest(json_keys(text)) AS n FROM objects ORDER BY n"
    names = [str(row[0]) for row in connection.execute(query).fetchall()]
    found = {_pointer(name): name for name in names if name not in OPENED}
    for outer in (name for name in names if name in OPENED):
        query = f"SELECT DISTINCT unnest(json_keys(text, {literal(_pointer(outer))})) AS n FROM objects ORDER BY n"
        inner = [str(row[0]) for row in connection.execute(query).fetchall()]
        found |= {_pointer(outer) + _pointer(name): f"{outer}.{name}" for name in inner}
    if len(found) > MAX_COLUMNS:
        raise Invalid(f"The objects have {len(found)} different names; at most {MAX_COLUMNS} are taken.")
    return found


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _cells(pointers: list[str]) -> str:
    paths = "[" + ", ".join(literal(pointer) for pointer in pointers) + "]"
    cells = ", ".join(
        f"CASE WHEN kinds[{n + 1}] = 'NULL' THEN '' ELSE {trimmed(f'cells[{n + 1}]')} END AS c{n}"
        for n in range(len(pointers))
    )
    both = f"SELECT line, json_extract_string(text, {paths}) AS cells, json_type(text, {paths}) AS kinds FROM objects"
    return f"SELECT line, {cells} FROM ({both})" if pointers else "SELECT line FROM objects"
