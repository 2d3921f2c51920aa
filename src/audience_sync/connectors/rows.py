"""A batch's rows as JSON text, made column by column: 10,000 rows take milliseconds and no loop over people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audience_sync.model.identifiers import KeyColumn

Texts = Any
"""An Arrow array of strings; Arrow's stubs know no name for it that all its kernels take."""

Piece = bytes | memoryview
"""Some of a body. Pieces are joined once, when the whole request is known: each copy costs as much as the making."""

NOTHING = pa.scalar("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
"""The hash of nothing. It would be the same for everybody."""
BLANK = pa.scalar("")
FIRST_PRINTED = 0x20
MARKS = (ord('"'), ord("\\"))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows as JSON text that is ready to travel, and how many they are."""

    pieces: tuple[Piece, ...]
    count: int

    def __bytes__(self) -> bytes:
        return b"".join(self.pieces)


def json_rows(rows: pa.Table, columns: Sequence[KeyColumn]) -> Rows:
    """`[["…","…"],…]` with one text per column.

    Missing cells are "". Rows without any cell are left out, and the hash of nothing counts as no cell.
    """
    kept = filled(pa.table({column.name: cells(rows[column.name], column) for column in columns}))
    if kept.num_rows == 0:
        return Rows((b"[]",), 0)
    return Rows((b"[", _joined(kept), b"]"), kept.num_rows)


def whole(values: Texts) -> Texts:
    """The column's texts in one array, which is copied only where they lie in several."""
    texts = values if values.type == pa.string() else values.cast(pa.string())
    return texts.chunk(0) if texts.num_chunks == 1 else texts.combine_chunks()


def cells(values: Texts, column: KeyColumn) -> Texts:
    """The column's cells as they stand inside JSON quotation marks; "" for none and for the hash of nothing."""
    texts = whole(values)
    texts = pc.fill_null(texts, "") if texts.null_count else texts
    if is_blank(texts):
        return texts
    if not column.hashed:
        return _escaped(texts)
    # Hardly anybody hashes nothing: the column is copied only where somebody did.
    nothing = pc.equal(texts, NOTHING)
    return pc.if_else(nothing, BLANK, texts) if pc.any(nothing).as_py() else texts


def filled(table: pa.Table) -> pa.Table:
    """The rows that have a cell."""
    some = np.zeros(table.num_rows, bool)
    for column in table.columns:
        some |= np.diff(_starts(whole(column))) > 0
        if some.all():
            return table
    return table.filter(pa.array(some))


def listed(texts: Texts, between: str = ",") -> Piece:
    """The texts behind each other, with so much between them, as they lie in Arrow's memory."""
    ended: Texts = pc.binary_join_element_wise(texts, pa.scalar(between), BLANK)
    return memoryview(_held(ended)[: -len(between)])


def is_blank(texts: Texts) -> bool:
    """Whether no cell has a text."""
    starts = _starts(texts)
    return bool(starts[0] == starts[-1])


def _starts(texts: Texts) -> npt.NDArray[np.int32]:
    """Where in `_held` each cell begins, and where the last one ends."""
    buffer = texts.buffers()[1]
    held = np.frombuffer(buffer, np.int32) if buffer is not None and len(texts) else np.zeros(1, np.int32)
    return held[texts.offset : texts.offset + len(texts) + 1]


def _held(texts: Texts) -> Any:
    """All cells behind each other, as an array of UTF-8's bytes."""
    starts = _starts(texts)
    return np.frombuffer(texts.buffers()[2] or b"", np.uint8)[starts[0] : starts[-1]]


def _escaped(texts: Texts) -> Texts:
    """The texts as they stand inside JSON quotation marks (RFC 8259, section 7)."""
    held = _held(texts)
    controls = (held < FIRST_PRINTED).any()
    if not controls and not any((held == mark).any() for mark in MARKS):
        return texts
    texts = pc.replace_substring(texts, "\\", "\\\\")
    texts = pc.replace_substring(texts, '"', '\\"')
    for number in range(FIRST_PRINTED if controls else 0):
        texts = pc.replace_substring(texts, chr(number), f"\\u{number:04x}")
    return texts


def _joined(table: pa.Table) -> Piece:
    """The rows with commas between them, as they lie behind each other in Arrow's memory.

    A column that nobody fills is a part of what stands between its neighbours. Some cell is not blank: see `filled`.
    """
    parts, between = list[Texts](), '["'
    for column in map(whole, table.columns):
        if not is_blank(column):
            parts += [pa.scalar(between), column]
            between = ""
        between += '","'
    end = pa.scalar(between.removesuffix(',"') + "],")
    rows: Texts = pc.binary_join_element_wise(*parts, end, BLANK)
    return memoryview(_held(rows)[:-1])
