"""Phone numbers as they are dialled, many at once: digits only, and whether a plus stands before them."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from audience_sync.identity.arrays import (
    Bytes,
    Ints,
    Mask,
    Starts,
    Texts,
    characters,
    decimal,
    integers,
    kept,
    lengths,
    replaced,
    starts_of,
    without,
)

LONGEST = 17
"""Digits of the longest number that is read: with two more than E.164 has, and a 1 before, it fits into 64 bits."""
_MAX_LENGTH = 40
_AROUND = r"^(?:tel|TEL|Tel):|[ ]+(?:ext\.?|x) ?[0-9]{1,7}$"
"""What the authority takes off before it reads a number, where it can be nothing else."""
_POWERS = 10 ** np.arange(LONGEST + 1, dtype=np.int64)
_BETWEEN = np.isin(np.arange(256), list(b" ().-/"))
_PLUS = ord("+")


@dataclass(frozen=True, slots=True)
class Dialled:
    """Numbers as their values and how many digits they have, since they may begin with zeros; the row of each."""

    rows: Ints
    values: Ints
    sizes: Ints

    def where(self, mask: Mask) -> "Dialled":
        return Dialled(self.rows[mask], self.values[mask], self.sizes[mask])

    def at(self, places: Ints) -> "Dialled":
        return Dialled(self.rows[places], self.values[places], self.sizes[places])

    def after(self, count: int) -> "Dialled":
        """Without so many digits at the beginning. None has fewer."""
        sizes = self.sizes - count
        return Dialled(self.rows, self.values % _POWERS[sizes], sizes)

    def behind(self, code: str) -> "Dialled":
        """With those digits at the beginning. Together they are not more than `LONGEST`."""
        return Dialled(self.rows, self.values + int(code) * _POWERS[self.sizes], self.sizes + len(code))

    def leads(self, count: int) -> Ints:
        """The number that so many digits at the beginning write; -1 where there are fewer."""
        left = self.sizes - count
        return np.where(left < 0, -1, self.values // _POWERS[np.maximum(left, 0)])

    def marked(self) -> Texts:
        """The digits as texts with a 1 before each, which keeps the zeros that they begin with."""
        return decimal(self.values + _POWERS[self.sizes])


def read(values: Texts) -> tuple[Dialled, Mask]:
    """Those of the texts that are written in digits and a few marks, and which of them begin with a plus."""
    values = _bare(values)
    held, starts = characters(values), starts_of(values)
    starts = starts - starts[0]
    digit = held - np.uint8(ord("0")) <= 9
    before = np.insert(np.cumsum(digit, dtype=np.int32), 0, 0)
    sizes = np.diff(before[starts]).astype(np.int64)
    plus, shaped = _pluses(held, starts, before)
    shaped &= (sizes > 0) & (sizes <= LONGEST) & (lengths(values) <= _MAX_LENGTH)
    shaped[_owners(~(digit | _BETWEEN[held] | (held == _PLUS)), starts)] = False
    numbers = pa.StringArray.from_buffers(
        len(values), pa.py_buffer(before[starts].data), pa.py_buffer(held[digit].data)
    )
    rows = np.flatnonzero(shaped)
    return Dialled(rows, integers(kept(numbers, shaped)), sizes[rows]), plus[rows]


def _bare(values: Texts) -> Texts:
    """The texts without what stands around a number, where there are letters at all."""
    lettered = np.zeros(len(values), np.bool_)
    starts = starts_of(values)
    lettered[_owners(characters(values) >= ord("A"), starts - starts[0])] = True
    return replaced(values, lettered, without(kept(values, lettered), _AROUND))


def _pluses(held: Bytes, starts: Starts, before: Starts) -> tuple[Mask, Mask]:
    """Which texts have a plus; and where there are no two of them, and no digits before the one."""
    plus, shaped = np.zeros(len(starts) - 1, np.bool_), np.ones(len(starts) - 1, np.bool_)
    signs = held == _PLUS
    owners = _owners(signs, starts)
    plus[owners] = True
    shaped[owners[1:][owners[1:] == owners[:-1]]] = False
    shaped[owners[before[np.flatnonzero(signs)] > before[starts[owners]]]] = False
    return plus, shaped


def _owners(bytes_: Mask, starts: Starts) -> Ints:
    """The text that each of the marked bytes belongs to."""
    return np.searchsorted(starts, np.flatnonzero(bytes_), side="right") - 1
