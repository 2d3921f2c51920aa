"""A made-up crowd, and an independent answer to the question who of it meets a rule: plain Python over plain dicts."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import assert_never

from audience_sync.model.rules import All, AnyOf, Compare, Consent, Did, Not, Op, Rule, Subject, Value

People = list[dict[str, object]]
PLANS = ("Free", "pro", "PRO plus", "team")
NAMES = ("purchase", "login", "view")
START = datetime(2026, 1, 1, tzinfo=UTC)


def random_profiles(dice: random.Random, count: int) -> People:
    """Flat objects as in a JSONL file; a value that a profile lacks is null."""

    def perhaps(value: object) -> object:
        return value if dice.random() < 0.8 else None

    return [
        {
            "profile_id": f"p{number}",
            "email": perhaps(f"p{number}@example.com"),
            "country": perhaps(dice.choice(("US", "DE"))),
            "plan": perhaps(dice.choice(PLANS)),
            "age": perhaps(dice.randrange(18, 80)),
            "score": perhaps(dice.randrange(0, 400) / 4),
            "vip": perhaps(dice.random() < 0.5),
            "born_on": perhaps(str(date(1960, 1, 1) + timedelta(days=dice.randrange(20000)))),
            "joined_at": perhaps((START + timedelta(hours=dice.randrange(8000))).isoformat()),
            "ads_consent": perhaps(dice.choice(("granted", "denied"))),
        }
        for number in range(count)
    ]


def random_events(dice: random.Random, profiles: People, count: int) -> People:
    """Objects as in a JSONL file; some profiles have none."""
    busy = [profile["profile_id"] for profile in profiles[: len(profiles) * 2 // 3]]
    return [
        {
            "profile_id": dice.choice(busy),
            "event": dice.choice(NAMES),
            "time": (START + timedelta(hours=dice.randrange(8000))).isoformat(),
            "amount": dice.choice((None, dice.randrange(0, 4000) / 4)),
            "device": dice.choice((None, "App", "web")),
        }
        for _ in range(count)
    ]


def meets(rule: Rule, profile: dict[str, object], events: People, as_of: datetime) -> bool:
    """Whether the rule holds for the profile, given the events of all profiles."""
    match rule:
        case All(rules):
            return all(meets(inner, profile, events, as_of) for inner in rules)
        case AnyOf(rules):
            return any(meets(inner, profile, events, as_of) for inner in rules)
        case Not(inner):
            return not meets(inner, profile, events, as_of)
        case Consent(_, state):
            return (profile["ads_consent"] or "unknown") == state
        case Compare():
            return _compares(rule, profile.get(rule.name), as_of)
        case Did():
            return _did(rule, [each for each in events if each["profile_id"] == profile["profile_id"]], as_of)
    assert_never(rule)


def _did(rule: Did, events: People, as_of: datetime) -> bool:
    since = as_of - timedelta(days=rule.last_days) if rule.last_days is not None else START - timedelta(days=9999)
    found = [
        event
        for event in events
        if event["event"] == rule.event
        and since <= datetime.fromisoformat(str(event["time"])) <= as_of
        and all(_compares(condition, event.get(condition.name), as_of) for condition in rule.where)
    ]
    measure = sum(float(str(event[rule.sum_of] or 0)) for event in found) if rule.sum_of else len(found)
    return _numbers(rule.op, measure, rule.value)


OPPOSITE = {Op.IS_NOT: Op.IS, Op.NOT_IN: Op.IN, Op.NOT_CONTAINS: Op.CONTAINS, Op.NOT_EXISTS: Op.EXISTS}


def _compares(rule: Compare, value: object, as_of: datetime) -> bool:
    if rule.op in OPPOSITE:
        return not _compares(Compare(rule.subject, rule.name, OPPOSITE[rule.op], rule.value), value, as_of)
    if rule.op is Op.EXISTS:
        return value is not None
    if value is None:
        return False
    if rule.name in ("born_on", "joined_at"):
        return _dates(rule.op, _moment(str(value)), rule.value, as_of)
    if isinstance(value, bool) or not isinstance(value, str):
        return _numbers(rule.op, value, rule.value)
    return _texts(rule.op, value.lower(), rule.value)


def _texts(op: Op, value: str, wanted: Value) -> bool:
    if isinstance(wanted, tuple):
        return value in [str(each).lower() for each in wanted]
    text = str(wanted).lower()
    tests: dict[Op, Callable[[], bool]] = {
        Op.IS: lambda: value == text,
        Op.CONTAINS: lambda: text in value,
        Op.STARTS_WITH: lambda: value.startswith(text),
        Op.ENDS_WITH: lambda: value.endswith(text),
    }
    return tests[op]()


def _numbers(op: Op, value: object, wanted: Value) -> bool:
    number = float(str(value)) if not isinstance(value, bool) else value
    if isinstance(wanted, tuple):
        pair = [float(each) for each in wanted]
        return pair[0] <= number <= pair[1] if op is Op.BETWEEN else number in pair
    assert wanted is not None
    bound = float(wanted) if not isinstance(wanted, bool) else wanted
    tests = {
        Op.IS: number == bound,
        Op.IS_NOT: number != bound,
        Op.LESS_THAN: number < bound,
        Op.AT_MOST: number <= bound,
        Op.MORE_THAN: number > bound,
        Op.AT_LEAST: number >= bound,
    }
    return tests[op]


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _dates(op: Op, value: datetime, wanted: Value, as_of: datetime) -> bool:
    if op in (Op.IN_LAST_DAYS, Op.MORE_THAN_DAYS_AGO):
        assert isinstance(wanted, int | float)
        since = as_of - timedelta(days=wanted)
        return value < since if op is Op.MORE_THAN_DAYS_AGO else since <= value <= as_of
    days = [date.fromisoformat(str(each)) for each in (wanted if isinstance(wanted, tuple) else (wanted,))]
    day = value.date()
    tests = {
        Op.BEFORE: day < days[0],
        Op.AFTER: day > days[0],
        Op.ON: day == days[0],
        Op.BETWEEN: days[0] <= day <= days[-1],
    }
    return tests[op]


SUBJECTS = {"country": Subject.IDENTIFIER, "email": Subject.IDENTIFIER}
