"""Rows into a file of each format, packed if asked for, never more than a batch in memory."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

import pyarrow as pa
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq

from audience_sync.flows.exporting.json_texts import JsonTexts
from audience_sync.model.exports import Compression, ExportFormat, ExportOptions

PARQUET: dict[Compression, Literal["snappy", "gzip", "zstd"]] = {
    Compression.NONE: "snappy",
    Compression.GZIP: "gzip",
    Compression.ZSTD: "zstd",
}
STREAM: dict[Compression, Literal["gzip", "zstd"] | None] = {
    Compression.NONE: None,
    Compression.GZIP: "gzip",
    Compression.ZSTD: "zstd",
}
BUFFER_BYTES = 1 << 20
TEXT_ROWS = 10_000
"""Rows of JSON that are joined at once: together they must stay below two gigabytes."""


class Writer(Protocol):
    """Takes rows, batch by batch."""

    def write(self, rows: pa.Table) -> None: ...


@contextmanager
def opened(path: Path, options: ExportOptions, schema: pa.Schema, texts: JsonTexts) -> Iterator[Writer]:
    """A writer of a new file that only its owner can read; the file is complete when the context ends well."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    with ExitStack() as stack:
        if options.format is ExportFormat.PARQUET:
            file = pq.ParquetWriter(path, schema, compression=PARQUET[options.compression])
            yield _Parquet(stack.enter_context(file))
            return
        # Arrow's stubs take a codec's name only, where None means no packing.
        packing: Any = STREAM[options.compression]
        out: Any = stack.enter_context(pa.output_stream(str(path), compression=packing, buffer_size=BUFFER_BYTES))
        if options.format is ExportFormat.CSV:
            yield _Csv(stack.enter_context(pc_csv.CSVWriter(out, schema)))
            return
        lines = _Lines(out, texts) if options.format is ExportFormat.JSONL else _Array(out, texts)
        yield lines
        lines.finish()


class _Parquet:
    def __init__(self, file: pq.ParquetWriter) -> None:
        self._file = file

    def write(self, rows: pa.Table) -> None:
        self._file.write_table(rows)


class _Csv:
    def __init__(self, file: pc_csv.CSVWriter) -> None:
        self._file = file

    def write(self, rows: pa.Table) -> None:
        self._file.write_table(rows)


class _Lines:
    """One object a line."""

    between, end = "\n", b"\n"

    def __init__(self, out: Any, texts: JsonTexts) -> None:
        self._out, self._texts, self._begun = out, texts, False

    def write(self, rows: pa.Table) -> None:
        for start in range(0, rows.num_rows, TEXT_ROWS):
            lines = self._texts.of_rows(rows.slice(start, TEXT_ROWS))
            self._write(self.between.join(lines.to_pylist()).encode())

    def _write(self, block: bytes) -> None:
        if self._begun:
            self._out.write(self.between.encode())
        self._begun = True
        self._out.write(block)

    def finish(self) -> None:
        if self._begun:
            self._out.write(self.end)


class _Array(_Lines):
    """All objects in one array."""

    between, end = ",\n", b"\n]\n"

    def _write(self, block: bytes) -> None:
        if not self._begun:
            self._out.write(b"[\n")
        super()._write(block)

    def finish(self) -> None:
        if not self._begun:
            self._out.write(b"[")
        self._out.write(self.end)
