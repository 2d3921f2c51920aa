"""Importing profiles, traits and consents: columns, upserts, refusals."""

import stat
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from audience_sync.errors import Invalid
from audience_sync.sources.builtin.guard import shut
from tests.sources.ground import Store


def test_columns_are_known_by_the_names_that_people_use(store: Store) -> None:
    header = "Customer ID;E-Mail;Email 2;Mobile;IDFA;Zip Code;Given Name;Surname;DOB;ads_consent;Loyalty Level"
    result = store.give("profiles", header + "\n1;a@x.org;b@x.org;+15550100;AB-1;00501;Ann;Lee;1990-01-31;yes;gold\n")

    assert list(result.mapping.values()) == [
        *("profile_id", "email", "email", "phone", "mobile_ad_id:ios", "postal_code"),
        *("first_name", "last_name", "birth_date", "consent:ads", "attribute:loyalty_level"),
    ]
    assert store.profiles()["1"] == {
        "email": ["a@x.org", "b@x.org"],
        "phone": ["+15550100"],
        "mobile_ad_id": ["AB-1"],
        "mobile_ad_os": ["ios"],
        "postal_code": "00501",
        "first_name": "Ann",
        "last_name": "Lee",
        "birth_date": "1990-01-31",
    }


def test_a_mapping_wins_over_names(store: Store) -> None:
    mapping = {"email": "attribute:login", "contact": "email", "secret": "-"}
    store.give("profiles", "id,email,contact,secret\n1,ann,a@x.org,s\n", mapping=mapping)

    assert store.profiles()["1"] == {"email": ["a@x.org"]}
    assert store.values("profiles", "login") == {"1": "ann"}
    assert "secret" not in store.source.catalog().attributes


def test_a_constant_is_the_value_of_every_row(store: Store) -> None:
    store.give("profiles", "id\n1\n2\n", mapping={"=DE": "country"})

    assert store.profiles() == {"1": {"country": "DE"}, "2": {"country": "DE"}}


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"nothing": "email"}, "no column 'nothing'"),
        ({"city": "emial"}, "Did you mean email"),
        ({"city": "attribute"}, "Write attribute:NAME"),
        ({"city": "first_name", "id": "first_name"}, "Two columns are mapped to first_name"),
        ({"id": "-"}, "known to be the profile_id"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_in_words(store: Store, mapping: dict[str, str], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        store.give("profiles", "id,city\n1,Rome\n", mapping=mapping)


def test_several_values_in_a_cell_are_told_apart(store: Store) -> None:
    store.give("profiles", 'id\temail\tphone\n1\ta@x.org; b@x.org|a@x.org\t["+15550100", "+15550101"]\n')

    assert store.profiles()["1"] == {"email": ["a@x.org", "b@x.org"], "phone": ["+15550100", "+15550101"]}


def test_the_semicolon_of_an_extension_separates_nothing(store: Store) -> None:
    store.give("profiles", "id,phone\n1,tel:+1-201-555-0123;ext=5\n")

    assert store.profiles()["1"]["phone"] == ["tel:+1-201-555-0123;ext=5"]


def test_each_mobile_ad_id_keeps_its_system(store: Store) -> None:
    store.give("profiles", "id,idfa,gaid,maid,os\n1,A,B,C|D,Android\n")

    assert store.profiles()["1"] == {
        "mobile_ad_id": ["A", "B", "C", "D"],
        "mobile_ad_os": ["ios", "android", "android", "android"],
    }


@pytest.mark.parametrize(
    ("ids", "os", "expected"),
    [
        ("A", "iPhone", ["A ios"]),
        ("A", "", ["A None"]),
        ("A", "ios;android", ["A ios"]),
        ("A|B", "android", ["A android", "B android"]),
        ("A|B|A", "ios|android|android", ["A ios", "B android"]),
        ('["A"]', "ios", ["A ios"]),
        ("", "ios", []),
    ],
)
def test_a_column_of_devices_goes_with_one_of_systems(store: Store, ids: str, os: str, expected: list[str]) -> None:
    store.give_objects("profiles", {"id": "1", "maid": ids, "os": os})

    with shut(store.source.folder, store.source.folder.manifest(), store.source.bounds) as connection:
        found = connection.execute("SELECT unnest(mobile_ad_id), unnest(mobile_ad_os) FROM profiles").fetchall()
    assert [f"{device} {system}" for device, system in found] == expected


@pytest.mark.parametrize("kind", ["profiles", "consents"])
def test_the_first_file_makes_the_profiles_that_a_later_one_makes(store: Store, tmp_path: Path, kind: str) -> None:
    file = {
        "profiles": "id,email,maid,plan,ads_consent,time\n1,a@x.org,A,pro,yes,2026-01-01\n2,,,,,\n1,b@x.org,,,no,\n",
        "consents": "id,purpose,status,time\n1,ads,yes,2026-01-02\n1,ads,no,2026-01-01\n2,news,no,\n",
    }[kind]
    (tmp_path / "later").mkdir()
    later = Store(tmp_path / "later")
    later.give("profiles", "id\n0\n")

    first, second = store.give(kind, file), later.give(kind, file)
    assert (first.created, first.updated, first.unchanged) == (second.created, second.updated, second.unchanged)
    assert _kept(store) == _kept(later)


def _kept(store: Store) -> list[dict[str, object]]:
    """What is kept of everybody but 0, in the order of ids."""
    folder = store.source.folder
    rows = pq.read_table(folder.files / folder.manifest().profiles).sort_by("profile_id").to_pylist()
    return [row for row in rows if row["profile_id"] != "0"]


def test_a_blank_cell_clears_and_an_absent_column_keeps(store: Store) -> None:
    store.give("profiles", "id,email,city,plan\n1,a@x.org,Rome,pro\n")
    store.give("profiles", "id,email\n1,\n")

    assert store.profiles()["1"] == {"city": "Rome"}
    assert store.values("profiles", "plan") == {"1": "pro"}


def test_a_name_that_an_object_lacks_keeps_and_null_clears(store: Store) -> None:
    store.give_objects("profiles", {"id": "1", "city": "Rome", "email": "a@x.org"})
    store.give_objects("profiles", {"id": "1", "email": None}, {"id": "2", "city": "Oslo"})

    assert store.profiles() == {"1": {"city": "Rome"}, "2": {"city": "Oslo"}}


def test_members_of_known_objects_are_columns(store: Store) -> None:
    person = {"id": "1", "attributes": {"Plan": "pro"}, "traits": {"ltv": 5}, "consents": {"ads": True}}
    store.give_objects("profiles", person)

    catalog = store.source.catalog()
    assert (list(catalog.attributes), catalog.traits["ltv"], catalog.consents) == (["plan"], "integer", ("ads",))


def test_the_last_of_several_rows_of_a_profile_counts(store: Store) -> None:
    result = store.give("profiles", "id,city\n1,Rome\n2,Oslo\n1,Bonn\n")

    assert (result.created, result.repeated) == (2, 1)
    assert store.profiles()["1"] == {"city": "Bonn"}


def test_a_repeated_import_changes_nothing(store: Store) -> None:
    text = "id,email,plan,age,ads_consent\n1,a@x.org,pro,30,yes\n2,,,,\n"
    first = store.give("profiles", text)
    again = store.give("profiles", text)

    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    assert again.snapshot == first.snapshot


def test_rows_add_up(store: Store) -> None:
    store.give("profiles", "id,city\n1,Rome\n2,Oslo\n")
    result = store.give("profiles", "id,city\n1,Rome\n2,Bonn\n3,Kyiv\n3,Lima\n,x\n9\n\n")

    assert (result.rows, result.accepted, result.rejected) == (6, 4, 2)
    assert (result.created, result.updated, result.unchanged, result.repeated) == (1, 1, 1, 1)


def test_ids_that_name_nobody_are_rejected_with_their_reasons(store: Store) -> None:
    store.give("profiles", f"id,city\n  ,Rome\n{'x' * 513},Oslo\na\x07b,Bonn\nok,Kyiv\n")

    assert store.refused() == [
        (2, "has no profile id"),
        (3, "its profile id is longer than 512 characters"),
        (4, "its profile id has control characters"),
    ]
    assert set(store.profiles()) == {"ok"}


def test_rejected_rows_are_for_their_owner_only(store: Store) -> None:
    store.give("profiles", "id,city\n,Rome\n")

    assert stat.S_IMODE(store.rejects.stat().st_mode) == 0o600
    assert '""city"":""Rome""' in store.rejects.read_text()


def test_leading_zeros_make_a_text(store: Store) -> None:
    store.give("profiles", "id,shop,age,score,vip,since,seen\n1,007,30,1.5,true,2026-01-31,2026-01-31T10:00:00Z\n")

    assert store.source.catalog().attributes == {
        "age": "integer",
        "score": "number",
        "seen": "datetime",
        "shop": "text",
        "since": "date",
        "vip": "boolean",
    }


def test_a_type_that_no_longer_holds_becomes_text(store: Store) -> None:
    store.give("profiles", "id,level\n1,5\n")
    store.give("profiles", "id,level\n2,gold\n")

    assert store.source.catalog().attributes == {"level": "text"}
    assert store.values("profiles", "level") == {"1": "5", "2": "gold"}


def test_integers_and_fractions_are_numbers(store: Store) -> None:
    store.give("profiles", "id,level\n1,5\n")
    store.give("profiles", "id,level\n2,5.5\n")

    assert store.values("profiles", "level") == {"1": 5.0, "2": 5.5}


def test_traits_create_and_change_profiles(store: Store) -> None:
    store.give("profiles", "id,city\n1,Rome\n")
    store.give("traits", "id,ltv\n1,10\n2,20\n")

    assert store.values("traits", "ltv") == {"1": 10, "2": 20}
    assert store.profiles() == {"1": {"city": "Rome"}, "2": {}}


def test_a_trait_of_a_computed_name_is_refused(store: Store) -> None:
    with pytest.raises(Invalid, match="computes the traits revenue itself"):
        store.give("traits", "id,revenue\n1,10\n")


def consents(store: Store) -> dict[str, object]:
    return store.values("consents", "granted")


@pytest.mark.parametrize("word", ["granted", "YES", "true", "1", "opt-in", "Opted In"])
def test_words_for_consent(store: Store, word: str) -> None:
    store.give("profiles", f"id,consent_ads\n1,{word}\n")

    assert consents(store) == {"1": True}


@pytest.mark.parametrize("word", ["denied", "No", "FALSE", "0", "opt_out", "withdrawn"])
def test_words_for_its_denial(store: Store, word: str) -> None:
    store.give("profiles", f"id,consent_ads\n1,{word}\n")

    assert consents(store) == {"1": False}


def test_a_consent_that_cannot_be_read_is_never_guessed(store: Store) -> None:
    store.give("profiles", "id,ads_consent\n1,granted\n2,perhaps\n")

    assert store.refused() == [(3, "its ads_consent is no known word")]
    assert consents(store) == {"1": True}


def test_the_latest_decision_counts_whatever_its_place_in_the_file(store: Store) -> None:
    store.give("consents", "id,purpose,status,time\n1,Ads,no,2026-03-01\n1,ads,yes,2026-02-01\n1,mail,yes,2026-01-01\n")

    assert store.by_sql("SELECT profile_id FROM consents WHERE purpose = 'ads' AND NOT granted", consent_purpose="x")
    assert store.by_sql("SELECT profile_id FROM consents WHERE purpose = 'mail' AND granted", consent_purpose="x")


def test_an_older_decision_that_comes_late_is_old_news(store: Store) -> None:
    store.give("consents", "id,purpose,status,time\n1,ads,denied,2026-03-01\n")
    store.give("consents", "id,purpose,status,time\n1,ads,granted,2026-02-01\n")

    assert consents(store) == {"1": False}


def test_a_dated_decision_overrides_an_undated_one(store: Store) -> None:
    store.give("profiles", "id,ads_consent\n1,granted\n")
    store.give("consents", "id,purpose,status,time\n1,ads,denied,2020-01-01\n")

    assert consents(store) == {"1": False}


def test_a_purpose_may_be_given_for_the_whole_file(store: Store) -> None:
    store.give("consents", "id,status\n1,granted\n", mapping={"=ads": "purpose"})

    assert consents(store) == {"1": True}
