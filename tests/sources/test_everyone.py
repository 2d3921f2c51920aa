"""The raw identifiers of a whole segment: the same as by the ids that its fingerprints name."""

from datetime import timedelta

import pyarrow as pa
import pytest

from audience_sync.model.profiles import RAW_SCHEMA
from audience_sync.model.segments import Segment, parse_segment
from tests.sources.ground import AS_OF, EVERYBODY, Store

RULES: dict[str, dict[str, object]] = {
    "all": EVERYBODY,
    "consent": {"consent": "ads", "op": "granted"},
    "traits and events": {"all": [{"trait": "event_count", "op": "at_least", "value": 5}, {"event": "login"}]},
}


def by_id(store: Store, segment: Segment, **changes: object) -> list[dict[str, object]]:
    """Identifiers and fingerprint of each member, looked up by the ids that the fingerprints name."""
    question, ids = store.question(**changes), store.root / "ids.parquet"
    store.source.fingerprints(segment, ids, question=question)
    return store.source.profiles(ids, snapshot=question.snapshot, beside=["fp"]).read_all().to_pylist()


def asked(store: Store, segment: Segment, **changes: object) -> pa.Table:
    schema = RAW_SCHEMA.append(pa.field("fp", pa.uint64()))
    return pa.Table.from_batches(store.source.everyone(segment, question=store.question(**changes)), schema)


def in_order(people: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(people, key=lambda each: str(each["profile_id"]))


@pytest.mark.parametrize("policy", ["granted", "not_denied"])
@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_the_people_of_a_segment_are_those_whom_its_fingerprints_name(
    crowd: Store, rules: dict[str, object], policy: str
) -> None:
    segment = parse_segment({"type": "rules", "rules": rules})
    looked_up = by_id(crowd, segment, consent_policy=policy)
    assert looked_up
    assert in_order(asked(crowd, segment, consent_policy=policy).to_pylist()) == in_order(looked_up)


def test_who_is_asked_for_at_another_moment_is_who_was_in_the_segment_then(crowd: Store) -> None:
    segment = parse_segment({"type": "rules", "rules": {"event": "login", "last_days": 30}})
    later = AS_OF + timedelta(days=20)
    assert in_order(asked(crowd, segment, as_of=later).to_pylist()) == in_order(by_id(crowd, segment, as_of=later))


def test_a_segment_of_nobody_has_no_people(crowd: Store) -> None:
    segment = parse_segment({"type": "rules", "rules": {"attribute": "age", "op": "more_than", "value": 1000}})
    assert asked(crowd, segment).num_rows == 0
