"""Why a value becomes no key, and what is taken in spite of its looks."""

import hashlib

import pytest

from audience_sync.errors import Invalid
from audience_sync.identity.explain import explain
from audience_sync.identity.meta import META_COLUMNS
from audience_sync.model.identifiers import IdentifierKind
from tests.identity.raw import explained, made, normal, reason

REFUSED = [
    ("email", "mary.example.com", "", "no_at"),
    ("email", "a@b@example.com", "", "several_ats"),
    ("email", "@example.com", "", "no_local_part"),
    ("email", "mary@example", "", "no_dotted_domain"),
    ("email", "mary@example..com", "", "no_dotted_domain"),
    ("email", "mary smith@example.com", "", "has_blank"),
    ("email", "mary\u200b@example.com", "", "has_control"),
    ("email", "<mary@example.com>", "", "bad_character"),
    ("email", "mailto:mary@example.com", "", "bad_character"),
    ("email", "mary\ud800@example.com", "", "not_text"),
    ("phone", "030 123456", "", "no_country"),
    ("phone", "n/a", "DE", "has_letters"),
    ("phone", "-", "DE", "not_a_number"),
    ("phone", "1-800-FLOWERS", "US", "has_letters"),
    ("phone", "+999 123 456 789", "", "unknown_country_code"),
    ("phone", "+33 12", "", "too_short"),
    ("phone", "+1 555 987 65430", "", "too_long"),
    ("phone", "987-6543", "US", "local_only"),
    ("phone", "000000", "DE", "all_zero"),
    ("phone", "+49 00 49 0049", "", "ambiguous_number"),
    ("mobile_ad_id", "00000000-0000-0000-0000-000000000000", "", "all_zero"),
    ("mobile_ad_id", "384000008CF011BDB23E10B96E40000D", "", "not_a_uuid"),
    ("external_id", "a\tb", "", "has_control"),
    ("first_name", "...", "", "no_letters"),
    ("first_name", "1\ufe0f\u20e3 ❤\ufe0f", "", "no_letters"),
    ("city", "東京", "", "no_letters"),
    ("region", "Bavaria", "US", "unknown_region"),
    ("postal_code", "9021", "US", "not_a_zip_code"),
    ("postal_code", "SW1A", "GB", "not_a_postcode"),
    ("country", "Narnia", "", "unknown_country"),
    ("gender", "diverse", "", "unsupported_gender"),
    ("birth_date", "04/07/1985", "", "ambiguous_date"),
    ("birth_date", "1985-02-30", "", "not_a_date"),
    ("birth_date", "1850-01-01", "", "year_out_of_range"),
    ("birth_date", "2101-01-01", "", "year_out_of_range"),
]


@pytest.mark.parametrize(("kind", "value", "country", "why"), REFUSED)
def test_a_useless_value_is_refused_with_its_reason(kind: str, value: str, country: str, why: str) -> None:
    assert reason(kind, value, country) == why


@pytest.mark.parametrize(("kind", "value", "country", "why"), REFUSED)
def test_a_refused_value_has_no_key(kind: str, value: str, country: str, why: str) -> None:
    assert {(answer.key, answer.hashed, answer.normal_form) for answer in explained(kind, value, country)} == {
        ("", False, "")
    }


TAKEN = [
    ("email", "\ufeff\u00a0MARY@Example.COM\u200b", "", "mary@example.com"),
    ("email", "Ünal.İpek@Exämple.de", "", "ünal.i̇pek@exämple.de"),
    ("phone", "tel:+49-30-123456", "", "4930123456"),
    ("phone", "(030) 123456 ext. 5", "DE", "4930123456"),
    ("phone", "030 123456", "Germany", "4930123456"),
    ("phone", "030 123456", "DEU", "4930123456"),
    ("phone", "+٩٦٦ ٥٠ ١٢٣ ٤٥٦٧", "", "966501234567"),
    ("phone", "0049 30 123456", "US", "4930123456"),
    ("phone", "0061 412 682 788", "AU", "61412682788"),
    ("phone", "0055 11 96135 4890", "BR", "5511961354890"),
    ("phone", "00 21 1 650 253 0000", "BR", "16502530000"),
    ("phone", "011 49 30 123456", "US", "4930123456"),
    ("phone", "\u202a+49 30 123456\u202c", "", "4930123456"),
    ("phone", "06 12345678", "IT", "390612345678"),
    ("phone", "0501234567", "Saudi Arabia", "966501234567"),
    ("last_name", "O`Brien", "", "obrien"),
    ("last_name", "Mu\u0308ller", "", "müller"),
    ("first_name", "Ann 3\u20e3 🎉", "", "ann"),
    ("first_name", "सीता", "", "सीता"),
    ("region", "us-ca", "US", "ca"),
    ("region", "Île-de-France", "FR", "iledefrance"),
    ("postal_code", "sw1a 1", "GB", "sw1a1"),
    ("postal_code", "1229-076", "PT", "1229-076"),
    ("country", "UK", "", "gb"),
    ("country", "germany", "", "de"),
    ("gender", " FEMALE ", "", "f"),
    ("birth_date", "19850704", "", "1985"),
    ("birth_date", "1985-07-04T00:00:00Z", "", "1985"),
    ("birth_date", "04.07.1985", "", "1985"),
    ("birth_date", "25/12/1985", "", "1985"),
    ("birth_date", "12/25/1985", "", "1985"),
]


@pytest.mark.parametrize(("kind", "value", "country", "form"), TAKEN)
def test_a_messy_value_has_its_normal_form(kind: str, value: str, country: str, form: str) -> None:
    assert normal(kind, value, country) == form


TAKEN_ELSEWHERE = [
    ("google/1", "email", "J.o.e+Bar@GMAIL.com", "", "joe@gmail.com"),
    ("google/1", "email", "J.o.e+Bar@mail.gmail.com", "", "j.o.e+bar@mail.gmail.com"),
    ("google/1", "first_name", "Dr. Mrs. Ada", "", "ada"),
    ("google/1", "first_name", "Drew", "", "drew"),
    ("google/1", "first_name", "Rene\u0301", "", "rené"),
    ("google/1", "last_name", "Smith III, PhD", "", "smith"),
    ("google/1", "last_name", "Smith Jr", "", "smith jr"),
    ("google/1", "last_name", "Le V", "", "le"),
    ("google/1", "country", "germany", "", "DE"),
    ("google/1", "country", "UK", "", "GB"),
    ("google/1", "postal_code", "SW1A 1AA", "GB", "SW1A 1AA"),
    ("google/1", "postal_code", "902101234", "US", "902101234"),
    ("google/1", "mobile_ad_id", " AECE52E7-03ee-455A-B3C4-E57283966239", "", "AECE52E7-03ee-455A-B3C4-E57283966239"),
    ("google/1", "phone", "0171 1234567", "DE", "+491711234567"),
    ("tiktok/1", "email", "jane . doe +x@example.com", "", "janedoe@example.com"),
    ("tiktok/1+email=no_tag", "email", "Jane.Doe+a+b @example.com", "", "jane.doe@example.com"),
    ("tiktok/1+email=plain", "email", "Jane.Doe+a @example.com", "", "jane.doe+a@example.com"),
    ("tiktok/1+phone=digits", "phone", "0171 1234567", "DE", "491711234567"),
    ("snapchat/1", "phone", "06 12345678", "IT", "390612345678"),
]


@pytest.mark.parametrize(("rules", "kind", "value", "country", "form"), TAKEN_ELSEWHERE)
def test_each_platform_has_its_own_normal_form(rules: str, kind: str, value: str, country: str, form: str) -> None:
    assert normal(kind, value, country, rules=rules) == form


REFUSED_ELSEWHERE = [
    ("google/1", "email", "+news@gmail.com", "", "no_local_part"),
    ("google/1", "email", "jane doe@gmail.com", "", "has_blank"),
    ("google/1", "phone", "1 800 555 0100", "", "no_country"),
    ("google/1", "first_name", "Mrs.", "", "no_letters"),
    ("google/1", "last_name", "...", "", "no_letters"),
    ("google/1", "country", "USSR", "", "unknown_country"),
    ("google/1", "postal_code", "9021", "US", "not_a_zip_code"),
    ("google/1", "postal_code", "90\t210", "", "has_control"),
    ("google/1", "mobile_ad_id", "00000000-0000-0000-0000-000000000000", "", "all_zero"),
    ("tiktok/1", "email", "..+@example.com", "", "no_local_part"),
    ("tiktok/1", "email", "a+b@c@example.com", "", "several_ats"),
    ("tiktok/1", "phone", "6577770000", "", "no_country"),
    ("tiktok/1+phone=both", "phone", "6577770000", "", "no_country"),
    ("snapchat/1", "phone", "(706) 767-5127", "", "no_country"),
    ("linkedin/1", "email", "jane@example", "", "no_dotted_domain"),
]


@pytest.mark.parametrize(("rules", "kind", "value", "country", "why"), REFUSED_ELSEWHERE)
def test_each_platform_refuses_what_it_could_not_match(
    rules: str, kind: str, value: str, country: str, why: str
) -> None:
    assert [answer.reason for answer in explained(kind, value, country, rules=rules)] == [why]


def test_a_national_number_is_read_in_the_profiles_country_before_the_default() -> None:
    assert normal("phone", "030 123456", "DE", default_country="US") == "4930123456"


def test_an_unknown_country_leaves_the_default() -> None:
    assert normal("phone", "030 123456", "Narnia", default_country="DE") == "4930123456"


def test_an_unknown_default_country_is_invalid() -> None:
    with pytest.raises(Invalid):
        reason("phone", "030 123456", default_country="Narnia")


def test_unknown_rules_are_invalid() -> None:
    with pytest.raises(Invalid):
        explain(IdentifierKind.EMAIL, "a@b.de", country="", default_country="", columns=META_COLUMNS, rules="meta/0")


HASHED = [
    ("meta/1", "email"),
    ("meta/1", "phone"),
    ("meta/1", "last_name"),
    ("google/1", "phone"),
    ("google/1", "first_name"),
    ("tiktok/1", "email"),
    ("tiktok/1+phone=both", "phone"),
    ("tiktok/1", "mobile_ad_id"),
    ("snapchat/1", "mobile_ad_id"),
    ("linkedin/1", "email"),
]


@pytest.mark.parametrize(("rules", "kind"), HASHED)
def test_a_sha256_is_taken_as_the_key(rules: str, kind: str) -> None:
    digest = hashlib.sha256(b"whatever").hexdigest()
    [answer] = explained(kind, f" {digest.upper()} ", rules=rules)
    assert (answer.key, answer.normal_form, answer.hashed, answer.reason) == (digest, "", True, "")


@pytest.mark.parametrize(("rules", "kind"), HASHED)
@pytest.mark.parametrize("algorithm", ["md5", "sha1"])
def test_another_digest_is_refused(rules: str, kind: str, algorithm: str) -> None:
    digest = hashlib.new(algorithm, b"mary@example.com").hexdigest()
    assert reason(kind, digest, rules=rules) == "unsupported_hash"


def test_the_digest_of_nothing_is_refused() -> None:
    [row] = made({"email": [hashlib.sha256(b"").hexdigest().upper()]})
    assert (row["email"], row["refusals"]) == ([], ["email:hash_of_nothing"])


def test_no_part_is_cut_out_of_a_digest() -> None:
    answers = explained("birth_date", hashlib.sha256(b"1985").hexdigest())
    assert [answer.reason for answer in answers] == ["unsupported_hash"] * 3


def test_a_digest_is_just_an_id_where_nothing_is_hashed() -> None:
    digest = hashlib.sha256(b"whatever").hexdigest()
    assert explained("external_id", digest)[0].normal_form == digest


def test_a_birth_date_gives_year_month_and_day() -> None:
    assert [answer.normal_form for answer in explained("birth_date", "1985-07-04")] == ["1985", "07", "04"]


def test_a_first_name_gives_its_initial_where_the_platform_has_a_column_for_it() -> None:
    assert [answer.normal_form for answer in explained("first_name", "Élodie")] == ["élodie", "é"]


def test_a_blank_value_is_explained_but_never_counted() -> None:
    [row] = made({"email": [" \u200b"], "city": ""})
    assert (reason("email", " "), row["refusals"]) == ("blank", [])
