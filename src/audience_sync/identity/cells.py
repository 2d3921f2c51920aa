"""Identifiers of one column laid flat, and what becomes of them under a rule."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow.compute as pc

from audience_sync.identity.arrays import (
    Ints,
    Mask,
    TextLists,
    Texts,
    as_texts,
    blank,
    concatenated,
    encoded,
    equal,
    kept,
    lengths,
    lowered,
    matching,
    nothing,
    only_where,
    picked,
    present,
    replaced,
    trimmed_ascii,
)
from audience_sync.identity.digests import NOTHING_HASHED
from audience_sync.identity.rule import ColumnRule, Rule
from audience_sync.identity.rules import BLANK, DIGEST_LENGTHS, SHA256_LENGTH, settle
from audience_sync.model.identifiers import KeyColumn


@dataclass(frozen=True, slots=True)
class Cells:
    """Raw values, none null, each with the region it is read in."""

    values: Texts
    regions: Texts

    def at(self, places: Ints) -> "Cells":
        return Cells(picked(self.values, places), picked(self.regions, places))


@dataclass(frozen=True, slots=True)
class Outcome:
    """For each cell the fields of `Settled`: text or null, whether it was given as a digest, reason or null."""

    texts: Texts
    given: Mask
    reasons: Texts

    def at(self, places: Ints) -> "Outcome":
        return Outcome(picked(self.texts, places), self.given[places], picked(self.reasons, places))


def listed(lists: TextLists, regions: Texts) -> tuple[Ints, Cells]:
    """The cells of a column of lists, and the row of the profile that each belongs to."""
    rows = np.asarray(pc.call_function("list_parent_indices", [lists]).to_numpy(), np.int64)
    return _cells(rows, cast(Texts, pc.call_function("list_flatten", [lists])), regions)


def single(texts: Texts, regions: Texts) -> tuple[Ints, Cells]:
    """The cells of a column of single texts, and the row of the profile that each belongs to."""
    return _cells(np.arange(len(texts)), texts, regions)


def _cells(rows: Ints, values: Texts, regions: Texts) -> tuple[Ints, Cells]:
    valid = present(values)
    return rows[valid], Cells(kept(values, valid), picked(regions, rows[valid]))


def distinct(cells: Cells, *, by_region: bool) -> tuple[Cells, Ints]:
    """Each different cell once, and for every cell the place of its like."""
    codes, different = encoded(cells.values)
    if not by_region:
        return Cells(different, blank(len(different))), codes
    # Region by region: libphonenumber's expressions for one region stay in Python's cache together.
    codes += encoded(cells.regions)[0] * len(different)
    _, first, places = np.unique(codes, return_index=True, return_inverse=True)
    return cells.at(first), places


def outcome(cells: Cells, made: ColumnRule) -> Outcome:
    """What becomes of each cell: by the fast path where it is sure, else by the authority, once per distinct cell."""
    values = trimmed_ascii(cells.values)
    digests = _digest_shaped(values) if made.column.hashed else np.zeros(len(values), np.bool_)
    given = _usable(digests, values, made.column)
    texts = only_where(~digests, made.rule.sure(values, cells.regions))
    easy = Outcome(replaced(texts, given, lowered(kept(values, given))), given, nothing(len(values)))
    return _completed(easy, cells, made, ~present(easy.texts) & (lengths(values) > 0))


def respelled(rows: Ints, became: Outcome, rule: Rule) -> tuple[Ints, Outcome]:
    """Rows and cells with the second spelling of each cell behind its first, where the rule has one."""
    if rule.also is None:
        return rows, became
    size = len(rows)
    others = rule.also(only_where(~became.given, became.texts))
    both = Outcome(
        concatenated([became.texts, others]),
        np.concatenate([became.given, np.zeros(size, np.bool_)]),
        concatenated([became.reasons, nothing(size)]),
    )
    return np.repeat(rows, 2), both.at(np.arange(2 * size).reshape(2, size).T.ravel())


def _digest_shaped(values: Texts) -> Mask:
    """Whether each may be a digest in hex; only texts of such a length are looked at."""
    shaped = np.isin(lengths(values), list(DIGEST_LENGTHS))
    shaped[shaped] = matching(kept(values, shaped), "^[0-9A-Fa-f]+$")
    return shaped


def _usable(digests: Mask, values: Texts, column: KeyColumn) -> Mask:
    """Which of the digests are taken as they are; see `rules.settle`."""
    usable = digests & (not column.part)
    texts = kept(values, usable)
    usable[usable] = (lengths(texts) == SHA256_LENGTH) & ~equal(lowered(texts), NOTHING_HASHED)
    return usable


def _completed(easy: Outcome, cells: Cells, made: ColumnRule, unsure: Mask) -> Outcome:
    """The outcome with the unsure cells settled by the authority."""
    if not unsure.any():
        return easy
    different, places = distinct(cells.at(np.flatnonzero(unsure)), by_region=made.rule.by_region)
    hard = _settled(different, made).at(places)
    given = easy.given.copy()
    given[unsure] = hard.given
    texts, reasons = replaced(easy.texts, unsure, hard.texts), replaced(easy.reasons, unsure, hard.reasons)
    return Outcome(texts, given, reasons)


def _settled(cells: Cells, made: ColumnRule) -> Outcome:
    """The authority's word on each cell, one after the other."""
    pairs = zip(cells.values.to_pylist(), cells.regions.to_pylist(), strict=True)
    every = [settle(made, value or "", region or "") for value, region in pairs]
    return Outcome(
        as_texts([None if one.reason else one.text for one in every]),
        np.array([one.given for one in every], np.bool_),
        as_texts([one.reason if one.reason not in ("", BLANK) else None for one in every]),
    )
