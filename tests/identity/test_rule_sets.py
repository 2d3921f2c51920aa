"""The rule sets themselves: names, forms, and the fast path of every rule against its authority."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audience_sync.errors import Invalid
from audience_sync.identity.arrays import as_texts
from audience_sync.identity.rule import Rule, never_sure
from audience_sync.identity.rules import RULE_SETS, named, rule_set
from audience_sync.identity.text import ASCII_BLANKS
from audience_sync.model.identifiers import IdentifierKind, KeyColumn
from tests.identity.test_phones import numbers
from tests.identity.test_properties import values_of

FAST = {
    f"{rules.name} {kind}={form}": (kind, rule)
    for rules in RULE_SETS.values()
    for kind in IdentifierKind
    for form, rule in [("", rules.rules.get((kind, ""))), *rules.forms.get(kind, {}).items()]
    if rule is not None and rule.sure is not never_sure
}
COMMON = {
    "email": "Mary.Smith+News@Gmail.com",
    "phone": "+44 20 7946 0958",
    "mobile_ad_id": "AECE52E7-03EE-455A-B3C4-E57283966239",
    "external_id": "cust-42",
    "first_name": "Mary-Ann",
    "last_name": "O'Brien",
    "city": "London",
    "postal_code": "12345",
}


def sure(rule: Rule, values: list[str], regions: list[str]) -> list[str | None]:
    return rule.sure(as_texts(list(values)), as_texts(list(regions))).to_pylist()


@pytest.mark.parametrize("name", FAST)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_fast_path_is_never_wrong(name: str, data: st.DataObject) -> None:
    kind, rule = FAST[name]
    drawn = data.draw(st.lists(values_of(kind) | st.emails(), min_size=1, max_size=20))
    values = [value.strip(ASCII_BLANKS) for value in drawn if value.isprintable()]
    answers = zip(values, sure(rule, values, ["US"] * len(values)), strict=True)
    assert [(value, form) for value, form in answers if form is not None and rule.exact(value, "US") != form] == []


@pytest.mark.parametrize("name", FAST)
def test_a_fast_path_is_sure_of_what_is_common(name: str) -> None:
    kind, rule = FAST[name]
    assert sure(rule, [COMMON[kind]], [""]) == [rule.exact(COMMON[kind], "")]


@pytest.mark.parametrize("name", [name for name, (kind, _) in FAST.items() if kind == "phone"])
def test_a_fast_path_reads_the_phones_of_every_region_as_the_authority_does(name: str) -> None:
    rule = FAST[name][1]
    values, regions = zip(*numbers(4_000, seed=20261125), strict=True)
    answers = list(zip(values, regions, sure(rule, list(values), list(regions)), strict=True))
    wrong = [(value, region) for value, region, form in answers if form and rule.exact(value, region) != form]
    assert (wrong, sum(bool(form) for *_, form in answers) > 1_000) == ([], True)


@pytest.mark.parametrize("name", RULE_SETS)
def test_every_rule_is_told_in_words(name: str) -> None:
    told = [rule.words for rule in rule_set(name).rules.values()]
    assert all(words and words[0] != " " and not words.endswith(".") for words in told)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("tiktok/1", "tiktok/1"),
        ("tiktok/1+email=full", "tiktok/1"),
        ("tiktok/1+phone=both+email=plain", "tiktok/1+email=plain+phone=both"),
        ("tiktok/1+phone=digits", "tiktok/1+phone=digits"),
        ("meta/1", "meta/1"),
    ],
)
def test_rules_have_one_name_however_they_are_asked_for(asked: str, name: str) -> None:
    assert rule_set(asked).name == name


def test_a_name_can_be_made_of_what_somebody_chose() -> None:
    assert named("tiktok/1", {"phone": "both", "email": "full"}) == "tiktok/1+phone=both"


def test_a_chosen_form_takes_the_place_of_the_default_and_leaves_the_rest() -> None:
    plain, default = rule_set("tiktok/1+email=plain"), rule_set("tiktok/1")
    changed = {key for key, rule in plain.rules.items() if rule is not default.rules[key]}
    assert changed == {(IdentifierKind.EMAIL, "")}


@pytest.mark.parametrize("name", RULE_SETS)
def test_the_default_is_one_of_the_forms(name: str) -> None:
    found = rule_set(name)
    assert all(found.rules[kind, ""] in forms.values() for kind, forms in found.forms.items())


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("meta/2", "tiktok/1"),
        ("tiktok/1+email=short", "email=no_tag"),
        ("tiktok/1+email", "email=no_tag"),
        ("tiktok/1+city=plain", "phone=both"),
        ("meta/1+email=plain", "none"),
        ("tiktok/1+email=plain+email=full", "one form"),
    ],
)
def test_what_is_not_offered_is_refused_with_what_is(name: str, hint: str) -> None:
    with pytest.raises(Invalid) as refused:
        rule_set(name)
    assert hint in refused.value.hint


def test_a_column_without_a_rule_is_refused() -> None:
    with pytest.raises(Invalid):
        rule_set("linkedin/1").of(KeyColumn(IdentifierKind.PHONE, "PHONE"))


def test_digests_are_written_in_lower_case_hex() -> None:
    assert {rules.digest_text(b"\xab") for rules in RULE_SETS.values()} == {"ab"}
