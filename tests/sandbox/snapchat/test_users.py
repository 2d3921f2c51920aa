"""Members of the pretend Snapchat: add, remove, remove all."""

import json
from typing import Any

import pytest

from tests.sandbox.snapchat.snap import EMAIL, PHONE, Snap, item_code, people, refused, sha

MARY, JOHN = sha("mary@example.com"), sha("john@example.com")


async def test_added_people_are_there(snap: Snap) -> None:
    made = await snap.create()
    answer = (await snap.users(made, [[MARY], [JOHN]])).json()
    assert answer["users"] == [{"sub_request_status": "SUCCESS", "user": {"number_uploaded_users": 2}}]
    assert snap.keys(made) == {(EMAIL, MARY), (EMAIL, JOHN)}


async def test_sending_twice_adds_nothing(snap: Snap) -> None:
    made = await snap.create()
    for _ in range(2):
        await snap.users(made, [[MARY], [MARY]])
    assert snap.keys(made) == {(EMAIL, MARY)}


async def test_one_segment_takes_every_kind_in_requests_of_their_own(snap: Snap) -> None:
    made = await snap.create()
    kinds = {EMAIL, PHONE, "MOBILE_AD_ID_SHA256"}
    for kind in kinds:
        await snap.users(made, [[MARY]], schema=[kind])
    assert snap.keys(made) == {(kind, MARY) for kind in kinds}


@pytest.mark.parametrize("entry", [{}, {"id": "the segment's"}])
async def test_a_removal_is_a_delete_with_a_body_with_or_without_an_id(snap: Snap, entry: dict[str, str]) -> None:
    made = await snap.create()
    await snap.users(made, [[MARY], [JOHN]])
    named = {"id": made} if entry else {}
    body = {"users": [{**named, "schema": [EMAIL], "data": [[MARY]]}]}
    answer = await snap.call("DELETE", f"segments/{made}/users", json=body)
    assert answer.json()["users"][0]["user"] == {"number_uploaded_users": 1}
    assert snap.keys(made) == {(EMAIL, JOHN)}


async def test_an_id_of_another_segment_is_refused(snap: Snap) -> None:
    one, other = await snap.create(), await snap.create()
    body = {"users": [{"id": other, "schema": [EMAIL], "data": [[MARY]]}]}
    assert (await snap.call("DELETE", f"segments/{one}/users", json=body)).status_code == 400


async def test_removing_a_stranger_counts_what_was_sent(snap: Snap) -> None:
    answer = await snap.users(await snap.create(), [[MARY]], method="DELETE")
    assert answer.json()["users"][0]["user"] == {"number_uploaded_users": 1}


async def test_a_removal_of_one_kind_leaves_the_other(snap: Snap) -> None:
    made = await snap.create()
    for kind in (EMAIL, PHONE):
        await snap.users(made, [[MARY]], schema=[kind])
    await snap.users(made, [[MARY]], schema=[EMAIL], method="DELETE")
    assert snap.keys(made) == {(PHONE, MARY)}


async def test_removing_all_leaves_nobody_and_shows_the_segment(snap: Snap) -> None:
    made = await snap.create()
    await snap.users(made, [[MARY], [JOHN]])
    (item,) = (await snap.call("DELETE", f"segments/{made}/all_users")).json()["segments"]
    assert (item["segment"]["id"], item["segment"]["approximate_number_users"]) == (made, 0)
    assert snap.keys(made) == set()


@pytest.mark.parametrize(
    "entry",
    [
        {"schema": [EMAIL, PHONE], "data": [[MARY, JOHN]]},
        {"schema": EMAIL, "data": [[MARY]]},
        {"schema": ["EMAIL"], "data": [[MARY]]},
        {"schema": [], "data": [[MARY]]},
        {"schema": [EMAIL], "data": [MARY]},
        {"schema": [EMAIL], "data": [[MARY, JOHN]]},
        {"schema": [EMAIL], "data": []},
        {"schema": [EMAIL], "data": [["mary@example.com"]]},
        {"schema": [EMAIL], "data": [[MARY.upper()]]},
        {"schema": [EMAIL], "data": [[MARY], [""]]},
        {"schema": [EMAIL], "data": [[None]]},
        {"schema": [EMAIL]},
        {"data": [[MARY]]},
    ],
)
async def test_a_body_of_another_form_is_refused_whole(snap: Snap, entry: dict[str, Any]) -> None:
    made = await snap.create()
    answer = await snap.call("POST", f"segments/{made}/users", json={"users": [entry]})
    assert (answer.status_code, snap.keys(made)) == (400, set())
    assert answer.json()["debug_message"]


async def test_two_kinds_in_one_request_are_refused(snap: Snap) -> None:
    made = await snap.create()
    users = [{"schema": [kind], "data": [[MARY]]} for kind in (EMAIL, PHONE)]
    assert (await snap.call("POST", f"segments/{made}/users", json={"users": users})).status_code == 400


@pytest.mark.parametrize(("count", "status"), [(100_000, 200), (100_001, 400)])
async def test_a_request_has_at_most_100000_identifiers(snap: Snap, count: int, status: int) -> None:
    made = await snap.create()
    assert (await snap.users(made, people(count))).status_code == status
    assert len(snap.keys(made)) == (count if status == 200 else 0)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_hidden_refusal_changes_nobody(snap: Snap, method: str) -> None:
    made = await snap.create()
    await snap.users(made, [[JOHN]])
    snap.fail("sub_error:E2006")
    answer = await snap.users(made, [[MARY], [JOHN]], method=method)
    assert (item_code(answer, "users"), answer.json()["request_status"]) == ("E2006", "SUCCESS")
    assert snap.keys(made) == {(EMAIL, JOHN)}


async def test_a_poisoned_request_is_refused_whole(snap: Snap) -> None:
    made = await snap.create()
    snap.fail(f"poison:{MARY}", times=None)
    answers = [await snap.users(made, rows) for rows in ([[MARY], [JOHN]], [[JOHN]])]
    assert [each.status_code for each in answers] == [400, 200]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain"])
async def test_another_content_type_is_e0002(snap: Snap, kind: str) -> None:
    body = json.dumps({"users": [{"schema": [EMAIL], "data": [[MARY]]}]})
    path = f"segments/{await snap.create()}/users"
    answer = await snap.call("POST", path, content=body, headers={"content-type": kind})
    assert refused(answer) == (415, "E0002")


async def test_a_body_that_is_no_json_is_refused(snap: Snap) -> None:
    path = f"segments/{await snap.create()}/users"
    answer = await snap.call("POST", path, content="{", headers={"content-type": "application/json"})
    assert answer.status_code == 400
