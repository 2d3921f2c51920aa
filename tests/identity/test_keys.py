"""The contract of the table of keys."""

import hashlib

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from audience_sync.identity.arrays import as_texts
from audience_sync.identity.digests import digests
from audience_sync.identity.keys import keys
from audience_sync.identity.meta import META_COLUMNS
from audience_sync.model.profiles import RAW_SCHEMA
from tests.identity.raw import columns_under, made, raw


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def meta_keys(table: pa.Table) -> pa.Table:
    return keys(table, META_COLUMNS, rules="meta/1", default_country="DE")


def test_each_column_has_its_name_and_type() -> None:
    naming = {column.name: pa.list_(pa.binary()) for column in META_COLUMNS if column.names_a_person}
    hints = {column.name: pa.binary() for column in META_COLUMNS if not column.names_a_person}
    expected = {"profile_id": pa.string()} | naming | hints | {"refusals": pa.list_(pa.string())}
    schema = meta_keys(raw({})).schema
    assert dict(zip(schema.names, schema.types, strict=True)) == expected


def test_no_profiles_give_an_empty_table_of_the_same_shape() -> None:
    empty = meta_keys(RAW_SCHEMA.empty_table())
    assert (empty.num_rows, empty.schema) == (0, meta_keys(raw({})).schema)


def test_a_profile_without_identifiers_has_empty_lists_and_nulls() -> None:
    [row] = made({"email": None}, default_country="DE")
    assert {tuple(value) if isinstance(value, list) else value for value in row.values()} == {"p0", (), None}


def test_a_profile_keeps_each_key_once_in_order_of_first_appearance() -> None:
    [row] = made(
        {"email": ["B@example.com", "a@example.com", None, " b@EXAMPLE.com", "ä@example.com", "a@example.com"]}
    )
    assert row["email"] == [digest("b@example.com"), digest("a@example.com"), digest("ä@example.com")]


def test_a_value_and_its_digest_are_one_key() -> None:
    [row] = made({"email": ["mary@example.com", digest("mary@example.com").hex()]})
    assert row["email"] == [digest("mary@example.com")]


def test_twins_who_share_a_phone_both_have_it() -> None:
    rows = made({"phone": ["+49 30 123456"]}, {"phone": ["030 123456"]}, default_country="DE")
    assert [row["phone"] for row in rows] == [[digest("4930123456")]] * 2


def test_the_same_digits_mean_different_phones_in_different_countries() -> None:
    rows = made({"phone": ["0301234567"], "country": "DE"}, {"phone": ["0301234567"], "country": "IT"})
    assert [row["phone"] for row in rows] == [[digest("49301234567")], [digest("390301234567")]]


def test_refusals_are_distinct_and_sorted() -> None:
    [row] = made({"phone": ["abc"], "email": ["x", "y", "@z.de"], "birth_date": "tomorrow"})
    assert row["refusals"] == ["birth_date:not_a_date", "email:no_at", "email:no_local_part", "phone:has_letters"]


def test_a_refusal_stays_with_its_profile() -> None:
    rows = made({}, {"email": ["x"]}, {"email": ["a@b.de"]}, {"gender": "?"})
    assert [row["refusals"] for row in rows] == [[], ["email:no_at"], [], ["gender:unsupported_gender"]]


def test_the_default_country_is_never_a_key() -> None:
    [row] = made({"email": ["a@b.de"]}, default_country="DE")
    assert row["country"] is None


def test_chunks_and_slices_of_a_table_are_read_alike() -> None:
    table = raw(*({"email": [f"u{place}@example.com"], "first_name": "Ada"} for place in range(9)))
    pieces = pa.concat_tables([table.slice(0, 2), table.slice(2, 5), table.slice(7)])
    assert meta_keys(pieces.slice(1, 7)).equals(meta_keys(table).slice(1, 7))


def test_two_spellings_of_a_phone_are_two_keys_of_one_profile() -> None:
    rows = made(
        {"phone": ["030 123456", "+49 30 123456", "abc"]}, {}, default_country="DE", rules="tiktok/1+phone=both"
    )
    assert [row["phone"] for row in rows] == [[digest("+4930123456"), digest("4930123456")], []]


def test_a_phone_given_as_a_digest_has_no_second_spelling() -> None:
    given = digest("+4930123456")
    [row] = made({"phone": [given.hex(), "030 654321"]}, default_country="DE", rules="tiktok/1+phone=both")
    assert row["phone"] == [given, digest("+4930654321"), digest("4930654321")]


def test_the_same_person_has_other_keys_on_other_platforms() -> None:
    person = {"email": ["Jane.Doe+News@GMail.com"], "phone": ["+1 (555) 987-6543"]}
    rows = [made(person, rules=rules)[0] for rules in ("meta/1", "google/1", "tiktok/1", "snapchat/1")]
    assert [row["email"][0] for row in rows] == [
        digest(form) for form in ("jane.doe+news@gmail.com", *["janedoe@gmail.com"] * 2, "jane.doe+news@gmail.com")
    ]
    assert [row["phone"][0] for row in rows] == [digest(plus + "15559876543") for plus in ("", "+", "+", "")]


@pytest.mark.parametrize("rules", ["meta/1", "google/1", "tiktok/1", "tiktok/1+phone=both", "snapchat/1", "linkedin/1"])
def test_no_raw_value_is_in_the_output(rules: str) -> None:
    person = {"email": ["Mary@Example.com", "not mary"], "phone": ["+49 30 123456", "4711"], "city": "Köln"}
    table = keys(raw(person), columns_under(rules), rules=rules, default_country="DE")
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    written = sink.getvalue().to_pybytes().lower()
    assert not [part for part in (b"mary", b"example", b"123456", b"4711", b"ln") if part in written]


def test_many_digests_come_back_in_order() -> None:
    texts = [None if place % 7 == 0 else f"text {place}" for place in range(100_000)]
    found = digests(as_texts(texts), pc.is_null(as_texts(texts)).to_numpy(zero_copy_only=False))
    assert found.to_pylist() == [text and digest(text) for text in texts]
