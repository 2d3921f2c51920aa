"""A warehouse as somebody describes it, checked before anything is kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from audience_sync.errors import Invalid
from audience_sync.sources.builtin.fields import ImportKind, parse_field
from audience_sync.sources.warehouses.checking import one_table, read_only
from audience_sync.sources.warehouses.protocol import Kind
from audience_sync.sources.warehouses.pushdown.places import parts_of
from audience_sync.sources.warehouses.pushdown.registry import comparer_of
from audience_sync.sources.warehouses.registry import kind_of

MOST_SECONDS = 24 * 3600.0
MOST_HOURS = 31 * 24
MOST_CHARACTERS = 200
DEFAULT_SECONDS = 3600.0
DEFAULT_GONE = 50


@dataclass(frozen=True, slots=True)
class WarehouseDraft:
    """What a warehouse is to be. Give `sql`, or `table`, whose columns are all taken.

    `seconds` limits its SQL; `most_gone_percent` is the share of its profiles whose absence a pull believes;
    `interval_hours` 0 means by hand only. `state` is a schema of the warehouse that may be written to: it then compares
    within itself, and only new and changed rows come.
    """

    name: str
    kind: str
    address: str = field(repr=False)
    sql: str = ""
    table: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    seconds: float = DEFAULT_SECONDS
    most_gone_percent: int = DEFAULT_GONE
    interval_hours: int = 0
    state: str = ""


def statement_of(draft: WarehouseDraft, kind: Kind) -> str:
    """The SQL that is kept: what was given, a table's, or everything; Invalid unless it is one that only reads."""
    if draft.sql.strip() and draft.table.strip():
        raise Invalid("Both SQL and a table are given.", "Give one of them.")
    sql = one_table(draft.table, kind) if draft.table.strip() else draft.sql.strip() or kind.everything
    if not sql:
        raise Invalid("There is no SQL.", "Give the SELECT that returns the profiles, or a table.")
    read_only(sql, kind)
    return sql


def checked(draft: WarehouseDraft) -> Kind:
    """The draft's kind; Invalid when anything of the draft but its SQL is not as it should be."""
    kind = kind_of(draft.kind)
    kind.shown(draft.address)
    if not draft.name.strip() or len(draft.name) > MOST_CHARACTERS:
        raise _misplaced("name", "The name is not 1 to 200 characters long.", "Choose another.")
    if not 1 <= draft.seconds <= MOST_SECONDS:
        raise _misplaced("seconds", "The time limit is not 1 second to 24 hours.", "Give it in seconds.")
    if not 0 <= draft.interval_hours <= MOST_HOURS:
        raise _misplaced("interval_hours", f"The interval is not 0 to {MOST_HOURS} hours.", "0 means by hand only.")
    if not 0 <= draft.most_gone_percent <= 100:
        raise _misplaced(
            "most_gone_percent", "The share that may be gone is not 0 to 100 per cent.", "100 believes every absence."
        )
    if draft.state.strip():
        _check_state(draft)
    for column, text in draft.mapping.items():
        if not column.strip("= "):
            raise Invalid("A column without a name is mapped.", "Write {column: field}.")
        parse_field(ImportKind.PROFILES, text)
    return kind


def _check_state(draft: WarehouseDraft) -> None:
    try:
        comparer_of(draft.kind)
        parts_of(draft.state)
    except Invalid as problem:
        raise _misplaced("state", problem.message, problem.hint) from None


def _misplaced(field: str, message: str, hint: str) -> Invalid:
    return Invalid(message, hint, details={"field": field})
