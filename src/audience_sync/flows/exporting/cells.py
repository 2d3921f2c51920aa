"""Cells of a file, whole columns at a time: keys as hex, the n-th value of a list, moments, and no formulas."""

from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Column = Any
"""An Arrow array; its stubs know no name that all its kernels take."""

DIGEST = 32
HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), np.uint16)
FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
"""How a cell begins that a spreadsheet would compute: OWASP's list, also in full width.
Source: owasp.org/www-community/attacks/CSV_Injection, read 2026-11-24."""
HARMLESS = r"^(?:[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?|\+[0-9][0-9 ()./-]*)$"
"""Numbers, and phones from their `+` on: without letters and cells to refer to, nothing can be computed of them."""


def harmless(texts: Column) -> Column:
    """Texts with an apostrophe before those that a spreadsheet would take for a formula."""
    begins = pc.match_substring_regex(texts, FORMULA)
    formulas = pc.and_(begins, pc.invert(pc.match_substring_regex(texts, HARMLESS)))
    if not pc.any(formulas).as_py():
        return texts
    return pc.if_else(formulas, pc.binary_join_element_wise(pa.scalar("'"), texts, pa.scalar("")), texts)


def hexed(digests: Column) -> Column:
    """Digests of 32 bytes as texts of 64 hex digits, null for null."""
    filled = pc.fill_null(digests, b"\0" * DIGEST) if digests.null_count else digests
    fixed = filled.cast(pa.binary(DIGEST))
    size = len(fixed)
    start = fixed.offset * DIGEST
    data = np.frombuffer(fixed.buffers()[1], np.uint8)[start : start + size * DIGEST] if size else np.empty(0, np.uint8)
    offsets = np.arange(size + 1, dtype=np.int32) * (2 * DIGEST)
    texts = pa.StringArray.from_buffers(size, pa.py_buffer(offsets.tobytes()), pa.py_buffer(HEX[data].tobytes()))
    return pc.if_else(pc.is_valid(digests), texts, pa.scalar(None, pa.string())) if digests.null_count else texts


def values_of(lists: Column) -> Column:
    """The values of all lists, one after the other."""
    return cast(Column, pc.call_function("list_flatten", [lists]))


def sizes_of(lists: Column) -> npt.NDArray[np.int64]:
    """How many values each list has; a list that is null has none."""
    sizes: Column = pc.call_function("list_value_length", [lists])
    return np.asarray(pc.fill_null(sizes, 0).to_numpy(zero_copy_only=False), np.int64)


def mapped(lists: Column, values: Column) -> Column:
    """The lists with these values in place of their own; a list that is null becomes empty."""
    ends = np.cumsum(sizes_of(lists))
    return pa.ListArray.from_arrays(pa.array(np.insert(ends, 0, 0), pa.int32()), values)


def nth(lists: Column, place: int) -> Column:
    """For each list its value at that place, counted from 0; null where there is none."""
    sizes = sizes_of(lists)
    starts = np.cumsum(sizes) - sizes
    return values_of(lists).take(pa.array(starts + place, pa.int64(), mask=sizes <= place))


def moments(times: Column) -> Column:
    """Times (UTC) as RFC 3339, with microseconds where there are any."""
    texts = pc.strftime(times.cast(pa.timestamp("us", "UTC")), "%Y-%m-%dT%H:%M:%SZ", locale="C")
    return pc.replace_substring(texts, ".000000Z", "Z")


def zoned(times: Column) -> Column:
    """Times marked as UTC."""
    return times.cast(pa.timestamp("us", "UTC"))


def finite(numbers: Column) -> Column:
    """Numbers without those that JSON cannot write, which are null."""
    return pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, numbers.type))


def flat(column: Column) -> Column:
    """A column as one array."""
    return cast(Column, pa.concat_arrays([pa.array([], column.type), *column.chunks]))
