"""The rule builder's form holds every rule: what is shown of one and sent back is that rule."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from audience_sync.model.rules import COUNTING, All, AnyOf, Compare, Consent, ConsentState, Did, Not, Op, Rule, Subject
from audience_sync.model.segments import RuleSegment, parse_segment, to_json
from audience_sync.sources.protocol import Catalog, FieldType
from audience_sync.web.forms import Form
from audience_sync.web.rendering import environment
from audience_sync.web.segment_controls import Fields
from audience_sync.web.segment_drafts import NEW, Condition, Group, add_condition, add_group, remove
from audience_sync.web.segment_form import draft_of_form, match_of
from audience_sync.web.segment_reading import draft_of, rule_of
from tests.web.controls import controls

CATALOG = Catalog(
    attributes={"tier": FieldType.TEXT, "age": FieldType.INTEGER, "vip": FieldType.BOOLEAN, "born_on": FieldType.DATE},
    traits={"revenue": FieldType.NUMBER, "last_purchase": FieldType.DATETIME},
    consents=("ads",),
    events={"purchase": {"amount": FieldType.NUMBER, "device": FieldType.TEXT}, "login": {}},
    identifiers=("email", "country"),
)
FIELDS = Fields(CATALOG)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = (
    st.booleans() | NUMBERS | TEXTS | st.sampled_from(["2026-01-31", "2026-01-31T12:00:00Z", '"', "[]", "1", "true"])
)
PART = environment().from_string(
    '{% import "segments/rule_parts.html" as rules with context %}{{ rules.group(page.draft, root) }}'
)
DAYS = st.integers(1, 400) | st.floats(0.001, 400)
NAMES = {
    Subject.ATTRIBUTE: ["tier", "age", "vip", "born_on", "gone", "a:b.c"],
    Subject.TRAIT: ["revenue", "last_purchase"],
    Subject.IDENTIFIER: ["email", "country"],
    Subject.PROPERTY: ["amount", "device", "gone"],
}


@dataclass
class Shown:
    """What the builder's template asks of its page."""

    draft: Group
    fields: Fields = FIELDS
    focus: str = ""
    here: str = "/segments/new/rules"


def values_of(op: Op) -> st.SearchStrategy[object]:
    match op:
        case Op.EXISTS | Op.NOT_EXISTS:
            return st.none()
        case Op.IN | Op.NOT_IN:
            return st.lists(SCALARS, max_size=3).map(tuple)
        case Op.BETWEEN:
            return st.tuples(SCALARS, SCALARS)
        case Op.IN_LAST_DAYS | Op.MORE_THAN_DAYS_AGO:
            return DAYS
        case _:
            return SCALARS


@st.composite
def compares(draw: st.DrawFn, *subjects: Subject) -> Compare:
    subject, op = draw(st.sampled_from(subjects)), draw(st.sampled_from(Op))
    return Compare(subject, draw(st.sampled_from(NAMES[subject])), op, draw(values_of(op)))  # type: ignore[arg-type]  # Drawn to fit.


@st.composite
def deeds(draw: st.DrawFn) -> Did:
    op = draw(st.sampled_from(COUNTING))
    value = draw(st.tuples(NUMBERS, NUMBERS) if op is Op.BETWEEN else NUMBERS)
    where = tuple(draw(st.lists(compares(Subject.PROPERTY), max_size=2)))
    event, sum_of = draw(st.sampled_from(["purchase", "login", "gone"])), draw(st.sampled_from(["", "amount", "gone"]))
    return Did(event, op, value, sum_of, draw(st.none() | DAYS), where)


LEAVES: st.SearchStrategy[Rule] = st.one_of(
    compares(Subject.ATTRIBUTE, Subject.TRAIT, Subject.IDENTIFIER),
    st.builds(Consent, st.sampled_from(["ads", "gone"]), st.sampled_from(ConsentState)),
    deeds(),
)
RULES: st.SearchStrategy[Rule] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple).map(All),
        st.lists(inner, max_size=3).map(tuple).map(AnyOf),
        inner.map(Not),
    ),
    max_leaves=6,
)


def page(draft: Group) -> str:
    """The builder's fields as HTML."""
    return PART.render(page=Shown(draft), form=Form(), root="r", match_of=match_of)


def sent(draft: Group) -> Group:
    """The draft that a browser sends back of the page that shows it."""
    return draft_of_form(controls(page(draft)).values, FIELDS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RULES)
@example(Not(Not(Not(AnyOf(())))))
@example(Compare(Subject.ATTRIBUTE, "tier", Op.IN, ("5", 5, True, "a\nb", " a", "")))
@example(Compare(Subject.ATTRIBUTE, "age", Op.LESS_THAN, "five"))
@example(Compare(Subject.ATTRIBUTE, "tier", Op.IN_LAST_DAYS, 30))
def test_any_rule_comes_back_from_the_form_as_it_was(rule: Rule) -> None:
    reading = rule_of(sent(draft_of(rule, FIELDS)), FIELDS)
    assert reading.problems == {}
    assert reading.rule == rule
    assert repr(reading.rule) == repr(rule), "1, 1.0 and True are equal, and not the same"


PATHS = st.sampled_from(["r", "r.0", "r.1", "r.0.0", "r.0.w0", "r.\u00b2", "r..", "q", "r.w1", "r.99999999"])
KEYS = st.sampled_from(["match", "twice", "bare", "field", "was", "op", "value", "high", "not", "sum", "days", "free"])
ANY_VALUES = TEXTS | st.sampled_from(
    ["all", "event:purchase", "attribute:age", "property:device", "is", "in", "between"]
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.tuples(PATHS, KEYS).map(".".join), ANY_VALUES, max_size=20))
def test_whatever_is_sent_is_a_rule_or_a_problem(form: dict[str, str]) -> None:
    reading = rule_of(draft_of_form({"r.match": "all"} | form, FIELDS), FIELDS)
    assert parse_segment(to_json(RuleSegment(reading.rule))) == RuleSegment(reading.rule)


def test_a_new_segment_asks_for_its_first_condition() -> None:
    assert rule_of(sent(NEW), FIELDS).problems.keys() == {"r.0.field"}


def test_a_group_is_added_inside_a_group() -> None:
    draft, at = add_group(NEW, "r")
    draft, at = add_group(draft, "r.1")
    assert at == "r.1.1.0"
    assert sent(draft) == draft


def test_a_condition_is_taken_out_of_the_middle() -> None:
    draft, _ = add_condition(Group(members=(Condition("trait:revenue"), Condition("attribute:tier"))), "r")
    assert remove(draft, "r.1") == (Group(members=(Condition("trait:revenue"), Condition())), "r")


@pytest.mark.parametrize("path", ["r", "r.9", "r.0.w0", "r.x", "", "r.0.0"])
def test_what_is_not_there_cannot_be_taken_out(path: str) -> None:
    assert remove(NEW, path)[0] == NEW


def test_another_field_forgets_what_the_old_one_was_compared_with() -> None:
    form = {"r.match": "all", "r.0.field": "trait:revenue", "r.0.was": "is attribute:tier", "r.0.op": "is"}
    draft = draft_of_form({**form, "r.0.value": "gold"}, FIELDS)
    assert draft.members == (Condition("trait:revenue", "is"),)


def test_the_operators_are_those_of_the_fields_type() -> None:
    assert "contains" in FIELDS.ops("attribute:tier")
    assert "contains" not in FIELDS.ops("trait:revenue")
    assert FIELDS.ops("identifier:email") == ("exists", "not_exists")


@pytest.mark.parametrize("field", ["nonsense", "property:amount", "consent:", ":x"])
def test_a_field_that_nobody_offers_is_none(field: str) -> None:
    draft = draft_of_form({"r.match": "all", "r.0.field": field, "r.0.op": "drop table"}, FIELDS)
    assert draft.members == (Condition(),)


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("trait:revenue", "at_least", "1,000"),
        ("attribute:tier", "is", ""),
        ("attribute:tier", "in", " \n"),
        ("trait:last_purchase", "before", "yesterday"),
        ("event:purchase", "at_least", "many"),
        ("attribute:tier", "is", '"open'),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(field: str, op: str, value: str) -> None:
    reading = rule_of(Group(members=(Condition(field, op, value),)), FIELDS)
    assert reading.problems.keys() == {"r.0.value"}
