"""A CSV file, staged: blocks of Arrow columns, ragged rows set aside, every row with its line."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from audience_sync.errors import Invalid
from audience_sync.sources.builtin.duck import parquet
from audience_sync.sources.builtin.encodings import BLOCK, Shape, Utf8, opened
from audience_sync.sources.builtin.staging import Meter, Progress, Staged, Writer

Integers = npt.NDArray[np.int64]


@dataclass
class Lines:
    """Turns the numbers of rows into numbers of lines, which differ once a quoted cell has several lines.

    `ragged` are the rows that the parser set aside since the last block, as (row, cells, text).
    """

    next_row: int
    extra: int = 0
    """Lines more than rows, so far."""
    ragged: list[tuple[int, int, str]] = field(default_factory=list)

    def set_aside(self, row: arrow_csv.InvalidRow) -> Literal["skip"]:
        assert row.number is not None  # noqa: S101  # It is known as long as the parser uses one thread.
        self.ragged.append((row.number, row.actual_columns, row.text))
        return "skip"

    def of(self, breaks: Integers) -> tuple[Integers, list[tuple[int, int, str]]]:
        """Lines of the next good rows, given the breaks inside each; and the ragged rows up to the last, by line."""
        gone = np.array([row for row, _, _ in self.ragged], np.int64)
        rows = np.arange(self.next_row, self.next_row + len(breaks) + len(gone), dtype=np.int64)
        rows = rows[~np.isin(rows, gone)][: len(breaks)]
        last = int(rows[-1]) if len(rows) else self.next_row - 1
        passed = [entry for entry in self.ragged if entry[0] <= last]
        self.ragged = self.ragged[len(passed) :]
        numbers = np.concatenate([rows, np.array([row for row, _, _ in passed], np.int64)])
        counts = np.concatenate([breaks, np.array([text.count("\n") for _, _, text in passed], np.int64)])
        order = np.argsort(numbers, kind="stable")
        before = np.empty_like(counts)
        before[order] = np.cumsum(counts[order]) - counts[order]
        lines = numbers + self.extra + before
        self.extra += int(counts.sum())
        self.next_row = last + 1
        named = [(int(line), width, text) for line, (_, width, text) in zip(lines[len(rows) :], passed, strict=True)]
        return lines[: len(rows)], named

    def rest(self) -> list[tuple[int, int, str]]:
        """Ragged rows after the last good one, by line."""
        found = []
        for row, width, text in self.ragged:
            found.append((row + self.extra, width, text))
            self.extra += text.count("\n")
        return found


def stage_csv(path: Path, shape: Shape, folder: Path, progress: Progress) -> Staged:
    """The file's rows as texts. Invalid when it has no header, or when a quote is never closed."""
    headers, is_all = _headers(path, shape)
    meter = Meter(path, shape.packed, progress)
    lines = Lines(next_row=2, extra="".join(headers).count("\n"))
    last: tuple[int, str] = (1, "")
    with meter.file, Writer(folder, len(headers)) as writer:
        text = Utf8(meter.file, shape.encoding)
        for batch in () if is_all else _batches(text, shape, headers, lines):
            numbers, ragged = lines.of(_breaks(batch))
            writer.write(pa.array(numbers), [pc.utf8_trim_whitespace(column) for column in batch.columns])
            _refuse(writer, ragged, len(headers))
            meter.tell(writer.rows)
            last = (int(numbers[-1]), str(batch.column(-1)[-1].as_py())) if len(numbers) else last
        rest = lines.rest()
        _check_end(last, rest, text.tail)
        _refuse(writer, rest, len(headers))
        return Staged(parquet(writer.file), writer.unreadable, tuple(header.strip() for header in headers))


def _headers(path: Path, shape: Shape) -> tuple[tuple[str, ...], bool]:
    """The names of the columns, and whether they are all there is: Arrow takes a lone line for an unclosed cell."""
    with opened(path, shape.packed) as file, io.TextIOWrapper(file, shape.encoding, newline="") as text:
        start = text.read(BLOCK)
    cells = next(csv.reader(io.StringIO(start, newline=""), delimiter=shape.delimiter), [])
    if not any(cell.strip() for cell in cells):
        raise Invalid(f"{path.name} is empty.", "The first line names the columns.")
    return tuple(cells), len(start) < BLOCK and len(start.splitlines()) == 1


def _batches(text: Utf8, shape: Shape, headers: tuple[str, ...], lines: Lines) -> Iterator[pa.RecordBatch]:
    names = [f"c{n}" for n in range(len(headers))]
    try:
        yield from arrow_csv.open_csv(
            pa.PythonFile(text, mode="r"),  # type: ignore[arg-type]  # It takes any file; the stubs say less.
            read_options=arrow_csv.ReadOptions(
                use_threads=False,  # The parser knows the numbers of ragged rows only then.
                block_size=8 * BLOCK,
                column_names=names,
                skip_rows_after_names=1,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=shape.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,  # They count as lines; the importer drops them later.
                invalid_row_handler=lines.set_aside,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, UnicodeError) as problem:
        raise Invalid(*_words(problem, lines.next_row + lines.extra)) from None


UNCLOSED = "Close it, or double the quotes inside cells."


def _check_end(last: tuple[int, str], rest: list[tuple[int, int, str]], tail: bytes) -> None:
    """Nothing, or Invalid: a cell runs to the end of the file for want of a quote, and rows hide in it.

    `last` is the line of the last good row and its last cell; `rest` are the ragged rows behind it.
    """
    line, cell = last
    if rest:
        line, _, row = rest[-1]
        unclosed = "\n" in row and row.count('"') % 2 == 1
    else:
        unclosed = "\n" in cell and not tail.rstrip().endswith(b'"')
    if unclosed:
        raise Invalid(f"The quote that is opened on line {line} is not closed again.", UNCLOSED)


def _words(problem: Exception, line: int) -> tuple[str, str]:
    if "straddling" in str(problem):
        return (f"A quote is opened after line {line} and not closed again.", UNCLOSED)
    if isinstance(problem, UnicodeError) or "UTF8" in str(problem) or "UTF-8" in str(problem):
        return (f"After line {line} there are bytes that the encoding does not have.", "Name the file's encoding.")
    return (f"The file cannot be read as CSV after line {line}.", "Check its delimiter and quotes.")


def _breaks(batch: pa.RecordBatch) -> Integers:
    """Line breaks inside each row's cells."""
    total = np.zeros(batch.num_rows, np.int64)
    for column in batch.columns:
        # Most columns have none, which their bytes tell sooner than their cells.
        texts = column.buffers()[2]
        if texts and b"\n" in texts.to_pybytes():
            counts = pc.call_function("count_substring", [column], pc.MatchSubstringOptions("\n"))
            total += counts.to_numpy(zero_copy_only=False)
    return total


def _refuse(writer: Writer, ragged: list[tuple[int, int, str]], width: int) -> None:
    lines, widths, texts = ([entry[n] for entry in ragged] for n in range(3))
    kept = [n for n, text in enumerate(texts) if str(text).strip()]
    reasons = [f"has {widths[n]} cells, the header has {width}" for n in kept]
    writer.refuse([int(lines[n]) for n in kept], reasons, [str(texts[n]) for n in kept])
