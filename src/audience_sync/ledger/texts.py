"""Kernels from binary keys to text columns: whole batches at a time, no loop over people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Integers = npt.NDArray[np.int64]
Bytes = Any
"""An Arrow array of binaries; Arrow's stubs know no name for it that all its kernels take."""
ZEROES = 0x3030
"""Two digits 0, as they lie in memory."""
LETTERS = ord("a") - ord("0") - 10
"""How much further than behind 9 the digit a lies."""


def hexed(values: Bytes) -> Any:
    """Lower-case hex of each, "" for null. Of a dictionary only the different values are looked at."""
    if isinstance(values, pa.DictionaryArray):
        return hexed(values.dictionary).take(values.indices).fill_null("")
    if values.null_count == len(values):
        return pa.repeat(pa.scalar("", pa.string()), len(values))
    values = values.fill_null(b"") if values.null_count else values
    starts = _starts(values)
    data = values.buffers()[2]
    held = np.frombuffer(data, np.uint8)[starts[0] : starts[-1]] if data is not None else np.array([], np.uint8)
    offsets = ((starts - starts[0]) * 2).astype(np.int32)
    digits: Any = _digits(held)
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(memoryview(offsets)), pa.py_buffer(memoryview(digits)))


def _digits(held: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """For each byte its two digits, by arithmetic on both at once: no table is as quick as the processor's vectors."""
    nibbles = held.astype("<u2")
    nibbles = nibbles >> 4 | (nibbles & 15) << 8
    # Six more than 10 to 15 are 16 and above: a bit of its own for each digit that is a letter.
    letters = (nibbles + 0x0606) >> 4 & 0x0101
    return nibbles + letters * np.uint16(LETTERS) + np.uint16(ZEROES)


@dataclass(frozen=True, slots=True)
class Spread:
    """Lists side by side: one flat column for each, and for each row whose it is."""

    lists: Mapping[str, Bytes]
    owners: Integers


def spread_lists(lists: Mapping[str, Any], size: int) -> Spread:
    """Each of `size` members in as many rows as its longest list has; where another list is shorter stands null."""
    lengths = {name: _lengths(each) for name, each in lists.items()}
    longest = np.max([np.zeros(size, np.int64), *lengths.values()], axis=0)
    owners = np.repeat(np.arange(size, dtype=np.int64), longest)
    first = np.cumsum(longest) - longest
    return Spread({name: _laid(lists[name], lengths[name], first, len(owners)) for name in lists}, owners)


def spread(values: Any, places: Integers) -> Any:
    """The cells at these places, null where a place is below 0."""
    if len(places) == len(values) and np.array_equal(places, np.arange(len(places))):
        return values  # Nearly everybody has one value of each kind.
    return values.take(pa.array(places, pa.int64(), mask=places < 0))


def _laid(lists: Any, lengths: Integers, first: Integers, size: int) -> Any:
    """The lists' values, each list from the first row of its member on; "" where a row has none.

    They come in the order in which they lie, so nothing is copied: only where each begins is said anew.
    """
    values = lists.flatten()
    before = np.cumsum(lengths) - lengths
    held = np.zeros(size + 1, np.int64)
    held[np.repeat(first - before, lengths) + np.arange(1, len(values) + 1)] = 1
    starts: Any = _starts(values)[np.cumsum(held)].astype(np.int32)
    data = values.buffers()[2] or pa.py_buffer(b"")
    return pa.Array.from_buffers(values.type, size, [None, pa.py_buffer(memoryview(starts)), data])


def _lengths(lists: Any) -> Integers:
    lengths = np.diff(_starts(lists)).astype(np.int64)
    # A missing list may lie over values that belong to nobody.
    return np.where(np.asarray(lists.is_valid()), lengths, 0) if lists.null_count else lengths


def _starts(array: Any) -> Integers:
    """Where each cell begins, and where the last one ends."""
    offsets = np.frombuffer(array.buffers()[1], np.int32) if len(array) else np.zeros(1, np.int32)
    return offsets[array.offset : array.offset + len(array) + 1].astype(np.int64)
