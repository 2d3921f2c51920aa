"""A few changes to many profiles are kept beside them, and every answer is as if all were written anew."""

from pathlib import Path

import pytest

from audience_sync.model.segments import parse_segment
from audience_sync.sources.builtin import outcomes
from tests.sources.ground import EVERYBODY, Store

MANY = "profile_id,email,plan,ads_consent\n" + "".join(f"p{n},p{n}@x.org,free,yes\n" for n in range(50))
STEPS = (
    "profile_id,email\np1,new@x.org\nq1,q1@x.org\n",
    "profile_id,phone\np1,+12015550123\np2,+12015550124\n",
    "profile_id,plan,city\np2,gold,Rome\n",
    "profile_id,ads_consent\nq1,no\np3,no\n",
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty profiles are many."""
    monkeypatch.setattr(outcomes, "LEAST_FOR_DELTA", 50)


def test_a_few_changes_leave_the_large_file_as_it_is(store: Store, small: None) -> None:
    store.give("profiles", MANY)
    before = store.source.folder.manifest()
    store.give("profiles", STEPS[0])
    after = store.source.folder.manifest()
    assert (after.profiles, after.delta_rows, after.profile_rows) == (before.profiles, 2, 51)


def test_too_many_changes_are_written_together(store: Store, small: None) -> None:
    store.give("profiles", MANY)
    store.give("profiles", STEPS[0])
    store.give("profiles", "profile_id,plan\n" + "".join(f"p{n},gold\n" for n in range(20)))
    assert (store.source.folder.manifest().delta, len(store.members(EVERYBODY))) == ("", 51)


def test_a_column_that_changes_its_type_is_written_anew(store: Store, small: None) -> None:
    store.give("profiles", "profile_id,score\n" + "".join(f"p{n},{n}\n" for n in range(50)))
    store.give("profiles", "profile_id,score\np1,high\n")
    assert (store.source.folder.manifest().delta, store.values("profiles", "score")["p2"]) == ("", "2")


def test_answers_are_those_of_one_file(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "whole").mkdir()
    whole = Store(tmp_path / "whole")
    for content in (MANY, *STEPS):
        whole.give("profiles", content)
    monkeypatch.setattr(outcomes, "LEAST_FOR_DELTA", 50)
    for content in (MANY, *STEPS):
        store.give("profiles", content)
    assert store.source.folder.manifest().delta_rows == 4
    assert answers(store) == answers(whole)


def answers(store: Store) -> tuple[object, ...]:
    return (
        store.profiles(),
        store.fingerprints(parse_segment({"type": "rules", "rules": EVERYBODY})),
        store.values("profiles", "plan"),
        store.members({"consent": "ads", "op": "denied"}),
    )
