"""Profiles' identifiers as the keys of one platform, many profiles at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import pyarrow as pa

from audience_sync.identity.arrays import AnyArray, TextLists, Texts, as_texts, blank, encoded, picked, spread, whole
from audience_sync.identity.cells import Outcome, distinct, listed, outcome, respelled, single
from audience_sync.identity.digests import digests
from audience_sync.identity.gather import Refused, distinct_lists, refusals, refused
from audience_sync.identity.places import region_of
from audience_sync.identity.rule import ColumnRule
from audience_sync.identity.rules import default_region, rule_set
from audience_sync.model.identifiers import KeyColumn
from audience_sync.model.profiles import REFUSALS


def keys(raw: pa.Table, columns: Sequence[KeyColumn], *, rules: str, default_country: str) -> pa.Table:
    """The keys of each profile under those rules; `raw` is a chunk shaped like `RAW_SCHEMA`, and its order is kept.

    `profile_id`; for each naming column a list<binary>, distinct, in order of first appearance, [] when there is
    none; for each hint column a binary or null; `refusals`, sorted texts `<kind>:<reason>`. Hashed keys are 32 bytes,
    others the UTF-8 of the normal form. Invalid when the rules or the default country are unknown.
    """
    chosen = rule_set(rules)
    regions = _regions(cast(Texts, whole(raw.column("country"))), default_region(default_country))
    nowhere = blank(raw.num_rows)
    found: dict[str, AnyArray] = {"profile_id": whole(raw.column("profile_id"))}
    refusals_found: list[Refused] = []
    for column in columns:
        read, rule = _naming if column.names_a_person else _hint, chosen.of(column)
        made = read(whole(raw.column(column.kind)), regions if rule.rule.by_region else nowhere, rule)
        found[column.name] = made.keys
        refusals_found.append(made.refused)
    return pa.table(found | {REFUSALS: refusals(refusals_found, raw.num_rows)})


@dataclass(frozen=True, slots=True)
class _Made:
    """One finished column, and what was refused on the way."""

    keys: AnyArray
    refused: Refused


def _naming(texts: AnyArray, regions: Texts, made: ColumnRule) -> _Made:
    rows, cells = listed(cast(TextLists, texts), regions)
    rows, became = respelled(rows, outcome(cells, made), made.rule)
    lists = distinct_lists(rows, _keys(became, made.column), len(texts))
    return _Made(lists, refused(rows, became.reasons, made.column.kind))


def _hint(texts: AnyArray, regions: Texts, made: ColumnRule) -> _Made:
    """Hints repeat themselves, so each different one is normalised and hashed once."""
    rows, cells = single(cast(Texts, texts), regions)
    different, places = distinct(cells, by_region=made.rule.by_region)
    became = outcome(different, made)
    keys = spread(rows, _keys(became, made.column), places, len(texts))
    return _Made(keys, refused(rows, picked(became.reasons, places), made.column.kind))


def _keys(became: Outcome, column: KeyColumn) -> pa.BinaryArray:
    """The key of each cell, null where there is none."""
    if column.hashed:
        return digests(became.texts, became.given)
    return cast(pa.BinaryArray, became.texts.cast(pa.binary()))


def _regions(countries: Texts, default: str) -> Texts:
    """The region that each profile's values are read in: one look-up per different country."""
    codes, different = encoded(cast(Texts, countries.fill_null("")))
    return picked(as_texts([region_of(text, default) for text in different.to_pylist()]), codes)
