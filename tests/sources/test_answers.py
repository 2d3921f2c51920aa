"""What a source says about a segment: eligibility, fingerprints, previews, pages, lists."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audience_sync.errors import Invalid, SourceError
from audience_sync.model.identifiers import HINTS, NAMING
from audience_sync.model.segments import ListKind, ListSegment, parse_segment
from audience_sync.sources.builtin.masking import masked
from audience_sync.sources.protocol import Known
from tests.sources.ground import EVERYBODY, Store

ALL = parse_segment({"type": "rules", "rules": EVERYBODY})
CONSENTS = "id,ads_consent\nyes,granted\nno,denied\nunknown,\n"


@pytest.mark.parametrize(("policy", "eligible"), [("granted", {"yes"}), ("not_denied", {"yes", "unknown"})])
def test_consent_decides_who_may_be_sent(store: Store, policy: str, eligible: set[str]) -> None:
    store.give("profiles", CONSENTS)

    assert store.members(EVERYBODY, consent_policy=policy) == eligible


def test_withheld_profiles_are_counted_by_reason(store: Store) -> None:
    store.give("profiles", CONSENTS)
    count = store.count(EVERYBODY, consent_policy="granted")

    assert (count.size, count.eligible, count.withheld) == (3, 1, {"no_consent": 2})


def test_a_purpose_that_nobody_was_asked_about_is_granted_by_nobody(store: Store) -> None:
    store.give("profiles", CONSENTS)

    assert store.members(EVERYBODY, consent_policy="granted", consent_purpose="calls") == set()


def test_counting_and_writing_give_the_same_counts(store: Store) -> None:
    store.give("profiles", CONSENTS)
    question = store.question(consent_policy="granted")

    written = store.source.fingerprints(ALL, store.root / "x.parquet", question=question)

    assert replace(written, digest="", ground="") == store.source.count(ALL, question)


TWO = "id,email\n1,a@x.org\n2,b@x.org\n"
OTHERS = {
    "one left": "id,email\n1,a@x.org\n",
    "one came": f"{TWO}3,c@x.org\n",
    "one changed": "id,email\n1,a@x.org\n2,c@x.org\n",
    "two swapped": "id,email\n1,b@x.org\n2,a@x.org\n",
    "one has another id": "id,email\n1,a@x.org\n3,b@x.org\n",
}


def digest_of(folder: Path, people: str) -> str:
    folder.mkdir()
    store = Store(folder)
    store.give("profiles", people)
    return store.source.fingerprints(ALL, folder / "x.parquet", question=store.question()).digest


def test_an_answer_of_the_same_people_in_another_order_has_the_same_digest(tmp_path: Path) -> None:
    assert digest_of(tmp_path / "a", TWO) == digest_of(tmp_path / "b", "id,email\n2,b@x.org\n1,a@x.org\n")


@pytest.mark.parametrize("others", OTHERS.values(), ids=OTHERS)
def test_an_answer_of_others_has_another_digest(tmp_path: Path, others: str) -> None:
    assert digest_of(tmp_path / "a", TWO) != digest_of(tmp_path / "b", others)


def test_an_answer_that_is_known_is_not_written(store: Store) -> None:
    store.give("profiles", TWO)
    target, question = store.root / "x.parquet", store.question()
    before = store.source.fingerprints(ALL, target, question=question)
    target.unlink()
    assert store.source.fingerprints(ALL, target, question=question, known=Known(digest=before.digest)) == before
    assert not target.exists()


PERSON = {"id": "1", "plan": "pro", "email": "a@x.org", "mobile_ad_os": None}
NEW = st.one_of(
    *(st.tuples(st.just(str(kind)), st.just("something new")) for kind in (*NAMING, *HINTS)),
    st.tuples(st.just("email"), st.just(["a@x.org", "b@x.org"])),
    st.tuples(st.just("email"), st.none()),
)


@settings(max_examples=15, deadline=None)
@given(NEW)
def test_a_fingerprint_changes_with_every_identifier(
    tmp_path_factory: pytest.TempPathFactory, change: tuple[str, object]
) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    store.give_objects("profiles", PERSON)
    before = store.fingerprints(ALL)
    store.give_objects("profiles", {"id": "1", change[0]: change[1]})

    assert store.fingerprints(ALL) != before


@pytest.mark.parametrize("change", [{"plan": "free"}, {"ads_consent": "yes"}, {"email": ["a@x.org"]}, {}])
def test_a_fingerprint_changes_with_nothing_else(store: Store, change: dict[str, object]) -> None:
    store.give_objects("profiles", PERSON)
    before = store.fingerprints(ALL)
    store.give_objects("profiles", {"id": "1", **change})

    assert store.fingerprints(ALL) == before


def test_fingerprints_cannot_be_compared_over_default_countries(store: Store) -> None:
    tags = {store.count(EVERYBODY, default_country=country).fp_tag for country in ("", "US", "DE")}

    assert len(tags) == 3


def test_kept_fingerprints_are_those_that_would_be_made(store: Store) -> None:
    store.give_objects("profiles", PERSON)
    kept = store.fingerprints(ALL)
    manifest = store.source.folder.manifest()
    with store.source.folder.writing():
        store.source.folder.commit(replace(manifest, fp_tag="").next())

    assert store.fingerprints(ALL) == kept


def test_the_witness_is_another_when_something_comes_in(store: Store) -> None:
    before = store.source.witness(ALL, store.question())
    store.give_objects("profiles", PERSON)

    assert before != store.source.witness(ALL, store.question())


def test_the_witness_does_not_look_at_the_clock(store: Store) -> None:
    store.give_objects("profiles", PERSON)
    later = replace(store.question(), as_of=store.question().as_of + timedelta(days=1))

    assert store.source.witness(ALL, store.question()) == store.source.witness(ALL, later) != ""


@pytest.mark.parametrize(
    "segment",
    [
        {"type": "rules", "rules": {"trait": "last_seen", "op": "in_last_days", "value": 3}},
        {"type": "sql", "sql": "SELECT profile_id FROM profiles"},
    ],
)
def test_there_is_no_witness_where_time_or_sql_may_change_the_answer(store: Store, segment: dict[str, object]) -> None:
    assert store.source.witness(parse_segment(segment), store.question()) == ""


def test_values_do_not_slip_from_one_column_into_the_next(store: Store) -> None:
    store.give("profiles", "id,first_name,last_name\n1,ab,\n2,,ab\n")
    found = store.fingerprints(ALL)

    assert found["1"] != found["2"]


def test_the_tag_names_the_algorithm(store: Store) -> None:
    assert re.fullmatch(r"duckdb-\d+\.\d+\.\d+/hash/[0-9a-f]{12}/", store.count(EVERYBODY).fp_tag)


PEOPLE = """id,email,phone,idfa,first_name
1,jane.doe@example.com,+12015550155,6D92078A-8246-4BA4-AE5B-76104861E7DC,Jane
2,,030 123456,,
+4930123456,x@y.example,,,
"""


def test_coverage_counts_profiles_per_kind(store: Store) -> None:
    store.give("profiles", PEOPLE)
    preview = store.source.preview(ALL, store.question())

    assert preview.coverage == {"email": 2, "phone": 2, "mobile_ad_id": 1, "external_id": 0}


def test_a_preview_is_the_same_each_time(store: Store) -> None:
    store.give("profiles", "id\n" + "".join(f"{n}\n" for n in range(100)))
    question = store.question()

    assert store.source.preview(ALL, question, 5) == store.source.preview(ALL, question, 5)


def test_a_sample_shows_nothing_raw(store: Store) -> None:
    store.give("profiles", PEOPLE)
    shown = str(store.source.preview(ALL, store.question()).sample)

    assert not any(raw in shown for raw in ("jane.doe", "example.com", "2015550155", "123456", "6D92078A", "Jane"))


@pytest.mark.parametrize(
    ("kind", "raw", "shown"),
    [
        ("email", "jane.doe@example.com", "j•••@e•••.com"),
        ("email", "broken", "b•••"),
        ("phone", "+1 201-555-0155", "+1 ••• ••55"),
        ("phone", "030 123455", "••• ••55"),
        ("phone", "112", "•••"),
        ("mobile_ad_id", "6D92078A-8246", "6D•••"),
        ("first_name", "Jane", "J•••"),
        ("birth_date", "1990-01-31", "•••"),
        ("country", "US", "US"),
    ],
)
def test_masks(kind: str, raw: str, shown: str) -> None:
    assert masked(kind, raw) == shown


def test_pages_of_members_follow_each_other(store: Store) -> None:
    store.give("profiles", "id\n" + "".join(f"{n:02d}\n" for n in range(7)))
    question, after, seen = store.question(), "", []
    for _ in range(3):
        page = store.source.members(ALL, question, after=after, limit=3)
        seen += [member.profile_id for member in page.members]
        after = page.after

    assert (seen, after) == ([f"{n:02d}" for n in range(7)], "")


CONTACTS = """id,email,phone,country
1,Ann@Example.com,(201) 555-0123,US
2,bob@example.com,+49 30 901820,
3,,030 901820,DE
4,,030 901820,AT
"""


@pytest.mark.parametrize(
    ("kind", "values", "found"),
    [
        (ListKind.PROFILE_ID, ["1", "3", "nobody"], {"1", "3"}),
        (ListKind.EMAIL, [" ANN@example.COM", "nobody@example.com"], {"1"}),
        (ListKind.PHONE, ["+4930901820", "junk"], {"2", "3"}),
        (ListKind.PHONE, ["tel:+1-201-555-0123"], {"1"}),
    ],
)
def test_lists_match_by_normal_form(store: Store, kind: ListKind, values: list[str], found: set[str]) -> None:
    store.give("profiles", CONTACTS)
    segment = store.source.save_list("vips", kind, values)

    assert set(store.fingerprints(segment)) == found


@pytest.mark.parametrize(
    "content", ["bob@example.com\nann@example.com\n", "name;E-Mail\nAnn;ann@example.com\nB;bob@example.com\n"]
)
def test_a_list_may_come_as_a_file(store: Store, content: str) -> None:
    store.give("profiles", CONTACTS)
    file = store.root / "list.csv"
    file.write_text(content)
    segment = store.source.save_list("vips", ListKind.EMAIL, file)

    assert (segment.count, set(store.fingerprints(segment))) == (2, {"1", "2"})


def test_a_list_counts_different_values(store: Store) -> None:
    segment = store.source.save_list("vips", ListKind.EMAIL, ["a@x.org", " A@X.org", "b@x.org", " "])

    assert segment.count == 2


def test_an_empty_list_is_refused(store: Store) -> None:
    with pytest.raises(Invalid, match="empty"):
        store.source.save_list("vips", ListKind.EMAIL, [" "])


def test_a_list_that_is_gone_is_an_error_of_the_source(store: Store) -> None:
    with pytest.raises(SourceError, match="list is gone"):
        store.fingerprints(ListSegment("nothing", ListKind.EMAIL, 1))


def test_an_id_of_a_list_is_no_path(store: Store) -> None:
    with pytest.raises(Invalid):
        store.source.save_list("../escape", ListKind.EMAIL, ["a@x.org"])
