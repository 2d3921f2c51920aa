"""A file of any shape as a table of texts, with the line that each row stands on.

Cells are texts: `` is a blank cell (it clears what is stored), null is a cell that the row does not have (what is
stored stays). Cells have no blanks at their ends. Nothing is judged here except what cannot be
read at all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from audience_sync.sources.builtin.encodings import opened


def _texts(*names: str) -> "list[pa.Field[Any]]":
    return [pa.field(name, pa.string()) for name in names]


LINE: "pa.Field[Any]" = pa.field("line", pa.int64())
REJECTS = pa.schema([LINE, *_texts("reason", "row")])
Progress = Callable[[int, int, int], None]
"""Called with bytes read, bytes in all, and rows so far."""


@dataclass(frozen=True, slots=True)
class Staged:
    """`source` is a table expression with the columns `line` and `c0`, `c1` … (one per header).

    `unreadable` is a Parquet file with REJECTS' columns.
    """

    source: str
    unreadable: Path
    headers: tuple[str, ...]


class Meter:
    """Tells `progress` how far a file has been read."""

    def __init__(self, path: Path, packed: bool, progress: Progress) -> None:
        self.total = path.stat().st_size
        self.file: IO[bytes] = opened(path, packed)
        # Packed files are measured by their packed bytes, because only their size is known before.
        self._measured = getattr(self.file, "fileobj", self.file) if packed else self.file
        self._progress = progress

    def tell(self, rows: int) -> None:
        self._progress(min(self._measured.tell(), self.total), self.total, rows)


class Writer:
    """Two Parquet files, written batch by batch: the rows, and what could not be read."""

    def __init__(self, folder: Path, width: int) -> None:
        self.file, self.unreadable = folder / "staged.parquet", folder / "unreadable.parquet"
        self.schema = pa.schema([LINE, *_texts(*(f"c{n}" for n in range(width)))])
        self.rows = 0
        self._rows = pq.ParquetWriter(self.file, self.schema)
        self._rejects = pq.ParquetWriter(self.unreadable, REJECTS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()
        self._rejects.close()

    def write(self, lines: "pa.Array[Any]", cells: "list[pa.Array[Any]]") -> None:
        self._rows.write_batch(pa.RecordBatch.from_arrays([lines, *cells], schema=self.schema))
        self.rows += len(lines)

    def refuse(self, lines: list[int], reasons: list[str], rows: list[str]) -> None:
        if lines:
            arrays: list[pa.Array[Any]] = [
                pa.array(lines, pa.int64()),
                pa.array(reasons, pa.string()),
                pa.array(rows, pa.string()),
            ]
            self._rejects.write_batch(pa.RecordBatch.from_arrays(arrays, schema=REJECTS))
            self.rows += len(lines)
