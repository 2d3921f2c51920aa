"""Cells gathered back into one row per profile."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audience_sync.identity.cells import Rows
from audience_sync.model.identifiers import IdentifierKind


@dataclass(frozen=True, slots=True)
class Refused:
    """Refusals of one column: the rows of the profiles, and `<kind>:<reason>` for each."""

    rows: Rows
    texts: pa.StringArray


def refused(rows: Rows, reasons: pa.StringArray, kind: IdentifierKind) -> Refused:
    """The cells that have a reason."""
    some = pc.is_valid(reasons)
    texts = pc.binary_join_element_wise(f"{kind}", reasons.filter(some), ":")
    return Refused(rows[some.to_numpy(zero_copy_only=False)], texts)


def refusals(found: Sequence[Refused], size: int) -> pa.ListArray:
    """For each of `size` profiles its refusals, distinct and sorted."""
    rows = np.concatenate([np.array([], np.int64), *(each.rows for each in found)])
    texts = pa.concat_arrays([pa.array([], pa.string()), *(each.texts for each in found)])
    encoded = texts.dictionary_encode()
    order = pc.array_sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    pairs = np.unique(rows * (len(order) or 1) + rank[encoded.indices.to_numpy()])
    owners, ranks = np.divmod(pairs, len(order) or 1)
    return _lists(owners, encoded.dictionary.take(pa.array(order)).take(pa.array(ranks)), size)


def distinct_lists(rows: Rows, keys: pa.BinaryArray, size: int) -> pa.ListArray:
    """For each of `size` profiles its keys, each once, in order of first appearance. `rows` must be ascending."""
    some = pc.is_valid(keys)
    rows, keys = rows[some.to_numpy(zero_copy_only=False)], keys.filter(some)
    first = _first_of_each(rows, keys)
    return _lists(rows[first], keys.filter(pa.array(first)), size)


def _first_of_each(rows: Rows, keys: pa.BinaryArray) -> npt.NDArray[np.bool_]:
    """Whether each key is the first of its like in its row. Only rows with several keys are looked at."""
    first = np.ones(len(rows), np.bool_)
    same_row = rows[1:] == rows[:-1]
    shared = np.flatnonzero(np.append(same_row, False) | np.insert(same_row, 0, False))
    codes = keys.take(pa.array(shared)).dictionary_encode().indices.to_numpy().astype(np.int64)
    _, kept = np.unique(rows[shared] * (len(shared) + 1) + codes, return_index=True)
    first[shared] = False
    first[shared[kept]] = True
    return first


def scattered(rows: Rows, keys: pa.BinaryArray, size: int) -> pa.BinaryArray:
    """For each of `size` profiles its key or null. A row occurs at most once."""
    places = np.full(size, -1, np.int64)
    places[rows] = np.arange(len(rows))
    return keys.take(pa.array(places, mask=places < 0))


def _lists(rows: Rows, values: pa.Array, size: int) -> pa.ListArray:
    """The values of ascending rows as one list per row of `size`, [] where a row has none."""
    ends = np.cumsum(np.bincount(rows, minlength=size)[:size])
    offsets = pa.array(np.insert(ends, 0, 0).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, values)
