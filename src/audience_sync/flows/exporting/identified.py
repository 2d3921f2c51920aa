"""The identifiers of a batch of records, as the layout wants them: as they are stored, or as keys."""

import numpy as np
import pyarrow as pa

from audience_sync.flows.exporting.cells import Column, flat, hexed, mapped, sizes_of, values_of
from audience_sync.flows.exporting.layout import Layout
from audience_sync.identity.keys import keys
from audience_sync.model.identifiers import KeyColumn
from audience_sync.model.profiles import RAW_SCHEMA

Identified = dict[KeyColumn, Column]
"""Lists (empty where there is nothing) for kinds that have several values, texts or null for the others."""


def identified(records: pa.Table, layout: Layout, default_country: str) -> Identified:
    """Each of the layout's columns with its cells, in the order of the records."""
    if not layout.rules:
        return {column: _stored(flat(records[column.name]), column) for column in layout.columns}
    raw = records.select(RAW_SCHEMA.names)
    made = keys(raw, layout.columns, rules=layout.rules, default_country=default_country)
    return {column: _written(flat(made[column.name]), column) for column in layout.columns}


def with_a_name(found: Identified) -> Column:
    """Which records have at least one value that names a person."""
    some = [sizes_of(cells) > 0 for column, cells in found.items() if column.names_a_person]
    return pa.array(np.logical_or.reduce(some), pa.bool_())


def _stored(cells: Column, column: KeyColumn) -> Column:
    return mapped(cells, values_of(cells)) if column.names_a_person else cells


def _written(cells: Column, column: KeyColumn) -> Column:
    """Digests in hex, other keys as the text that they are."""
    if not column.names_a_person:
        return _text(cells, column)
    return mapped(cells, _text(values_of(cells), column))


def _text(made: Column, column: KeyColumn) -> Column:
    return hexed(made) if column.hashed else made.cast(pa.string())
