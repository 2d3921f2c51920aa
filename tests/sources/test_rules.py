"""The compiler of rules: against an independent evaluator, and case by case where people may differ."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audience_sync.errors import Invalid
from audience_sync.model.rules import COUNTING, All, AnyOf, Compare, Consent, ConsentState, Did, Not, Op, Rule, Subject
from audience_sync.model.segments import RuleSegment
from tests.sources.ground import AS_OF, Store
from tests.sources.people import NAMES, PLANS, START, meets

DAYS = st.integers(1, 400) | st.sampled_from([0.5, 1.25])
NUMBERS = st.integers(0, 100) | st.integers(0, 400).map(lambda n: n / 4)
DATES = st.integers(0, 400).map(lambda n: str((START + timedelta(days=n)).date()))
BIRTHS = st.integers(1958, 2018).map(lambda year: f"{year}-06-15")
TEXTS = st.sampled_from([*PLANS, "FREE", "o", "pro ", "%", "_", "'", ""])


def _pair(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.tuples(values, values).map(lambda pair: tuple(sorted(pair)))  # type: ignore[type-var]  # Of one type.


def _values(op: Op, values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    match op:
        case Op.EXISTS | Op.NOT_EXISTS:
            return st.none()
        case Op.IN | Op.NOT_IN:
            return st.lists(values, max_size=4).map(tuple)
        case Op.BETWEEN:
            return _pair(values)
        case Op.IN_LAST_DAYS | Op.MORE_THAN_DAYS_AGO:
            return DAYS
        case _:
            return values


def _compare(
    name: str, ops: str, values: st.SearchStrategy[object], subject: Subject = Subject.ATTRIBUTE
) -> st.SearchStrategy[Compare]:
    found = st.sampled_from([Op(op) for op in f"{ops} exists not_exists".split()])
    return found.flatmap(lambda op: _values(op, values).map(lambda value: Compare(subject, name, op, value)))  # type: ignore[arg-type]  # Drawn to fit.


TEXT = "is is_not in not_in contains not_contains starts_with ends_with"
NUMBER = "is is_not in not_in less_than at_most more_than at_least between"
DATE = "before after on between in_last_days more_than_days_ago"
CONDITIONS = st.lists(
    _compare("amount", NUMBER, NUMBERS, Subject.PROPERTY) | _compare("device", TEXT, TEXTS, Subject.PROPERTY),
    max_size=2,
)
DID = st.builds(
    lambda name, op, pair, sum_of, days, where: Did(
        name, op, pair if op is Op.BETWEEN else pair[0], sum_of, days, tuple(where)
    ),
    st.sampled_from(NAMES),
    st.sampled_from(COUNTING),
    _pair(st.integers(-1, 6)),
    st.sampled_from(["", "amount"]),
    st.none() | DAYS,
    CONDITIONS,
)
LEAVES: st.SearchStrategy[Rule] = st.one_of(
    _compare("plan", TEXT, TEXTS),
    _compare("country", TEXT, st.sampled_from(["us", "DE", "E"]), Subject.IDENTIFIER),
    _compare("email", "", st.none(), Subject.IDENTIFIER),
    _compare("age", NUMBER, NUMBERS),
    _compare("score", NUMBER, NUMBERS),
    _compare("vip", "is is_not", st.booleans()),
    _compare("born_on", DATE, BIRTHS),
    _compare("joined_at", DATE, DATES),
    st.sampled_from(ConsentState).map(lambda state: Consent("ads", state)),
    DID,
)
RULES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda rules: All(tuple(rules))),
        st.lists(inner, max_size=3).map(lambda rules: AnyOf(tuple(rules))),
        inner.map(Not),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(RULES, st.integers(0, 400).map(lambda n: START + timedelta(days=n, hours=n % 24)))
def test_the_compiler_agrees_with_plain_python(crowd: Store, rule: Rule, as_of: datetime) -> None:
    profiles = json.loads((crowd.root / "profiles.json").read_text())
    events = json.loads((crowd.root / "events.json").read_text())

    found = set(crowd.fingerprints(RuleSegment(rule), as_of=as_of, consent_purpose="nothing"))

    assert found == {each["profile_id"] for each in profiles if meets(rule, each, events, as_of)}


PEOPLE = """profile_id,plan,age,joined_on
a,Pro,30,2026-05-28
b,free,40,2026-05-27
c,,,
"""
ORDERS = """profile_id,event,time,amount
a,purchase,2026-11-24T00:00:00Z,10
a,purchase,2026-11-23T00:00:00Z,0.1
b,purchase,2026-11-24T00:00:01Z,1000
b,purchase,2026-05-28,99.9
"""


@pytest.fixture
def shop(store: Store) -> Store:
    store.give("profiles", PEOPLE)
    store.give("events", ORDERS)
    return store


def test_whoever_lacks_a_value_is_not_any_value(shop: Store) -> None:
    assert shop.members({"attribute": "plan", "op": "is_not", "value": "pro"}) == {"b", "c"}


def test_texts_are_compared_without_regard_to_case(shop: Store) -> None:
    assert shop.members({"attribute": "plan", "op": "in", "value": ["PRO", "FREE"]}) == {"a", "b"}


def test_events_after_as_of_have_not_happened(shop: Store) -> None:
    assert shop.members({"event": "purchase", "sum": "amount", "op": "at_least", "value": 500}) == set()


def test_an_event_at_either_end_of_the_window_counts(shop: Store) -> None:
    rule = {"event": "purchase", "op": "at_least", "value": 1, "last_days": 180}

    assert shop.members(rule, as_of=AS_OF) == {"a", "b"}


def test_at_most_no_times_includes_those_who_never_did(shop: Store) -> None:
    rule = {"event": "purchase", "op": "at_most", "value": 0, "last_days": 10}

    assert shop.members(rule) == {"b", "c"}


def test_sums_do_not_suffer_from_binary_fractions(store: Store) -> None:
    rows = "".join(f"a,purchase,2026-11-{day:02d},0.1\n" for day in range(1, 11))
    store.give("profiles", "profile_id\na\n")
    store.give("events", "profile_id,event,time,amount\n" + rows)

    assert store.members({"event": "purchase", "sum": "amount", "op": "at_least", "value": 1}) == {"a"}


def test_nothing_is_in_an_empty_list(shop: Store) -> None:
    rule = {"event": "purchase", "where": [{"property": "amount", "op": "in", "value": []}]}

    assert shop.members(rule) == set()


def test_values_are_never_read_as_sql(shop: Store) -> None:
    rule = {"attribute": "plan", "op": "is", "value": "x') OR ('1'='1"}

    assert shop.members(rule) == set()


def test_an_unknown_field_is_refused_with_near_names(shop: Store) -> None:
    with pytest.raises(Invalid, match="Near it: plan"):
        shop.members({"attribute": "plann", "op": "exists"})


def test_an_operator_that_the_type_lacks_is_refused(shop: Store) -> None:
    with pytest.raises(Invalid, match="age is a integer: it cannot be compared by contains"):
        shop.members({"attribute": "age", "op": "contains", "value": "3"})


def test_a_value_of_another_type_is_refused(shop: Store) -> None:
    with pytest.raises(Invalid, match="cannot be compared with 'thirty'"):
        shop.members({"attribute": "age", "op": "is", "value": "thirty"})


def test_a_text_that_is_no_date_is_refused(shop: Store) -> None:
    with pytest.raises(Invalid, match="is no date"):
        shop.members({"attribute": "joined_on", "op": "before", "value": "24/11/2026"})


def test_computed_traits_can_be_compared(shop: Store) -> None:
    assert shop.members({"trait": "purchases", "op": "at_least", "value": 2}) == {"a", "b"}


def test_who_never_bought_has_no_purchases(shop: Store) -> None:
    assert shop.members({"trait": "purchases", "op": "is", "value": 0}) == {"c"}
