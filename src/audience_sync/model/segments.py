"""A segment, as JSON and as values: by rules, by SQL, or a fixed list.

    {"type": "rules", "rules": {"all": [
        {"attribute": "newsletter", "op": "is", "value": true},
        {"trait": "last_purchase", "op": "in_last_days", "value": 30},
        {"identifier": "email", "op": "exists"},
        {"any": [
            {"event": "purchase", "sum": "amount_usd", "op": "at_least", "value": 100, "last_days": 180},
            {"event": "login", "op": "at_least", "value": 3, "last_days": 30,
             "where": [{"property": "device", "op": "is", "value": "app"}]}]},
        {"not": {"consent": "ads", "op": "denied"}}]}}
    {"type": "sql", "sql": "SELECT profile_id FROM traits WHERE revenue > 100"}
    {"type": "list", "list": "<id>", "kind": "email", "count": 12}

Operators (`op`): text is, is_not, contains, not_contains, starts_with, ends_with, in, not_in (without regard to case);
numbers is, is_not, in, not_in, less_than, at_most, more_than, at_least, between; dates before, after, on, between,
in_last_days, more_than_days_ago; true or false is, is_not; all exists, not_exists. Events: `op` and `value` compare how
often it happened, or the `sum` of a property; left out, they mean "at least once".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from audience_sync.errors import Invalid
from audience_sync.model.rules import (
    COUNTING,
    All,
    AnyOf,
    Compare,
    Consent,
    ConsentState,
    Did,
    Not,
    Op,
    Rule,
    Scalar,
    Subject,
    Value,
)

MAX_RULES = 500
MAX_DEPTH = 20
PAIR = 2


class ListKind(StrEnum):
    """What a fixed list holds."""

    PROFILE_ID = "profile_id"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class RuleSegment:
    """The profiles for which the rule holds."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class SqlSegment:
    """The profiles whose ids the statement returns in its column `profile_id`."""

    sql: str


@dataclass(frozen=True, slots=True)
class ListSegment:
    """The profiles that a list names, kept by the source under `list_id`; `count` are its distinct values."""

    list_id: str
    kind: ListKind
    count: int


Segment = RuleSegment | SqlSegment | ListSegment


def parse_segment(json: object) -> Segment:
    """The segment, or Invalid naming the wrong spot by its path and what may stand there."""
    found = _object(json, "")
    match found.get("type"):
        case "rules":
            _only(found, "", ("type", "rules"))
            return RuleSegment(_Parser().rule(found.get("rules"), "rules", 0))
        case "sql":
            _only(found, "", ("type", "sql"))
            return SqlSegment(_text(found.get("sql"), "sql"))
        case "list":
            _only(found, "", ("type", "list", "kind", "count"))
            kind = ListKind(_one_of(found.get("kind"), "kind", tuple(ListKind)))
            count = found.get("count", 0)
            if not isinstance(count, int) or isinstance(count, bool) or count < 0:
                raise _wrong("count", count, "a number of values")
            return ListSegment(_text(found.get("list"), "list"), kind, count)
        case other:
            raise _wrong("type", other, "one of rules, sql, list")


class _Parser:
    """Counts rules, so that a tree stays of a size that can be evaluated and shown."""

    def __init__(self) -> None:
        self.rules = 0

    def rule(self, json: object, path: str, depth: int) -> Rule:
        found = _object(json, path)
        self.rules += 1
        if self.rules > MAX_RULES or depth > MAX_DEPTH:
            raise Invalid(f"{path}: a segment has at most {MAX_RULES} rules, {MAX_DEPTH} deep.", "Make it simpler.")
        heads = [word for word in HEADS if word in found]
        if len(heads) != 1:
            raise _wrong(path, sorted(found), f"an object with exactly one of {', '.join(HEADS)}")
        match heads[0]:
            case "all" | "any" as word:
                _only(found, path, (word,))
                rules = tuple(
                    self.rule(inner, f"{path}.{word}[{n}]", depth + 1)
                    for n, inner in enumerate(_list(found[word], f"{path}.{word}"))
                )
                return All(rules) if word == "all" else AnyOf(rules)
            case "not":
                _only(found, path, ("not",))
                return Not(self.rule(found["not"], f"{path}.not", depth + 1))
            case "consent":
                _only(found, path, ("consent", "op"))
                state = _one_of(found.get("op"), f"{path}.op", tuple(ConsentState))
                return Consent(_text(found["consent"], f"{path}.consent"), ConsentState(state))
            case "event":
                return _did(found, path)
            case word:
                return _compare(found, path, Subject(word))


HEADS = ("all", "any", "not", "attribute", "trait", "identifier", "consent", "event")


def _did(found: Mapping[str, object], path: str) -> Did:
    _only(found, path, ("event", "op", "value", "sum", "last_days", "where"))
    op = Op(_one_of(found.get("op", Op.AT_LEAST), f"{path}.op", COUNTING))
    value = _value(op, found.get("value", 1), f"{path}.value")
    numbers = value if isinstance(value, tuple) else (value,)
    if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers):
        raise _wrong(f"{path}.value", found.get("value"), "a number")
    where = tuple(
        _compare(_object(inner, f"{path}.where[{n}]"), f"{path}.where[{n}]", Subject.PROPERTY)
        for n, inner in enumerate(_list(found.get("where", []), f"{path}.where"))
    )
    days = None if found.get("last_days") is None else _days(found["last_days"], f"{path}.last_days")
    sum_of = _text(found["sum"], f"{path}.sum") if found.get("sum") is not None else ""
    return Did(_text(found["event"], f"{path}.event"), op, value, sum_of, days, where)


def _compare(found: Mapping[str, object], path: str, subject: Subject) -> Compare:
    _only(found, path, (subject, "op", "value"))
    name = _text(found.get(subject), f"{path}.{subject}")
    op = Op(_one_of(found.get("op"), f"{path}.op", tuple(Op)))
    if op in (Op.EXISTS, Op.NOT_EXISTS):
        if found.get("value") is not None:
            raise _wrong(f"{path}.value", found["value"], f"nothing: {op} needs no value")
        return Compare(subject, name, op)
    return Compare(subject, name, op, _value(op, found.get("value"), f"{path}.value"))


def _value(op: Op, json: object, path: str) -> Value:
    """The value in the shape that the operator takes; whether its type fits the field is for the source to say."""
    match op:
        case Op.IN | Op.NOT_IN:
            values = _list(json, path)
            return tuple(_scalar(value, f"{path}[{n}]") for n, value in enumerate(values))
        case Op.BETWEEN:
            values = _list(json, path)
            if len(values) != PAIR:
                raise _wrong(path, json, "a pair: the least and the most")
            return (_scalar(values[0], f"{path}[0]"), _scalar(values[1], f"{path}[1]"))
        case Op.IN_LAST_DAYS | Op.MORE_THAN_DAYS_AGO:
            return _days(json, path)
        case _:
            return _scalar(json, path)


def to_json(segment: Segment) -> dict[str, object]:
    """What parse_segment reads."""
    match segment:
        case RuleSegment(rule):
            return {"type": "rules", "rules": _rule_json(rule)}
        case SqlSegment(sql):
            return {"type": "sql", "sql": sql}
        case ListSegment(list_id, kind, count):
            return {"type": "list", "list": list_id, "kind": str(kind), "count": count}


def _rule_json(rule: Rule) -> dict[str, object]:
    match rule:
        case All(rules):
            return {"all": [_rule_json(inner) for inner in rules]}
        case AnyOf(rules):
            return {"any": [_rule_json(inner) for inner in rules]}
        case Not(inner):
            return {"not": _rule_json(inner)}
        case Consent(purpose, state):
            return {"consent": purpose, "op": str(state)}
        case Compare():
            return _compare_json(rule)
        case Did():
            found: dict[str, object] = {"event": rule.event, "op": str(rule.op), "value": _plain(rule.value)}
            optional = {"sum": rule.sum_of or None, "last_days": rule.last_days}
            found |= {name: value for name, value in optional.items() if value is not None}
            return found | ({"where": [_compare_json(one) for one in rule.where]} if rule.where else {})


def _compare_json(rule: Compare) -> dict[str, object]:
    found: dict[str, object] = {str(rule.subject): rule.name, "op": str(rule.op)}
    return found if rule.value is None else found | {"value": _plain(rule.value)}


def _plain(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value


def _wrong(path: str, found: object, allowed: str) -> Invalid:
    shown = repr(found)[:80]
    return Invalid(f"{path or 'segment'} is {shown}.", f"It must be {allowed}.", details={"path": path})


def _object(json: object, path: str) -> Mapping[str, object]:
    if not isinstance(json, dict):
        raise _wrong(path, json, "an object")
    return json


def _list(json: object, path: str) -> list[object]:
    if not isinstance(json, list) or len(json) > 10 * MAX_RULES:
        raise _wrong(path, json, f"a list of at most {10 * MAX_RULES}")
    return json


def _only(found: Mapping[str, object], path: str, allowed: tuple[str, ...]) -> None:
    for name in found:
        if name not in allowed:
            raise _wrong(f"{path}.{name}".lstrip("."), found[name], f"left out: only {', '.join(allowed)} stand here")


def _text(json: object, path: str) -> str:
    if not isinstance(json, str) or not json.strip():
        raise _wrong(path, json, "a text")
    return json


def _one_of(json: object, path: str, allowed: tuple[str, ...]) -> str:
    if json not in allowed:
        raise _wrong(path, json, f"one of {', '.join(allowed)}")
    return str(json)


def _scalar(json: object, path: str) -> Scalar:
    if isinstance(json, bool | int | float | str):
        return json
    raise _wrong(path, json, "a text, a number, true or false")


def _days(json: object, path: str) -> float:
    if isinstance(json, int | float) and not isinstance(json, bool) and 0 < json <= 36_500:
        return json
    raise _wrong(path, json, "a number of days above 0, at most 36500")
