"""The memory of a pretend audience against a plain set of keys."""

from hypothesis import given
from hypothesis import strategies as st

from audience_sync.sandbox.members import Members

KINDS = ("EMAIL", "PHONE", "FN")
IDENTIFYING = frozenset({"EMAIL", "PHONE"})
CELL = st.sampled_from(["", "a", "b", "c"])
ROW = st.tuples(CELL, CELL, CELL)
EDITS = st.lists(st.tuples(st.booleans(), st.lists(ROW, max_size=4)), max_size=12)


def keys_of(row: tuple[str, ...]) -> set[tuple[str, str]]:
    return {(kind, cell) for kind, cell in zip(KINDS, row, strict=True) if kind in IDENTIFYING and cell}


@given(EDITS)
def test_the_keys_are_those_added_and_not_removed_since(edits: list[tuple[bool, list[tuple[str, str, str]]]]) -> None:
    members, expected = Members(IDENTIFYING), set[tuple[str, str]]()
    for adding, rows in edits:
        named = {key for row in rows for key in keys_of(row)}
        expected = expected | named if adding else expected - named
        (members.add if adding else members.remove)(KINDS, rows)
    assert set(members.all_keys()) == expected
    assert len(members) == len(expected)


@given(EDITS)
def test_every_row_keeps_a_key_and_is_counted_once(edits: list[tuple[bool, list[tuple[str, str, str]]]]) -> None:
    members = Members(IDENTIFYING)
    for adding, rows in edits:
        (members.add if adding else members.remove)(KINDS, rows)
    shown = list(members.rows())
    assert all(row.keys() & IDENTIFYING for row in shown)
    assert members.people == members.matched(1.0) == len(shown)


@given(st.lists(ROW, max_size=6), ROW)
def test_dropping_the_person_leaves_only_rows_without_the_removed_key(
    rows: list[tuple[str, str, str]], gone: tuple[str, str, str]
) -> None:
    members = Members(IDENTIFYING)
    members.add(KINDS, rows)
    members.remove(KINDS, [gone], whole_person=True)
    left = [keys_of(row) for row in rows if not keys_of(row) & keys_of(gone)]
    assert set(members.all_keys()) == set().union(*left)


def test_a_row_of_hints_alone_names_nobody() -> None:
    members = Members(IDENTIFYING)
    members.add(KINDS, [("", "", "brian")])
    assert members.people == 0


def test_a_hint_stays_with_its_row() -> None:
    members = Members(IDENTIFYING)
    members.add(KINDS, [("a", "b", "brian")])
    members.remove(("PHONE",), [("b",)])
    assert list(members.rows()) == [{"EMAIL": "a", "FN": "brian"}]


def test_the_matched_share_is_near_the_share_asked_for() -> None:
    members = Members(IDENTIFYING)
    members.add(("EMAIL",), [(f"{n:064x}",) for n in range(10_000)])
    assert 0.86 < members.matched(0.88) / 10_000 < 0.90


def test_only_rows_last_added_before_the_moment_are_dropped() -> None:
    members = Members(IDENTIFYING)
    members.add(KINDS, [("a", "", ""), ("b", "", "")], at=10.0)
    members.add(KINDS, [("b", "", ""), ("c", "", "")], at=20.0)
    members.drop_before(20.0)
    assert set(members.all_keys()) == {("EMAIL", "b"), ("EMAIL", "c")}


def test_what_a_removal_leaves_of_a_row_keeps_its_time() -> None:
    members = Members(IDENTIFYING)
    members.add(KINDS, [("a", "1", "")], at=10.0)
    members.remove(("EMAIL",), [("a",)])
    members.drop_before(10.0)
    assert set(members.all_keys()) == {("PHONE", "1")}


def test_one_row_may_have_several_cells_of_a_kind() -> None:
    members = Members(IDENTIFYING)
    members.add(("EMAIL", "EMAIL"), [("a", "b"), ("c", "c")])
    members.remove(("EMAIL",), [("a",), ("c",)])
    assert list(members.rows()) == [{"EMAIL": "b"}]
