"""Where an answer has the same ground as the one before it, whoever came in or changed tells all of the difference."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audience_sync.model.segments import ListKind, Segment, parse_segment
from audience_sync.sources.builtin import outcomes
from audience_sync.sources.builtin.arrivals import Row
from audience_sync.sources.protocol import NOTHING, Known, SegmentCount
from tests.sources.ground import EVERYBODY, Store
from tests.sources.test_folding import erased, event, folded, happened, people

RULES = (
    {"consent": "ads", "op": "unknown"},
    {"not": {"attribute": "plan", "op": "is", "value": "gold"}},
    {"trait": "purchases", "op": "at_least", "value": 1},
)
FIRST: list[Row] = [
    {"profile_id": f"p{n}", "email": f"p{n}@x.org", "attribute:plan": "free", "consent:ads": True} for n in range(6)
]
CHANGES = st.fixed_dictionaries(
    {"profile_id": st.sampled_from([f"p{n}" for n in range(9)])},
    optional={
        "email": st.sampled_from(["a@x.org", "p1@x.org"]),
        "attribute:plan": st.sampled_from(["free", "gold"]),
        "consent:ads": st.booleans(),
    },
)
STEPS = st.one_of(
    st.lists(CHANGES, min_size=1, max_size=4).map(lambda rows: people(*rows)),
    st.sampled_from([happened(event("p1", "purchase")), erased("p2")]),
)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever comes in is kept beside the first file."""
    monkeypatch.setattr(outcomes, "LEAST_FOR_DELTA", 0)
    monkeypatch.setattr(outcomes, "DELTA_SHARE", 0)


@dataclass
class Asker:
    """Somebody who asks one segment again and again, and keeps the last answer."""

    store: Store
    segment: Segment
    known: Known = NOTHING
    members: dict[str, int] = field(default_factory=dict)

    def ask(self) -> SegmentCount:
        target = self.store.root / "answer.parquet"
        counted = self.store.source.fingerprints(self.segment, target, question=self.store.question(), known=self.known)
        if counted.digest != self.known.digest:
            told = pq.read_table(target).to_pydict()
            rows = dict(zip(told["profile_id"], told["fp"], strict=True))
            kept = self.members if counted.lately else {}
            self.members = {who: fp for who, fp in {**kept, **rows}.items() if fp is not None}
        self.known = Known(counted.digest, counted.ground)
        return counted


def askers(store: Store) -> Iterator[Asker]:
    for rule in RULES:
        yield Asker(store, parse_segment({"type": "rules", "rules": rule}))
    yield Asker(store, store.source.save_list("vips", ListKind.EMAIL, ["p1@x.org", "a@x.org"]))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=3))
def test_the_latest_and_the_last_answer_are_the_whole_answer(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, list[Row]]]
) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    folded(store, people(*FIRST), happened(event("p0", "purchase")))
    asking = list(askers(store))
    for step in ((), *((each,) for each in steps)):
        folded(store, *step)
        for asker in asking:
            asker.ask()
            assert asker.members == store.fingerprints(asker.segment)


def begun(store: Store) -> Asker:
    """An asker who knows the answer about the first people."""
    folded(store, people(*FIRST))
    asker = Asker(store, parse_segment({"type": "rules", "rules": EVERYBODY}))
    asker.ask()
    return asker


def test_a_change_is_told_alone(store: Store) -> None:
    asker = begun(store)
    folded(store, people({"profile_id": "p1", "email": "new@x.org"}))
    assert asker.ask().lately
    assert pq.read_table(store.root / "answer.parquet").column("profile_id").to_pylist() == ["p1"]


def test_who_is_no_member_any_more_has_no_fingerprint(store: Store) -> None:
    asker = begun(store)
    folded(store, people({"profile_id": "p1", "consent:ads": False}))
    assert asker.ask().lately
    assert pq.read_table(store.root / "answer.parquet").to_pydict()["fp"] == [None]


@pytest.mark.parametrize("step", [erased("p1"), happened(event("p1"))], ids=["erased", "an event"])
def test_what_is_no_change_of_a_profile_is_new_ground(store: Store, step: tuple[str, list[Row]]) -> None:
    asker = begun(store)
    folded(store, step)
    assert not asker.ask().lately


def test_a_new_file_of_everybody_is_new_ground(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asker = begun(store)
    monkeypatch.setattr(outcomes, "DELTA_SHARE", 100)
    folded(store, people({"profile_id": "p1", "email": "new@x.org"}))
    assert not asker.ask().lately


def test_sql_of_the_user_has_no_ground(store: Store) -> None:
    folded(store, people(*FIRST))
    segment = parse_segment({"type": "sql", "sql": "SELECT profile_id FROM profiles"})
    target: Path = store.root / "answer.parquet"
    assert store.source.fingerprints(segment, target, question=store.question()).ground == ""
