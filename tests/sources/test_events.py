"""Importing events: identity, times, properties; and the traits that are computed from them."""

from datetime import datetime

import pytest

from audience_sync.errors import Invalid
from tests.sources.ground import Store

ORDERS = "customer_id,ordered_on,units,amount_usd\n1,2026-05-01,1,11.77\n1,2026-05-01,1,11.77\n2,2026-06-01,2,20\n"


def counts(store: Store) -> dict[str, object]:
    return store.values("traits", "event_count")


@pytest.fixture
def shop(store: Store) -> Store:
    store.give("profiles", "customer_id\n1\n2\n3\n")
    return store


def test_a_file_of_orders_is_a_file_of_purchases(shop: Store) -> None:
    shop.give("events", ORDERS)

    assert shop.source.catalog().events == {"purchase": {"units": "integer", "amount_usd": "number"}}


def test_without_a_name_of_what_happened_the_file_is_refused_with_the_way_out(shop: Store) -> None:
    with pytest.raises(Invalid, match="=VALUE=event"):
        shop.give("events", "customer_id,time\n1,2026-05-01\n")


def test_a_constant_names_what_happened(shop: Store) -> None:
    shop.give("events", "customer_id,time\n1,2026-05-01\n", mapping={"=visit": "event"})

    assert list(shop.source.catalog().events) == ["visit"]


def test_events_that_are_alike_happened_twice(shop: Store) -> None:
    assert shop.give("events", ORDERS).created == 3
    assert counts(shop) == {"1": 2, "2": 1, "3": 0}


def test_a_repeated_import_adds_nothing(shop: Store) -> None:
    first = shop.give("events", ORDERS)
    again = shop.give("events", ORDERS)

    assert (again.created, again.unchanged, again.snapshot) == (0, 3, first.snapshot)


def test_a_longer_file_adds_only_what_is_new(shop: Store) -> None:
    shop.give("events", ORDERS)
    result = shop.give("events", ORDERS + "1,2026-05-01,1,11.77\n3,2026-07-01,1,5\n")

    assert (result.created, result.unchanged) == (2, 3)
    assert counts(shop) == {"1": 3, "2": 1, "3": 1}


def test_the_order_of_columns_makes_no_other_event(shop: Store) -> None:
    shop.give("events", ORDERS)
    result = shop.give("events", "amount_usd,units,ordered_on,customer_id\n20,2,2026-06-01,2\n")

    assert (result.created, result.unchanged) == (0, 1)


def test_an_event_id_is_the_identity(shop: Store) -> None:
    result = shop.give("events", "id,event,time,event_id\n1,a,2026-05-01,x\n1,a,2026-05-02,x\n1,a,2026-05-01,y\n")

    assert (result.created, result.repeated) == (2, 1)


def test_events_of_strangers_wait_for_the_profile(shop: Store) -> None:
    result = shop.give("events", "id,event,time\n9,visit,2026-05-01\n1,visit,2026-05-01\n")
    shop.give("profiles", "id\n9\n")

    assert result.strangers == 1
    assert shop.members({"event": "visit"}) == {"1", "9"}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-01", datetime(2026, 5, 1)),
        ("2026-05-01T10:00:00+02:00", datetime(2026, 5, 1, 8)),
        ("2026-05-01 10:00", datetime(2026, 5, 1, 10)),
        ("1764000000", datetime(2025, 11, 24, 16)),
        ("1764000000000", datetime(2025, 11, 24, 16)),
    ],
)
def test_times_are_utc(shop: Store, text: str, moment: datetime) -> None:
    shop.give("events", f"id,event,time\n1,visit,{text}\n")

    assert shop.values("traits", "first_seen") == {"1": moment}


@pytest.mark.parametrize("text", ["24/11/2026", "", "yesterday", "infinity", "2026-13-01", "12"])
def test_a_time_that_cannot_be_read_is_refused(shop: Store, text: str) -> None:
    shop.give("events", f"id,event,time\n1,visit,{text}\n")

    assert shop.refused() == [(2, "its time cannot be read")]


def test_properties_come_as_columns_or_as_an_object(shop: Store) -> None:
    shop.give_objects("events", {"id": 1, "event": "a", "time": "2026-05-01", "properties": {"n": 5, "tag": None}})
    shop.give_objects("events", {"id": 2, "event": "a", "time": "2026-05-01", "n": 7, "properties": {"n": 8}})

    assert shop.values("events", "properties['n']") == {"1": "5", "2": "7"}
    assert shop.source.catalog().events == {"a": {"n": "integer"}}


def test_properties_that_are_no_object_are_refused(shop: Store) -> None:
    shop.give("events", "id,event,time,properties\n1,a,2026-05-01,oops\n2,a,2026-05-01,\n")

    assert shop.refused() == [(2, "its properties are no JSON object")]


def test_the_traits_of_the_screens(shop: Store) -> None:
    shop.give(
        "events", "id,event,time,amount\n1,visit,2026-05-01,9\n1,Purchase,2026-05-02,10.5\n1,order,2026-05-03,2\n"
    )

    assert shop.values("traits", "revenue") == {"1": 12.5}
    assert shop.values("traits", "purchases") == {"1": 2, "2": 0, "3": 0}
    assert shop.values("traits", "last_purchase") == {"1": datetime(2026, 5, 3)}


def test_a_user_may_declare_a_trait(shop: Store) -> None:
    shop.give("events", ORDERS)
    shop.source.set_trait("units", "sum(number(properties['units']))")

    assert shop.values("traits", "units") == {"1": 2, "2": 2}
    assert shop.members({"trait": "units", "op": "at_least", "value": 2}) == {"1", "2"}


def test_a_declared_trait_follows_later_events(shop: Store) -> None:
    shop.source.set_trait("days", "count(DISTINCT time::DATE)")
    shop.give("events", ORDERS)

    assert shop.values("traits", "days") == {"1": 1, "2": 1, "3": 0}


def test_a_removed_trait_is_gone(shop: Store) -> None:
    shop.source.remove_trait("revenue")

    assert "revenue" not in shop.source.catalog().traits


@pytest.mark.parametrize(
    "expression",
    [
        "nonsense(",
        "max(price)",
        "time",
        "1) FROM events; DROP VIEW events; --",
        "(SELECT count(*) FROM read_text('/etc/passwd'))",
        "1), count(",
    ],
)
def test_an_expression_that_is_no_aggregate_is_refused(shop: Store, expression: str) -> None:
    before = shop.source.snapshot()
    with pytest.raises(Invalid):
        shop.source.set_trait("bad", expression)

    assert shop.source.snapshot() == before


def test_many_files_of_events_are_written_together(shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audience_sync.sources.builtin.outcomes.MAX_EVENT_FILES", 2)
    for day in range(1, 6):
        shop.give("events", f"id,event,time\n1,visit,2026-05-0{day}\n")

    assert len(shop.source.folder.manifest().events) <= 2
    assert counts(shop)["1"] == 5
