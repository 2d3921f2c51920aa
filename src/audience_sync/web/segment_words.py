"""A segment's definition in words, so that nobody needs to read JSON to know who is in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from audience_sync.model.rules import All, AnyOf, Compare, Consent, ConsentState, Did, Not, Op, Rule, Subject, Value
from audience_sync.model.segments import ListKind, ListSegment, RuleSegment, Segment, SqlSegment
from audience_sync.web.segment_values import MOMENT
from audience_sync.web.words import number, plural

KINDS = {"rules": "Rules", "sql": "SQL", "list": "Fixed list"}
LISTED = {ListKind.EMAIL: "e-mail address", ListKind.PHONE: "phone number", ListKind.PROFILE_ID: "profile id"}
LISTED_MANY = {ListKind.EMAIL: "e-mail addresses"}
IDENTIFIERS = {
    "email": "E-mail address",
    "phone": "Phone number",
    "mobile_ad_id": "Device ID",
    "external_id": "External ID",
    "first_name": "First name",
    "last_name": "Last name",
    "city": "City",
    "region": "Region",
    "postal_code": "Postal code",
    "country": "Country",
    "birth_date": "Birth date",
    "gender": "Gender",
}
WORDS: Mapping[str, str] = {
    Op.IS: "is",
    Op.IS_NOT: "is not",
    Op.IN: "is any of",
    Op.NOT_IN: "is none of",
    Op.CONTAINS: "contains",
    Op.NOT_CONTAINS: "does not contain",
    Op.STARTS_WITH: "starts with",
    Op.ENDS_WITH: "ends with",
    Op.LESS_THAN: "is less than",
    Op.AT_MOST: "is at most",
    Op.MORE_THAN: "is more than",
    Op.AT_LEAST: "is at least",
    Op.BETWEEN: "is between",
    Op.BEFORE: "is before",
    Op.AFTER: "is after",
    Op.ON: "is on",
    Op.IN_LAST_DAYS: "is in the last",
    Op.MORE_THAN_DAYS_AGO: "is longer ago than",
    Op.EXISTS: "is known",
    Op.NOT_EXISTS: "is not known",
}
COUNTED: Mapping[str, str] = {
    Op.AT_LEAST: "at least",
    Op.AT_MOST: "at most",
    Op.MORE_THAN: "more than",
    Op.LESS_THAN: "less than",
    Op.IS: "exactly",
    Op.IS_NOT: "anything but",
    Op.BETWEEN: "between",
}
STATES = {ConsentState.GRANTED: "granted", ConsentState.DENIED: "denied", ConsentState.UNKNOWN: "not known"}
EVERYBODY, NOT_ALL, ANY, NONE = (
    "All of these hold:",
    "Not all of these hold:",
    "Any of these holds:",
    "None of these holds:",
)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and what it is about where that is a list."""

    text: str
    members: tuple["Said", ...] = ()


def said(segment: Segment) -> Said:
    """Who is in the segment."""
    match segment:
        case RuleSegment(rule):
            return rule_said(rule)
        case SqlSegment():
            return Said("The profiles whose ids this statement returns:")
        case ListSegment(_, kind, count):
            return Said(f"Who has one of {plural(count, LISTED[kind], LISTED_MANY.get(kind, ''))} on a fixed list.")
    assert_never(segment)


def rule_said(rule: Rule) -> Said:
    """The rule as sentences."""
    match rule:
        case All(rules):
            return _group(EVERYBODY, "Everybody.", rules)
        case AnyOf(rules):
            return _group(ANY, "Nobody.", rules)
        case Not(All(rules)) if rules:
            return _group(NOT_ALL, "", rules)
        case Not(AnyOf(rules)) if rules:
            return _group(NONE, "", rules)
        case Not(inner):
            return Said("This does not hold:", (rule_said(inner),))
        case Consent(purpose, state):
            return Said(f"Consent for {spaced(purpose)} is {STATES[state]}.")
        case Compare():
            return Said(f"{compared(rule)}.")
        case Did():
            return _did(rule)
    assert_never(rule)


def compared(rule: Compare) -> str:
    """`Tier is “gold”`."""
    name = IDENTIFIERS.get(rule.name, "") if rule.subject is Subject.IDENTIFIER else ""
    name = name or spaced(rule.name)
    words = f"{name[:1].upper()}{name[1:]} {WORDS[rule.op]}"
    match rule.op, rule.value:
        case ((Op.EXISTS | Op.NOT_EXISTS), _):
            return words
        case ((Op.IN_LAST_DAYS | Op.MORE_THAN_DAYS_AGO), (int() | float()) as days):
            return f"{words} {_days(days)}"
        case Op.BETWEEN, (low, high):
            return f"{words} {_value(low)} and {_value(high)}"
        case _, tuple() as values:
            return f"{words} {', '.join(map(_value, values)) or 'nothing'}"
        case _, value:
            return f"{words} {_value(value)}"


def spaced(name: str) -> str:
    """A field's name as words."""
    return name.replace("_", " ")


def _group(many: str, none: str, rules: tuple[Rule, ...]) -> Said:
    if len(rules) == 1 and many in (EVERYBODY, ANY):
        return rule_said(rules[0])
    return Said(many, tuple(map(rule_said, rules))) if rules else Said(none)


def _did(rule: Did) -> Said:
    name = spaced(rule.event)
    values = rule.value if isinstance(rule.value, tuple) else (rule.value,)
    amount = " and ".join(map(_value, values))
    when = f" in the last {_days(rule.last_days)}" if rule.last_days is not None else ""
    if rule.sum_of:
        text = f"The sum of {spaced(rule.sum_of)} over “{name}” is {COUNTED[rule.op]} {amount}{when}"
    else:
        text = f"Did “{name}” {COUNTED[rule.op]} {amount} {'time' if amount == '1' else 'times'}{when}"
    if not rule.where:
        return Said(f"{text}.")
    return Said(f"{text}, counting only where:", tuple(Said(f"{compared(inner)}.") for inner in rule.where))


def _days(days: float) -> str:
    return plural(days, "day") if isinstance(days, int) else f"{number(days, 2).rstrip('0')} days"


def _value(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() if abs(value) < 10**15:
            return number(value)
        case str():
            return value if MOMENT.fullmatch(value) else f"“{value}”"
        case _:
            return str(value)
