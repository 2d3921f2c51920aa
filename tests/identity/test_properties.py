"""Whatever people type: the fast path and the authority agree, and a normal form is at rest."""

import hashlib
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audience_sync.identity.digests import NOTHING_HASHED
from audience_sync.identity.explain import Explained
from audience_sync.identity.rule import Rule
from audience_sync.identity.rules import rule_set
from audience_sync.model.identifiers import NAMING, IdentifierKind
from tests.identity.raw import Columns, columns_under, explained, made, normal

Profile = dict[str, Any]

RULES = (
    "meta/1",
    "google/1",
    "tiktok/1",
    "tiktok/1+email=no_tag+phone=digits",
    "tiktok/1+email=plain+phone=both",
    "snapchat/1",
    "linkedin/1",
)

COUNTRIES = st.sampled_from(["", "DE", "us", "GB", "United Kingdom", "IT", "BRA", "Narnia", "XK", "kz"])
BLANKS = st.text(st.sampled_from(" \t\u00a0\u200b\ufeff\u202a\n\x1c"), max_size=2)
PIECES = {
    "email": [*"aB.+-'_@ é", "İ", "Σ", "@example.com", "@gmail.com", "@GoogleMail.com", "Mary", "<", "\u200b", "ſ"],
    "phone": [*"0123456789+-. ()/#x", "+49", "0049", "0171", "tel:", " ext. 5", "٣", "(0)", "ABC", "+1", "44", "00"],
    "mobile_ad_id": ["38400000-8cf0-11bd-b23e-10b96e40000d", "00000000-0000-0000-0000-000000000000", "A", "-"],
    "birth_date": ["1985", "2024", "02", "29", "31", "7", "04", "12", "-", "/", ".", "T00:00", "٣"],
    "postal_code": ["SW1A", "1AA", "1", " ", "90210", "-1234", "K1A", "0B1", "é", "\t", "d"],
    "region": ["California", "ca", "CA", "us-", "New ", "York", "Bayern", "Île", "-", "9"],
    "country": ["DE", "usa", "Germany", "UK", "Côte d'Ivoire", "x"],
    "gender": ["f", "M", "male", "FEMALE", "x"],
    "first_name": ["Mr.", "dr. ", "MRS.\t", "Ann", "é", "E\u0301", " ", "-", "İ", "\u200b", "3"],
    "last_name": [", Jr.", " III", ",PhD", " v", "2nd", "O'Brien", "Quinn", "é", " ", "-", ",", "\u2009ii"],
}
LETTERS = [
    "a",
    "\u20e3",
    "\ufe0f",
    "सी",
    "Z",
    "é",
    "E\u0301",
    "ß",
    "Σ",
    "İ",
    "정",
    "O’",
    "'",
    "-",
    " ",
    "3",
    "🎉",
    "\u200d",
    "ﬁ",
    "K",
    "ا",
    "\n",
]
DIGESTS = st.sampled_from(
    [hashlib.new(name, text).hexdigest() for name in ("md5", "sha1", "sha256") for text in (b"", b"a")] + ["F" * 64]
)


def values_of(kind: str) -> st.SearchStrategy[str]:
    pieces = st.lists(st.sampled_from(PIECES.get(kind, LETTERS)), max_size=7).map("".join)
    core = st.one_of(pieces, pieces, pieces, st.text(max_size=12), DIGESTS)
    return st.builds(lambda before, text, after: f"{before}{text}{after}", BLANKS, core, BLANKS)


def profiles_with(kind: IdentifierKind) -> st.SearchStrategy[list[Profile]]:
    """Some profiles that have nothing but values of that kind, and a country."""
    value = COUNTRIES if kind == "country" else values_of(kind)
    held = st.lists(st.none() | value, max_size=3) if kind in NAMING else st.none() | value
    return st.lists(st.fixed_dictionaries({"country": COUNTRIES, kind: held}), max_size=5)


def columns_of(kind: IdentifierKind, rules: str) -> Columns:
    return tuple(column for column in columns_under(rules) if column.kind == kind)


def distinct_cases() -> list[tuple[str, IdentifierKind]]:
    """Rules and kind; platforms that share a rule and its form are tried once."""
    found: dict[tuple[tuple[Rule, bool], ...], tuple[str, IdentifierKind]] = {}
    for rules, kind in product(RULES, IdentifierKind):
        made_by = tuple((rule_set(rules).of(column).rule, column.hashed) for column in columns_of(kind, rules))
        if made_by:
            found.setdefault(made_by, (rules, kind))
    return list(found.values())


CASES = distinct_cases()


def one_by_one(kind: IdentifierKind, profile: Profile, rules: str) -> dict[str, Any]:
    """One profile's keys and refusals, by explaining its values one after the other."""
    values = profile[kind] if kind in NAMING else [profile[kind]]
    answers = [explained(kind, value, profile["country"], rules=rules) for value in values if value is not None]
    row: dict[str, Any] = {"refusals": sorted({f"{kind}:{why}" for each in answers for why in reasons_in(each)})}
    for column in columns_of(kind, rules):
        found = [one for each in answers for one in each if one.wire == column.wire and not one.reason]
        keys = [bytes.fromhex(one.key) if one.hashed else one.key.encode() for one in found]
        row[column.name] = list(dict.fromkeys(keys)) if column.names_a_person else next(iter(keys), None)
    return row


def reasons_in(answers: list[Explained]) -> set[str]:
    return {answer.reason for answer in answers} - {"", "blank"}


@pytest.mark.parametrize(("rules", "kind"), CASES)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_many_at_once_agree_with_one_by_one(rules: str, kind: IdentifierKind, data: st.DataObject) -> None:
    some = data.draw(profiles_with(kind))
    rows = made(*some, columns=columns_of(kind, rules), rules=rules)
    for row in rows:
        del row["profile_id"]
    assert rows == [one_by_one(kind, profile, rules) for profile in some]


def hashed_columns(kind: IdentifierKind, rules: str) -> Columns:
    return tuple(column for column in columns_of(kind, rules) if column.hashed)


@pytest.mark.parametrize(("rules", "kind"), [case for case in CASES if hashed_columns(case[1], case[0])])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_hashed_key_has_32_bytes_and_is_never_the_hash_of_nothing(
    rules: str, kind: IdentifierKind, data: st.DataObject
) -> None:
    columns = hashed_columns(kind, rules)
    rows = made(*data.draw(profiles_with(kind)), columns=columns, rules=rules)
    found = {key for row in rows for column in columns for key in every(row[column.name])}
    assert {len(key) for key in found} <= {32}
    assert bytes.fromhex(NOTHING_HASHED) not in found


def every(value: list[bytes] | bytes | None) -> list[bytes]:
    return value if isinstance(value, list) else [value] if value is not None else []


@pytest.mark.parametrize(("rules", "kind"), [case for case in CASES if case[1] not in ("birth_date", "phone")])
@settings(max_examples=50, deadline=None)
@given(data=st.data(), country=COUNTRIES)
def test_a_normal_form_is_its_own_normal_form(
    rules: str, kind: IdentifierKind, data: st.DataObject, country: str
) -> None:
    form = normal(kind, data.draw(values_of(kind)), country, rules=rules)
    assert normal(kind, form, country, rules=rules) == form


@pytest.mark.parametrize("rules", ["google/1", "tiktok/1"])
@settings(max_examples=100, deadline=None)
@given(value=values_of("phone"), country=COUNTRIES)
def test_a_phone_with_its_plus_is_its_own_normal_form(rules: str, value: str, country: str) -> None:
    form = normal("phone", value, country, rules=rules)
    assert normal("phone", form, country, rules=rules) == form


@pytest.mark.parametrize("rules", ["google/1", "tiktok/1", "snapchat/1"])
@settings(max_examples=100, deadline=None)
@given(value=values_of("phone"), country=COUNTRIES)
def test_platforms_spell_a_phone_differently_but_never_read_it_differently(
    rules: str, value: str, country: str
) -> None:
    form = normal("phone", value, country, rules=rules)
    assert form.removeprefix("+") == normal("phone", value, country)


@settings(max_examples=200, deadline=None)
@given(value=values_of("phone"), country=COUNTRIES)
@example(value="06 12345678", country="IT")
@example(value="+49 00 49 0049", country="")
def test_a_phone_with_its_country_code_is_the_same_everywhere(value: str, country: str) -> None:
    form = normal("phone", value, country)
    assert not form or normal("phone", f"+{form}", "US") == form


@given(st.dates())
def test_the_three_parts_of_a_birth_date_come_together_or_not_at_all(day: Any) -> None:
    reasons = {answer.reason for answer in explained("birth_date", day.isoformat())}
    assert len(reasons) == 1
