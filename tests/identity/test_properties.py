"""Whatever people type: the fast path and the authority agree, and a normal form is at rest."""

import hashlib
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audience_sync.identity.digests import NOTHING_HASHED
from audience_sync.identity.explain import Explained
from audience_sync.model.identifiers import NAMING, IdentifierKind, KeyColumn
from tests.identity.raw import COLUMNS, explained, made, normal

Profile = dict[str, Any]

COUNTRIES = st.sampled_from(["", "DE", "us", "GB", "United Kingdom", "IT", "BRA", "Narnia", "XK", "kz"])
BLANKS = st.text(st.sampled_from(" \t\u00a0\u200b\ufeff\u202a\n\x1c"), max_size=2)
PIECES = {
    "email": [*"aB.+-'_@ é", "İ", "Σ", "@example.com", "@ex.de", "Mary", "<", "\u200b", "ſ"],
    "phone": [*"0123456789+-. ()/#x", "+49", "0049", "0171", "tel:", " ext. 5", "٣", "(0)", "ABC", "+1", "44", "00"],
    "mobile_ad_id": ["38400000-8cf0-11bd-b23e-10b96e40000d", "00000000-0000-0000-0000-000000000000", "A", "-"],
    "birth_date": ["1985", "2024", "02", "29", "31", "7", "04", "12", "-", "/", ".", "T00:00", "٣"],
    "postal_code": ["SW1A", "1AA", "1", " ", "90210", "-1234", "K1A", "0B1", "é", "\t", "d"],
    "region": ["California", "ca", "CA", "us-", "New ", "York", "Bayern", "Île", "-", "9"],
    "country": ["DE", "usa", "Germany", "UK", "Côte d'Ivoire", "x"],
    "gender": ["f", "M", "male", "FEMALE", "x"],
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


def columns_of(kind: IdentifierKind) -> tuple[KeyColumn, ...]:
    return tuple(column for column in COLUMNS if column.kind == kind)


def one_by_one(kind: IdentifierKind, profile: Profile) -> dict[str, Any]:
    """One profile's keys and refusals, by explaining its values one after the other."""
    values = profile[kind] if kind in NAMING else [profile[kind]]
    answers = [explained(kind, value, profile["country"]) for value in values if value is not None]
    row: dict[str, Any] = {"refusals": sorted({f"{kind}:{why}" for each in answers for why in reasons_in(each)})}
    for place, column in enumerate(columns_of(kind)):
        found = [each[place] for each in answers if not each[place].reason]
        keys = [bytes.fromhex(one.key) if one.hashed else one.key.encode() for one in found]
        row[column.name] = list(dict.fromkeys(keys)) if column.names_a_person else next(iter(keys), None)
    return row


def reasons_in(answers: list[Explained]) -> set[str]:
    return {answer.reason for answer in answers} - {"", "blank"}


@pytest.mark.parametrize("kind", IdentifierKind)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_many_at_once_agree_with_one_by_one(kind: IdentifierKind, data: st.DataObject) -> None:
    some = data.draw(profiles_with(kind))
    rows = made(*some, columns=columns_of(kind))
    for row in rows:
        del row["profile_id"]
    assert rows == [one_by_one(kind, profile) for profile in some]


@pytest.mark.parametrize("kind", [kind for kind in IdentifierKind if kind not in ("mobile_ad_id", "external_id")])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_hashed_key_has_32_bytes_and_is_never_the_hash_of_nothing(kind: IdentifierKind, data: st.DataObject) -> None:
    rows = made(*data.draw(profiles_with(kind)), columns=columns_of(kind))
    found = {key for row in rows for column in columns_of(kind) for key in every(row[column.name])}
    assert {len(key) for key in found} <= {32}
    assert bytes.fromhex(NOTHING_HASHED) not in found


def every(value: list[bytes] | bytes | None) -> list[bytes]:
    return value if isinstance(value, list) else [value] if value is not None else []


@pytest.mark.parametrize("kind", [kind for kind in IdentifierKind if kind not in ("birth_date", "phone")])
@settings(max_examples=100, deadline=None)
@given(data=st.data(), country=COUNTRIES)
def test_a_normal_form_is_its_own_normal_form(kind: str, data: st.DataObject, country: str) -> None:
    form = normal(kind, data.draw(values_of(kind)), country)
    assert normal(kind, form, country) == form


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
