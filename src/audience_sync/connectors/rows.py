"""A batch's rows as JSON text, made column by column: 10,000 rows take milliseconds and no loop over people."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audience_sync.model.identifiers import KeyColumn

Texts = Any
"""An Arrow array of strings; Arrow's stubs know no name for it that all its kernels take."""

NOTHING = pa.scalar("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
"""The hash of nothing. It would be the same for everybody."""
BLANK = pa.scalar("")
ZERO = pa.scalar(0)
CONTROLS = r"[\x00-\x1f]"
SPECIAL = r'[\x00-\x1f"\\]'
BETWEEN_CELLS, BETWEEN_ROWS = '","', '"],["'


def json_rows(rows: pa.Table, columns: Sequence[KeyColumn]) -> tuple[bytes, int]:
    """`[["…","…"],…]` with one text per column, and how many rows that is.

    Missing cells are "". Rows without any cell are left out, and the hash of nothing counts as no cell.
    """
    kept = filled(pa.table({column.name: cells(rows[column.name], column) for column in columns}))
    if kept.num_rows == 0:
        return b"[]", 0
    return _joined(kept), kept.num_rows


def cells(values: Texts, column: KeyColumn) -> Texts:
    """The column's cells as they stand inside JSON quotation marks; "" for none and for the hash of nothing."""
    texts = pa.concat_arrays(values.cast(pa.string()).chunks or [pa.array([], pa.string())])
    texts = pc.fill_null(texts, "") if texts.null_count else texts
    if not column.hashed:
        return _escaped(texts)
    # Hardly anybody hashes nothing: the column is copied only where somebody did.
    nothing = pc.equal(texts, NOTHING)
    return pc.if_else(nothing, BLANK, texts) if pc.any(nothing).as_py() else texts


def filled(table: pa.Table) -> pa.Table:
    """The rows that have a cell."""
    lengths = [pc.binary_length(column) for column in table.columns]
    some = pc.greater(reduce(pc.add, lengths), ZERO)
    return table if pc.all(some).as_py() else table.filter(some)


def _escaped(texts: Texts) -> Texts:
    """The texts as they stand inside JSON quotation marks (RFC 8259, section 7)."""
    if not pc.any(pc.match_substring_regex(texts, SPECIAL)).as_py():
        return texts
    texts = pc.replace_substring(texts, "\\", "\\\\")
    texts = pc.replace_substring(texts, '"', '\\"')
    if not pc.any(pc.match_substring_regex(texts, CONTROLS)).as_py():
        return texts
    for number in range(0x20):
        texts = pc.replace_substring(texts, chr(number), f"\\u{number:04x}")
    return texts


def _joined(table: pa.Table) -> bytes:
    """The rows, as they lie behind each other in Arrow's memory once each ends with what stands between two rows.

    Some cell is not blank: see `filled`.
    """
    *columns, last = (_cheaply(pa.concat_arrays(column.chunks)) for column in table.columns)
    last = pc.binary_join_element_wise(last, pa.scalar(BETWEEN_ROWS), BLANK)
    whole: Any = pc.binary_join_element_wise(*columns, last, pa.scalar(BETWEEN_CELLS)) if columns else last
    lengths: Any = pc.binary_length(whole)
    size = pc.sum(lengths).as_py() - len(BETWEEN_ROWS)
    return b'[["' + memoryview(whole.buffers()[2])[:size] + b'"]]'


def _cheaply(texts: Texts) -> Texts:
    """One text for all where all are blank, which a join need not copy."""
    lengths: Any = pc.binary_length(texts)
    return texts if pc.max(lengths).as_py() else BLANK
