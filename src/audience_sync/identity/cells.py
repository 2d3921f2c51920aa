"""Identifiers of one column laid flat, and what becomes of them under a rule."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audience_sync.identity.arrays import NOTHING
from audience_sync.identity.digests import NOTHING_HASHED
from audience_sync.identity.rule import ColumnRule
from audience_sync.identity.rules import BLANK, settle
from audience_sync.model.identifiers import KeyColumn

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cells:
    """Raw values, none null, with the row of the profile that each belongs to and the region it is read in."""

    rows: Rows
    values: pa.StringArray
    regions: pa.StringArray

    def take(self, places: Rows) -> "Cells":
        chosen = pa.array(places)
        return Cells(self.rows[places], self.values.take(chosen), self.regions.take(chosen))


@dataclass(frozen=True, slots=True)
class Outcome:
    """For each cell its text (see `Settled`) or null, whether that text was given as a digest, and the reason or null."""

    texts: pa.StringArray
    given: pa.BooleanArray
    reasons: pa.StringArray

    def take(self, places: Rows) -> "Outcome":
        chosen = pa.array(places)
        return Outcome(self.texts.take(chosen), self.given.take(chosen), self.reasons.take(chosen))


def listed(lists: pa.ListArray, regions: pa.StringArray) -> Cells:
    """The cells of a column of lists."""
    present = _present(pc.list_parent_indices(lists), pc.list_flatten(lists))
    return Cells(present[0], present[1], regions.take(pa.array(present[0])))


def single(texts: pa.StringArray, regions: pa.StringArray) -> Cells:
    """The cells of a column of single texts."""
    rows, values = _present(pa.array(np.arange(len(texts))), texts)
    return Cells(rows, values, regions.take(pa.array(rows)))


def _present(rows: pa.Array, values: pa.StringArray) -> tuple[Rows, pa.StringArray]:
    valid = pc.is_valid(values)
    return rows.filter(valid).to_numpy().astype(np.int64), values.filter(valid)


def distinct(cells: Cells, *, by_region: bool) -> tuple[Cells, Rows]:
    """Each different cell once, and for every cell the place of its like."""
    values = cells.values.dictionary_encode()
    codes = values.indices.to_numpy().astype(np.int64)
    if by_region:
        regions = cells.regions.dictionary_encode()
        codes = codes * len(regions.dictionary) + regions.indices.to_numpy()
    _, first, places = np.unique(codes, return_index=True, return_inverse=True)
    return cells.take(first), places


def outcome(cells: Cells, made: ColumnRule) -> Outcome:
    """What becomes of each cell: by the fast path where it is sure, else by the authority, once per distinct cell."""
    values = pc.ascii_trim_whitespace(cells.values)
    digests = _digest_shaped(values) if made.column.hashed else pa.array(np.zeros(len(values), np.bool_))
    texts = pc.if_else(digests, NOTHING, made.rule.sure(values, cells.regions))
    given = _plainly_given(values, digests, made.column)
    texts = pc.if_else(given, pc.ascii_lower(values), texts)
    unsure = pc.and_(pc.is_null(texts), pc.greater(pc.binary_length(values), 0))
    return _with_leftovers(cells, Outcome(texts, given, pa.nulls(len(values), pa.string())), unsure, made)


def _digest_shaped(values: pa.StringArray) -> pa.BooleanArray:
    """Whether each may be an MD5, SHA-1 or SHA-256 in hex."""
    sized = pc.is_in(pc.binary_length(values), pa.array([32, 40, 64], pa.int32()))
    found = np.zeros(len(values), np.bool_)
    places = np.flatnonzero(sized.to_numpy(zero_copy_only=False))
    found[places] = pc.match_substring_regex(values.take(pa.array(places)), "^[0-9A-Fa-f]+$").to_numpy(
        zero_copy_only=False
    )
    return pa.array(found)


def _plainly_given(values: pa.StringArray, digests: pa.BooleanArray, column: KeyColumn) -> pa.BooleanArray:
    """Whether each is a SHA-256 that can be taken as it is."""
    if column.part:
        return pa.array(np.zeros(len(values), np.bool_))
    whole = pc.equal(pc.binary_length(values), 64)
    return pc.and_(pc.and_(digests, whole), pc.not_equal(pc.ascii_lower(values), NOTHING_HASHED))


def _with_leftovers(cells: Cells, easy: Outcome, unsure: pa.BooleanArray, made: ColumnRule) -> Outcome:
    """The outcome with the unsure cells settled by the authority."""
    left = np.flatnonzero(unsure.to_numpy(zero_copy_only=False))
    if not len(left):
        return easy
    different, places = distinct(cells.take(left), by_region=made.rule.by_region)
    hard = _settled(different, made).take(places)
    return Outcome(
        pc.replace_with_mask(easy.texts, unsure, hard.texts),
        pc.replace_with_mask(easy.given, unsure, hard.given),
        pc.replace_with_mask(easy.reasons, unsure, hard.reasons),
    )


def _settled(cells: Cells, made: ColumnRule) -> Outcome:
    """The authority's word on each cell, one after the other."""
    pairs = zip(cells.values.to_pylist(), cells.regions.to_pylist(), strict=True)
    every = [settle(made, value, region) for value, region in pairs]
    return Outcome(
        pa.array([None if one.reason else one.text for one in every], pa.string()),
        pa.array([one.given for one in every], pa.bool_()),
        pa.array([one.reason if one.reason not in ("", BLANK) else None for one in every], pa.string()),
    )
