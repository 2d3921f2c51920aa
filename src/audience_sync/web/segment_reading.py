"""From a rule to a draft that can be changed on a page, and from a draft to the rule, or to what it still lacks."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from audience_sync.model.rules import All, AnyOf, Compare, Consent, ConsentState, Did, Not, Op, Rule, Subject, Value
from audience_sync.web.segment_controls import KNOWN, LISTS, Fields
from audience_sync.web.segment_drafts import ROOT, Condition, Draft, Group
from audience_sync.web.segment_values import Kind, fits, read, read_list, shown, shown_list

T = TypeVar("T")


def draft_of(rule: Rule, fields: Fields) -> Group:
    """The rule as a draft. A rule that is no group stands in one of its own while it is being changed."""
    found = _drafted(rule, fields)
    return found if isinstance(found, Group) else Group(members=(found,), is_bare=True)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a draft says: `rule` leaves out what is not complete, and `problems` tell what that lacks, by field."""

    rule: Rule
    problems: dict[str, str] = field(default_factory=dict)


def rule_of(draft: Group, fields: Fields) -> Reading:
    """The rule that was written."""
    reader = _Reader()
    rule = reader.group(draft, ROOT, fields)
    return Reading(All(()) if rule is None else rule, reader.problems)


def _drafted(rule: Rule, fields: Fields) -> Draft:
    nots = 0
    while isinstance(rule, Not):
        rule, nots = rule.rule, nots + 1
    match rule:
        case All(rules) | AnyOf(rules):
            members = tuple(_drafted(inner, fields) for inner in rules)
            return Group("all" if isinstance(rule, All) else "any", nots, members)
        case Consent(purpose, state):
            return Condition(f"consent:{purpose}", str(state), nots=nots)
        case Compare():
            return replace(_compared(rule, fields), nots=nots)
        case Did():
            return replace(_did(rule, fields), nots=nots)
    raise AssertionError(rule)


def _compared(rule: Compare, fields: Fields) -> Condition:
    condition = Condition(f"{rule.subject}:{rule.name}", str(rule.op))
    values = rule.value if isinstance(rule.value, tuple) else () if rule.value is None else (rule.value,)
    kind = fields.kind(condition)
    is_free = kind is None or not all(fits(value, kind) for value in values)
    return _filled(replace(condition, is_free=is_free), rule.value, None if is_free else kind)


def _did(rule: Did, fields: Fields) -> Condition:
    inner = fields.of(rule.event)
    condition = Condition(
        f"event:{rule.event}",
        str(rule.op),
        sum_of=rule.sum_of,
        days="" if rule.last_days is None else shown(rule.last_days, None),
        where=tuple(_compared(each, inner) for each in rule.where),
    )
    return _filled(condition, rule.value, None)


def _filled(condition: Condition, value: Value, kind: Kind) -> Condition:
    match value:
        case None:
            return condition
        case (low, high) if condition.op == Op.BETWEEN:
            return replace(condition, value=shown(low, kind), high=shown(high, kind))
        case tuple():
            return replace(condition, value=shown_list(value, kind))
        case _:
            return replace(condition, value=shown(value, kind))


class _Reader:
    """Collects what is not complete, by the field of the form, while the draft is walked."""

    def __init__(self) -> None:
        self.problems: dict[str, str] = {}

    def group(self, group: Group, path: str, fields: Fields) -> Rule | None:
        read_members = [self.member(each, f"{path}.{n}", fields) for n, each in enumerate(group.members)]
        rules = tuple(rule for rule in read_members if rule is not None)
        if group.members and not rules:
            return None
        if group.is_bare and len(group.members) == len(rules) == 1 and (group.match, group.nots) == ("all", 0):
            return rules[0]
        return _negated(All(rules) if group.match == "all" else AnyOf(rules), group.nots)

    def member(self, draft: Draft, path: str, fields: Fields) -> Rule | None:
        if isinstance(draft, Group):
            return self.group(draft, path, fields)
        rule = self.condition(draft, path, fields)
        return None if rule is None else _negated(rule, draft.nots)

    def condition(self, draft: Condition, path: str, fields: Fields) -> Rule | None:
        match draft.word:
            case "":
                self.problems[f"{path}.field"] = "Choose what is compared, or remove this condition."
                return None
            case "consent":
                return Consent(draft.name, ConsentState(draft.op))
            case "event":
                return self.did(draft, path, fields)
            case _:
                return self.compare(draft, path, fields)

    def did(self, draft: Condition, path: str, fields: Fields) -> Did | None:
        before = len(self.problems)
        value = self.value(draft, path, None)
        days = self.asked(f"{path}.days", lambda: _days(draft.days)) if draft.days.strip() else None
        inner = fields.of(draft.name)
        where = tuple(
            found
            for n, each in enumerate(draft.where)
            if isinstance(found := self.condition(each, f"{path}.w{n}", inner), Compare)
        )
        numbers = value if isinstance(value, tuple) else (value,)
        if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers):
            self.problems.setdefault(f"{path}.value", "Write a number such as 3.")
        if len(self.problems) > before:
            return None
        return Did(draft.name, Op(draft.op), value, draft.sum_of, days, where)

    def compare(self, draft: Condition, path: str, fields: Fields) -> Compare | None:
        before = len(self.problems)
        kind = None if draft.is_free else fields.kind(draft)
        value = None if draft.op in KNOWN else self.value(draft, path, kind)
        if len(self.problems) > before:
            return None
        return Compare(Subject(draft.word), draft.name, Op(draft.op), value)

    def value(self, draft: Condition, path: str, kind: Kind) -> Value:
        if draft.op in LISTS:
            return self.asked(f"{path}.value", lambda: read_list(draft.value, kind))
        low = self.asked(f"{path}.value", lambda: read(draft.value, kind))
        if draft.op != Op.BETWEEN:
            return low
        high = self.asked(f"{path}.high", lambda: read(draft.high, kind))
        return None if low is None or high is None else (low, high)

    def asked(self, name: str, ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except ValueError as problem:
            self.problems[name] = str(problem)
            return None


def _days(text: str) -> float:
    found = read(text, None)
    if isinstance(found, bool | str) or not 0 < found <= 36_500:
        raise ValueError("Write a number of days, at most 36500, or leave it empty.")
    return found


def _negated(rule: Rule, nots: int) -> Rule:
    for _ in range(nots):
        rule = Not(rule)
    return rule
