"""A dry look at a warehouse: what answers, which columns it gives, what they would become, and a few masked rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa

from audience_sync.errors import Invalid
from audience_sync.sources.builtin.fields import IDENTIFIERS, Bound, Field, ImportKind, bind
from audience_sync.sources.builtin.masking import DOTS, masked, masked_id
from audience_sync.sources.warehouses.checking import first_rows, read_only
from audience_sync.sources.warehouses.protocol import Access, Kind
from audience_sync.sources.warehouses.spooling import headers_of, plain

SAMPLE = 10
UNKNOWN = Field("-")
SHORT = 7
"""Characters of a number from which on it might be a phone."""


@dataclass(frozen=True, slots=True)
class Tested:
    """What answers, in words, and how many rows it expects to give; None where it cannot say."""

    answer: str
    estimate: int | None


@dataclass(frozen=True, slots=True)
class LookedColumn:
    """A column of the warehouse and the field that it becomes; `guessed` by its name, or mapped."""

    name: str
    type: str
    field: str
    guessed: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What a pull would bring. `rows` are masked, in the order of `columns`; `problem` says why a pull would fail."""

    answer: str
    estimate: int | None
    columns: tuple[LookedColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    problem: str


def tested(kind: Kind, access: Access, sql: str) -> Tested:
    """The warehouse answers, and its SQL could be run."""
    sql = read_only(sql, kind)
    with kind.connect(access) as session:
        return Tested(session.test(), session.estimate(sql))


def looked(kind: Kind, access: Access, sql: str, mapping: Mapping[str, str]) -> Look:
    """The first rows of the SQL, and what would become of them. Nothing is kept."""
    sql = read_only(sql, kind)
    with kind.connect(access) as session:
        answer, estimate = session.test(), session.estimate(sql)
        found = session.stream(first_rows(sql, SAMPLE))
        headers = headers_of(found.schema)
        bound, problem = _bound(headers, mapping)
        fields = [one.field for one in bound]
        rows = tuple(islice((_masked(fields, row) for batch in found.batches for row in _rows(batch)), SAMPLE))
    columns = (
        LookedColumn(name, _type(each), str(one.field), not one.explicit)
        for name, each, one in zip(headers, found.schema.types, bound, strict=True)
    )
    return Look(answer, estimate, tuple(columns), rows, problem)


def _bound(headers: tuple[str, ...], mapping: Mapping[str, str]) -> tuple[list[Bound], str]:
    """What each column means, and why a pull would fail, if it would: then nothing is known of any column."""
    try:
        return [one for one in bind(ImportKind.PROFILES, headers, mapping) if one.column.startswith("c")], ""
    except Invalid as problem:
        return [Bound(f"c{number}", name, UNKNOWN) for number, name in enumerate(headers)], str(problem)


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[object, ...]]:
    yield from zip(*(plain(column).to_pylist() for column in batch.columns), strict=True)


def _masked(fields: list[Field], row: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(_cell(field, value) for field, value in zip(fields, row, strict=True))


def _cell(field: Field, value: object) -> str:
    """Enough to see what kind of value is there, never enough to know whose it is."""
    if value is None or value == "":
        return ""
    text = str(value)
    if field.word == "profile_id":
        return masked_id(text)
    if field.word in IDENTIFIERS:
        return ", ".join(masked(field.word, str(each)) for each in (value if isinstance(value, list) else [value]))
    if field.word == "consent" or isinstance(value, bool) or (isinstance(value, int | float) and len(text) < SHORT):
        return text[:20]
    return f"{text[:1]}{DOTS}"


def _type(kind: pa.DataType) -> str:
    return str(getattr(kind, "type_name", "") or kind)
