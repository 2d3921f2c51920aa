"""Whole records: every eligible member once, with all that was wanted of it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audience_sync.model.segments import Segment, parse_segment
from audience_sync.sources.builtin import recent
from audience_sync.sources.protocol import SegmentCount, Wanted
from tests.sources.ground import AS_OF, EVERYBODY, Store

ALL = Wanted(traits=True, attributes=True, event_days=30)
GRANTED = {"type": "rules", "rules": {"consent": "ads", "op": "granted"}}


def everybody() -> Segment:
    return parse_segment({"type": "rules", "rules": EVERYBODY})


def read(
    store: Store, wanted: Wanted, segment: Segment | None = None, **changes: object
) -> tuple[SegmentCount, dict[str, dict[str, Any]]]:
    """The counts, and each record by its profile's id."""
    with store.source.records(segment or everybody(), wanted, question=store.question(**changes)) as found:
        rows = found.batches.read_all().to_pylist()
    by_id = {row.pop("profile_id"): row for row in rows}
    assert len(by_id) == len(rows)
    return found.counts, by_id


@pytest.mark.parametrize("segment", [GRANTED, {"type": "rules", "rules": EVERYBODY}], ids=["some", "all"])
def test_records_are_those_of_the_eligible_members(crowd: Store, segment: dict[str, object]) -> None:
    parsed = parse_segment(segment)
    counts, found = read(crowd, ALL, parsed)
    assert set(found) == set(crowd.fingerprints(parsed))
    assert counts == crowd.source.count(parsed, crowd.question())


def test_sql_segments_have_records_too(crowd: Store) -> None:
    sql = "SELECT profile_id FROM profiles WHERE age > 40"
    _, found = read(crowd, Wanted(), parse_segment({"type": "sql", "sql": sql}))
    assert set(found) == crowd.by_sql(sql)


def test_a_rule_about_traits_and_events_stands_beside_wanted_traits(crowd: Store) -> None:
    rules = {"all": [{"trait": "event_count", "op": "at_least", "value": 5}, {"event": "login"}]}
    _, found = read(crowd, ALL, parse_segment({"type": "rules", "rules": rules}))
    assert set(found) == crowd.members(rules)
    assert all(row["trait:event_count"] >= 5 for row in found.values())


def test_traits_and_attributes_are_those_that_sql_sees(crowd: Store) -> None:
    _, found = read(crowd, ALL)
    for table, column, name in (
        ("traits", "revenue", "trait:revenue"),
        ("traits", "event_count", "trait:event_count"),
        ("profiles", "age", "attribute:age"),
    ):
        known = crowd.values(table, column)
        assert {key: row[name] for key, row in found.items() if row[name] is not None} == {
            key: value for key, value in known.items() if key in found
        }


@pytest.mark.parametrize("at_once", [1_000_000, 5])
def test_recent_events_are_those_of_the_last_days_in_their_order(
    crowd: Store, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(recent, "EVENTS_AT_ONCE", at_once)
    _, found = read(crowd, ALL)
    with_events = {key: row["events"] for key, row in found.items() if row["events"]}
    since = (AS_OF - timedelta(days=30)).replace(tzinfo=None)
    assert with_events
    for events in with_events.values():
        times: list[datetime] = [event["time"] for event in events]
        assert times == sorted(times)
        assert since <= times[0] and times[-1] <= AS_OF.replace(tzinfo=None)
    assert set(with_events) == {
        profile
        for profile in found
        if profile in crowd.by_sql(f"SELECT profile_id FROM events WHERE time BETWEEN TIMESTAMP '{since}' AND as_of()")
    }


def test_the_most_values_of_a_kind_are_told(store: Store) -> None:
    store.give("profiles", "profile_id,email,email,email,phone\na,a@x.com,b@x.com,,\nb,,,,+14155550123\n")
    with store.source.records(everybody(), Wanted(), question=store.question()) as found:
        assert found.values == {"email": 2, "phone": 1, "mobile_ad_id": 0, "external_id": 0}


def test_an_empty_store_has_no_records(tmp_path: Path) -> None:
    counts, found = read(Store(tmp_path), ALL)
    assert (counts.size, found) == (0, {})
