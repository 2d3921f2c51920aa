"""Segments of the pretend Snapchat as objects: create, read, change, delete."""

import re
from typing import Any

import pytest

from tests.sandbox.snapchat.snap import MAIN, SECONDARY, Snap, item_code, new, people, refused

SEGMENTS = f"adaccounts/{MAIN}/segments"


async def test_a_new_segment_is_shown_with_all_its_fields(snap: Snap) -> None:
    answer = await snap.call("POST", SEGMENTS, json={"segments": [new(description="Synced by us")]})
    segment = answer.json()["segments"][0]["segment"]
    times = segment.pop("created_at"), segment.pop("updated_at")
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", each) for each in times)
    assert re.fullmatch(r"\d{16}", segment.pop("id"))
    assert segment == {
        "name": "VIP",
        "description": "Synced by us",
        "ad_account_id": MAIN,
        "organization_id": "40d6719b-da09-410b-9185-0cc9c0dfed1d",
        "status": "PENDING",
        "source_type": "FIRST_PARTY",
        "retention_in_days": 9999,
        "approximate_number_users": 0,
        "upload_status": "NO_UPLOAD",
        "targetable_status": "NOT_READY",
        "visible_to": [f"AdAccountEntity_{MAIN}"],
    }


@pytest.mark.parametrize("field", ["name", "ad_account_id", "source_type", "retention_in_days"])
async def test_a_required_field_is_missed_inside_a_success(snap: Snap, field: str) -> None:
    body = {name: value for name, value in new().items() if name != field}
    answer = await snap.call("POST", SEGMENTS, json={"segments": [body]})
    assert (item_code(answer), answer.json()["request_status"]) == ("E2006", "SUCCESS")
    assert f"message: {field} is a required field : [" in answer.json()["segments"][0]["sub_request_error_reason"]


async def test_a_refused_item_does_not_touch_its_neighbours(snap: Snap) -> None:
    answer = await snap.call("POST", SEGMENTS, json={"segments": [new("One"), new(""), new("Three")]})
    assert [item_code(answer, place=place) for place in range(3)] == ["", "E2006", ""]
    found = (await snap.get(SEGMENTS, limit=50))["segments"]
    assert [each["segment"]["name"] for each in found] == ["One", "Three"]


async def test_an_answer_of_refusals_only_can_be_a_400(snap: Snap) -> None:
    snap.set(refused_http=400, refused_status="ERROR")
    answer = await snap.call("POST", SEGMENTS, json={"segments": [new("")]})
    assert (answer.status_code, answer.json()["request_status"]) == (400, "ERROR")


@pytest.mark.parametrize(("length", "code"), [(375, ""), (376, "E0000")])
async def test_a_name_has_at_most_375_characters(snap: Snap, length: int, code: str) -> None:
    assert item_code(await snap.call("POST", SEGMENTS, json={"segments": [new("é" * length)]})) == code


@pytest.mark.parametrize(
    "change",
    [{"ad_account_id": SECONDARY}, {"source_type": "LOOKALIKE"}, {"retention_in_days": "9999"}, {"description": 1}],
)
async def test_a_wrong_value_is_refused_and_makes_nothing(snap: Snap, change: dict[str, Any]) -> None:
    answer = await snap.call("POST", SEGMENTS, json={"segments": [new(**change)]})
    assert item_code(answer) == "E0000"
    assert (await snap.get(SEGMENTS))["segments"] == []


@pytest.mark.parametrize(("count", "status"), [(15, 200), (16, 400)])
async def test_a_request_has_at_most_15_segments(snap: Snap, count: int, status: int) -> None:
    answer = await snap.call("POST", SEGMENTS, json={"segments": [new()] * count})
    assert answer.status_code == status
    assert len((await snap.get(SEGMENTS))["segments"]) == (count if status == 200 else 0)


@pytest.mark.parametrize("body", [{}, {"segments": []}, {"segments": [1]}, {"segments": new()}])
async def test_a_body_without_the_plural_array_is_refused(snap: Snap, body: Any) -> None:
    assert refused(await snap.call("POST", SEGMENTS, json=body)) == (400, "E2006")


async def test_two_segments_may_have_one_name(snap: Snap) -> None:
    assert await snap.create("VIP") != await snap.create("VIP")


async def test_an_ad_account_has_1000_segments_at_most(snap: Snap) -> None:
    assert snap.platform.settings()["segment_limit"] == 1_000
    snap.set(segment_limit=1)
    await snap.create()
    assert item_code(await snap.call("POST", SEGMENTS, json={"segments": [new()]})) == "E0000"


async def test_a_list_holds_the_segments_of_its_account_only(snap: Snap) -> None:
    await snap.create()
    assert (await snap.get(f"adaccounts/{SECONDARY}/segments"))["segments"] == []


async def test_a_segment_can_be_changed(snap: Snap) -> None:
    made = await snap.create()
    change = {"id": made, "name": "VIP 2", "description": "d", "retention_in_days": 30}
    answer = await snap.call("PUT", SEGMENTS, json={"segments": [change]})
    found = await snap.segment(made)
    assert answer.json()["segments"][0]["segment"]["name"] == "VIP 2"
    assert {name: found[name] for name in change} == change


@pytest.mark.parametrize(
    ("setting", "change"),
    [
        ({}, {"source_type": "PIXEL"}),
        ({}, {"ad_account_id": SECONDARY}),
        ({"rename_allowed": False}, {"name": "Other"}),
        ({"retention_changeable": False}, {"retention_in_days": 30}),
    ],
)
async def test_what_cannot_change_is_e2023(snap: Snap, setting: dict[str, Any], change: dict[str, Any]) -> None:
    made = await snap.create()
    snap.set(**setting)
    before = await snap.segment(made)
    answer = await snap.call("PUT", SEGMENTS, json={"segments": [{"id": made, **change}]})
    assert (item_code(answer), await snap.segment(made)) == ("E2023", before)


@pytest.mark.parametrize(("change", "code"), [({}, "E2006"), ({"id": "1"}, "E3003")])
async def test_only_a_segment_of_the_account_can_be_changed(snap: Snap, change: dict[str, str], code: str) -> None:
    assert item_code(await snap.call("PUT", SEGMENTS, json={"segments": [{"name": "x", **change}]})) == code


async def test_a_segment_cannot_be_changed_through_another_account(snap: Snap) -> None:
    made = await snap.create()
    body = {"segments": [{"id": made, "name": "x"}]}
    assert item_code(await snap.call("PUT", f"adaccounts/{SECONDARY}/segments", json=body)) == "E3003"
    assert (await snap.segment(made))["name"] == "VIP"


async def test_segments_cannot_be_patched(snap: Snap) -> None:
    made = await snap.create()
    answer = await snap.call("PATCH", f"segments/{made}", json=[{"op": "replace", "path": "/name", "value": "x"}])
    assert answer.status_code == 405
    assert (await snap.segment(made))["name"] == "VIP"


async def test_a_deleted_segment_is_in_no_answer_any_more(snap: Snap) -> None:
    made = await snap.create()
    answer = (await snap.call("DELETE", f"segments/{made}")).json()
    assert (answer["request_status"], answer["segments"]) == ("SUCCESS", [])
    assert refused(await snap.call("DELETE", f"segments/{made}")) == (404, "E3003")


async def test_a_delete_that_is_refused_inside_a_success_deletes_nothing(snap: Snap) -> None:
    made = await snap.create()
    snap.fail("sub_error:E2006")
    assert item_code(await snap.call("DELETE", f"segments/{made}")) == "E2006"
    assert (await snap.segment(made))["id"] == made


async def test_a_role_that_may_not_edit_creates_nothing(snap: Snap) -> None:
    snap.set(view_only_accounts=[MAIN])
    assert refused(await snap.call("POST", SEGMENTS, json={"segments": [new()]})) == (403, "E3002")


async def test_a_role_that_may_not_edit_a_segment_may_read_it(snap: Snap) -> None:
    made = await snap.create()
    snap.platform.mark(made, "no_role", on=True)
    assert refused(await snap.users(made, people(1))) == (403, "E3002")
    assert (await snap.segment(made))["id"] == made


async def test_a_segment_deleted_over_there_is_gone(snap: Snap) -> None:
    made = await snap.create()
    snap.fail("gone", path=f"segments/{made}")
    assert refused(await snap.users(made, people(1))) == (404, "E3003")
    assert (await snap.get(SEGMENTS))["segments"] == []
