"""Which fields, operators and kinds of input the rule builder offers, by what the store has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from audience_sync.model.identifiers import NAMING
from audience_sync.model.rules import COUNTING, NEGATIVE, ConsentState, Op
from audience_sync.sources.builtin.compile import OPS
from audience_sync.sources.protocol import Catalog, FieldType
from audience_sync.web.segment_drafts import Condition
from audience_sync.web.segment_values import Kind
from audience_sync.web.segment_words import COUNTED, IDENTIFIERS, STATES, WORDS, spaced

Choice = tuple[str, str]
"""A value and what is said of it."""
LISTS = (Op.IN, Op.NOT_IN)
DAYS = (Op.IN_LAST_DAYS, Op.MORE_THAN_DAYS_AGO)
KNOWN = (Op.EXISTS, Op.NOT_EXISTS)
NUMBERS = (FieldType.INTEGER, FieldType.NUMBER)
FIRST = {FieldType.INTEGER: Op.AT_LEAST, FieldType.NUMBER: Op.AT_LEAST, FieldType.DATE: Op.IN_LAST_DAYS}
FIRST |= {FieldType.DATETIME: Op.IN_LAST_DAYS}
"""The operator that one wants most often, where that is not `is`."""


@dataclass(frozen=True, slots=True)
class Controls:
    """What one condition is asked with. `widget`: none, list, truth, or an input's type and mode: date, number, text.

    `unit` follows the value. `sums` are the properties of an event that can be added up.
    """

    ops: tuple[Choice, ...]
    widget: str
    is_pair: bool = False
    unit: str = ""
    sums: tuple[Choice, ...] = ()


class Fields:
    """What conditions may speak of: everything in a catalog, or the properties of one of its events."""

    def __init__(self, catalog: Catalog, event: str | None = None) -> None:
        self.catalog, self.event = catalog, event
        self.types = _types(catalog) if event is None else _properties(catalog, event)

    def of(self, event: str) -> "Fields":
        """The properties of that event."""
        return Fields(self.catalog, event)

    def kind(self, condition: Condition) -> Kind:
        """The type of the condition's values, by its field and its operator; None where it is not known."""
        if condition.op in DAYS:
            return FieldType.NUMBER
        return None if condition.is_free else self.types.get(condition.field)

    def known_ops(self, field: str) -> tuple[str, ...]:
        """The operators that there are for such a field, whatever its type; none where there is no such field."""
        word, _, name = field.partition(":")
        words = ("property",) if self.event is not None else ("attribute", "trait", "identifier", "consent", "event")
        if not name or word not in words:
            return ()
        return {"consent": tuple(ConsentState), "event": COUNTING}.get(word, tuple(Op))

    def ops(self, field: str) -> tuple[str, ...]:
        """The operators that the field can do, the one that is wanted most often first."""
        word, _, name = field.partition(":")
        if word == "consent":
            return tuple(ConsentState)
        if word == "event":
            return COUNTING
        if word == "identifier" and name in NAMING:
            return KNOWN
        kind = self.types.get(field)
        allowed = tuple(Op) if kind is None else tuple(op for op in Op if NEGATIVE.get(op, op) in (*OPS[kind], *KNOWN))
        first = FIRST.get(kind) if kind else None
        return allowed if first is None else (first, *(op for op in allowed if op is not first))

    def choices(self, chosen: str) -> list[tuple[str, list[Choice]]]:
        """Groups of fields for a select; what the store no longer has is there as long as it is chosen."""
        groups = _property_groups(self.types) if self.event is not None else _groups(self.catalog)
        if chosen and not any(chosen == value for _, fields in groups for value, _ in fields):
            groups.append(("Not in the store", [(chosen, spaced(chosen.partition(":")[2]))]))
        return groups

    def controls(self, condition: Condition) -> Controls:
        """How the condition is asked."""
        words = _words(condition)
        ops = [(op, words[op]) for op in self.ops(condition.field)]
        if condition.op and condition.op not in dict(ops):
            ops.append((condition.op, f"{words.get(condition.op, condition.op)} (does not fit)"))
        is_pair, widget = condition.op == Op.BETWEEN, self._widget(condition)
        if condition.word == "event":
            unit = "" if condition.sum_of else "times"
            return Controls(tuple(ops), widget, is_pair, unit, self._sums(condition))
        return Controls(tuple(ops), widget, is_pair, "days" if condition.op in DAYS else "")

    def _sums(self, condition: Condition) -> tuple[Choice, ...]:
        properties = self.catalog.events.get(condition.name, {})
        names = [name for name, kind in properties.items() if kind in NUMBERS]
        if condition.sum_of and condition.sum_of not in names:
            names.append(condition.sum_of)
        return tuple((name, f"sum of {spaced(name)}") for name in sorted(names))

    def _widget(self, condition: Condition) -> str:
        if condition.word == "consent" or condition.op in KNOWN:
            return "none"
        if condition.op in LISTS:
            return "list"
        if condition.word == "event":
            return "number"
        match self.kind(condition):
            case FieldType.BOOLEAN:
                return "truth"
            case FieldType.INTEGER | FieldType.NUMBER:
                return "number"
            case FieldType.DATE | FieldType.DATETIME if _is_day(condition.value) and _is_day(condition.high):
                return "date"
            case _:
                return "text"


def _types(catalog: Catalog) -> dict[str, FieldType]:
    found = {f"attribute:{name}": kind for name, kind in catalog.attributes.items()}
    found |= {f"trait:{name}": kind for name, kind in catalog.traits.items()}
    return found | {f"identifier:{name}": FieldType.TEXT for name in catalog.identifiers}


def _properties(catalog: Catalog, event: str) -> dict[str, FieldType]:
    return {f"property:{name}": kind for name, kind in catalog.events.get(event, {}).items()}


def _groups(catalog: Catalog) -> list[tuple[str, list[Choice]]]:
    groups: list[tuple[str, Sequence[Choice]]] = [
        ("Attributes", _named("attribute", catalog.attributes)),
        ("Traits", _named("trait", catalog.traits)),
        ("Events", _named("event", catalog.events)),
        ("Identifiers", [(f"identifier:{name}", IDENTIFIERS.get(name, spaced(name))) for name in catalog.identifiers]),
        ("Consents", [(f"consent:{name}", f"Consent: {spaced(name)}") for name in catalog.consents]),
    ]
    return [(label, list(fields)) for label, fields in groups if fields]


def _property_groups(types: Mapping[str, FieldType]) -> list[tuple[str, list[Choice]]]:
    names = [name.partition(":")[2] for name in types]
    return [("Properties", _named("property", dict.fromkeys(names)))] if names else []


def _named(word: str, names: Mapping[str, object]) -> list[Choice]:
    return [(f"{word}:{name}", spaced(name)) for name in sorted(names)]


def _words(condition: Condition) -> Mapping[str, str]:
    if condition.word == "consent":
        return {state: f"is {said}" for state, said in STATES.items()}
    return COUNTED if condition.word == "event" else WORDS


def _is_day(text: str) -> bool:
    try:
        return not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
