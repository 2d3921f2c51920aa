"""A batch of records as the rows of the file: each format's own columns, in their order."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from audience_sync.flows.exporting.cells import Column, finite, flat, harmless, mapped, moments, nth, values_of, zoned
from audience_sync.flows.exporting.identified import Identified, identified, with_a_name
from audience_sync.flows.exporting.json_texts import JsonTexts
from audience_sync.flows.exporting.layout import Layout
from audience_sync.identity.rules import rule_set
from audience_sync.model.exports import ExportFormat, Template
from audience_sync.model.identifiers import KeyColumn

TRAIT, ATTRIBUTE, EVENTS = "trait", "attribute", "events"
Named = Iterator[tuple[str, Column]]
Times = Callable[[Column], Column]


@dataclass(frozen=True, slots=True)
class Shape:
    """How records become rows. `values` is the most values that a member has of each kind: CSV has as many columns."""

    format: ExportFormat
    layout: Layout
    values: Mapping[str, int]
    default_country: str
    texts: JsonTexts

    def identified(self, records: pa.Table) -> Identified:
        """The identifiers of these records; several threads may ask at once."""
        return identified(records, self.layout, self.default_country)

    def rows(self, records: pa.Table, found: Identified) -> pa.Table:
        """The rows of these records: of all, but in a template only of those that have a key."""
        if self.layout.template is not Template.NONE:
            kept = with_a_name(found)
            return _table(self._spread({column: cells.filter(kept) for column, cells in found.items()}))
        return _table(self._parts(records, found))

    def _parts(self, records: pa.Table, found: Identified) -> Named:
        yield "profile_id", self._safe(flat(records["profile_id"]))
        match self.format:
            case ExportFormat.CSV:
                yield from self._spread(found)
                yield from ((name, self._safe(cells)) for name, cells in _beside(records, moments))
            case ExportFormat.PARQUET:
                yield from ((column.name, cells) for column, cells in found.items())
                yield from _beside(records, zoned)
            case _:
                yield from ((column.name, cells) for column, cells in found.items())
                yield from _nested(records)
        yield from self._events(records)

    def _spread(self, found: Identified) -> Named:
        """A column for each value: email, email_2, email_3; in a template under its heading again and again."""
        for column, cells in found.items():
            for place in range(self._width(column)):
                heading = column.wire if self.layout.template is not Template.NONE else _numbered(column.name, place)
                yield heading, self._safe(nth(cells, place) if column.names_a_person else cells)

    def _width(self, column: KeyColumn) -> int:
        """At least one, so that what was chosen is there, and at most what the template takes."""
        wanted = max(self.values.get(column.kind, 1), 1) if column.names_a_person else 1
        if self.layout.rules and rule_set(self.layout.rules).of(column).rule.also:
            wanted *= 2
        return min(wanted, self.layout.most or wanted)

    def _events(self, records: pa.Table) -> Named:
        if EVENTS not in records.schema.names:
            return
        match self.format:
            case ExportFormat.CSV:
                yield EVENTS, self.texts.of_column(_timed(flat(records[EVENTS]), moments))
            case ExportFormat.PARQUET:
                yield EVENTS, _timed(flat(records[EVENTS]), zoned)
            case _:
                yield EVENTS, _timed(flat(records[EVENTS]), moments)

    def _safe(self, cells: Column) -> Column:
        """Texts in which no spreadsheet finds a formula, where the file is one that spreadsheets open."""
        return harmless(cells) if self.format is ExportFormat.CSV and pa.types.is_string(cells.type) else cells


def _beside(records: pa.Table, times: Times) -> Named:
    """Traits and attributes as columns of their own: trait_revenue, attribute_plan."""
    for name in records.schema.names:
        word, colon, rest = name.partition(":")
        if colon:
            yield f"{word}_{rest}", _told(flat(records[name]), times)


def _nested(records: pa.Table) -> Named:
    """Traits and attributes as one object each."""
    for word in (TRAIT, ATTRIBUTE):
        names = [name for name in records.schema.names if name.startswith(f"{word}:")]
        if names:
            cells = [_told(flat(records[name]), moments) for name in names]
            yield f"{word}s", pa.StructArray.from_arrays(cells, [name.partition(":")[2] for name in names])


def _told(cells: Column, times: Times) -> Column:
    if pa.types.is_timestamp(cells.type):
        return times(cells)
    return finite(cells) if pa.types.is_floating(cells.type) else cells


def _timed(lists: Column, times: Times) -> Column:
    """Lists of events with their times as the format has them."""
    events = values_of(lists)
    parts = {
        "name": events.field("name"),
        "time": times(events.field("time")),
        "properties": events.field("properties"),
    }
    return mapped(lists, pa.StructArray.from_arrays(list(parts.values()), list(parts)))


def _numbered(name: str, place: int) -> str:
    return f"{name}_{place + 1}" if place else name


def _table(named: Named) -> pa.Table:
    """The columns side by side; headings may repeat themselves."""
    pairs = list(named)
    return pa.Table.from_arrays([cells for _, cells in pairs], names=[name for name, _ in pairs])
