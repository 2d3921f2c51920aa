"""Cells gathered back into one row per profile."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from audience_sync.identity.arrays import Ints, Mask, Texts, concatenated, encoded, joined, kept, picked, present
from audience_sync.model.identifiers import IdentifierKind

Lists: TypeAlias = "pa.ListArray[Any]"


@dataclass(frozen=True, slots=True)
class Refused:
    """Refusals of one column: the rows of the profiles, and `<kind>:<reason>` for each."""

    rows: Ints
    texts: Texts


def refused(rows: Ints, reasons: Texts, kind: IdentifierKind) -> Refused:
    """The cells that have a reason."""
    some = present(reasons)
    return Refused(rows[some], joined(f"{kind}:", kept(reasons, some)))


def refusals(found: Sequence[Refused], size: int) -> Lists:
    """For each of `size` profiles its refusals, distinct and sorted."""
    rows = np.concatenate([np.array([], np.int64), *(each.rows for each in found)])
    codes, different = encoded(concatenated([each.texts for each in found]))
    words = different.to_pylist()
    order = np.array(sorted(range(len(words)), key=lambda code: words[code] or ""), np.int64)
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    owners, chosen = np.divmod(np.unique(rows * max(len(order), 1) + ranks[codes]), max(len(order), 1))
    return _lists(owners, picked(different, order[chosen]), size)


def distinct_lists(rows: Ints, keys: pa.BinaryArray, size: int) -> Lists:
    """For each of `size` profiles its keys, each once, in order of first appearance. `rows` must be ascending."""
    some = present(keys)
    rows, keys = rows[some], kept(keys, some)
    first = _first_of_each(rows, keys)
    return _lists(rows[first], kept(keys, first), size)


def _first_of_each(rows: Ints, keys: pa.BinaryArray) -> Mask:
    """Whether each key is the first of its like in its row. Only rows with several keys are looked at."""
    first = np.ones(len(rows), np.bool_)
    same_row = rows[1:] == rows[:-1]
    shared = np.flatnonzero(np.append(same_row, False) | np.insert(same_row, 0, False)) if len(rows) else rows
    codes, _ = encoded(picked(keys, shared))
    _, firsts = np.unique(rows[shared] * (len(shared) + 1) + codes, return_index=True)
    first[shared] = False
    first[shared[firsts]] = True
    return first


def _lists(rows: Ints, values: pa.StringArray | pa.BinaryArray, size: int) -> Lists:
    """The values of ascending rows as one list per row of `size`, [] where a row has none."""
    ends = np.cumsum(np.bincount(rows, minlength=size))
    offsets = pa.array(np.insert(ends, 0, 0), pa.int32())
    return pa.ListArray.from_arrays(offsets, values)
