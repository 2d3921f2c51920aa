"""Requests of others, as their public sources and Snapchat's own examples have them."""

import json

import httpx2
import pytest

from tests.sandbox.snapchat.snap import EMAIL, MAIN, PHONE, Snap

# Pinned by RudderStack's and Segment's tests: test@abc.com, +1 (706) 767-5127, a mobile ad id.
ABC = "d3142c8f9c9129484daf28df80cc5c955791efed5e69afabb603bc8cb9ffd419"
NUMBER = "2fd199db6d3fa9fe754886ff1822f2867fcb104a6639495eca25c2978efe4ed4"
DEVICE = "30a5154b77ab8b2ddbe19f5e7af72f33cc2a4a41f22940d965102650a1c72863"
JSON = {"content-type": "application/json"}


async def sent(snap: Snap, method: str, path: str, body: object = None) -> httpx2.Response:
    answer = await snap.call(method, path, content=json.dumps(body) if body else None, headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer


async def test_snaps_example_creates_a_segment(snap: Snap) -> None:
    segment = {
        "name": "VIP customers",
        "description": "Synced by us",
        "source_type": "FIRST_PARTY",
        "ad_account_id": MAIN,
        "retention_in_days": 9999,
    }
    answer = await sent(snap, "POST", f"adaccounts/{MAIN}/segments", {"segments": [segment]})
    assert answer.json()["segments"][0]["segment"]["name"] == "VIP customers"


async def test_snaps_example_adds_two_people(snap: Snap) -> None:
    body = {"users": [{"schema": ["EMAIL_SHA256"], "data": [[ABC], [NUMBER]]}]}
    answer = await sent(snap, "POST", f"segments/{await snap.create()}/users", body)
    assert answer.json()["users"] == [{"sub_request_status": "SUCCESS", "user": {"number_uploaded_users": 2}}]


async def test_rudderstack_adds_without_and_removes_with_the_id(snap: Snap) -> None:
    made = await snap.create()
    entry = {"schema": ["PHONE_SHA256"], "data": [[NUMBER]]}
    await sent(snap, "POST", f"segments/{made}/users", {"users": [entry]})
    held = snap.keys(made)
    await sent(snap, "DELETE", f"segments/{made}/users", {"users": [{"id": made, **entry}]})
    assert (held, snap.keys(made)) == ({(PHONE, NUMBER)}, set())


async def test_segment_sends_three_kinds_to_one_list_and_removes_without_an_id(snap: Snap) -> None:
    made = await snap.create()
    kinds = {EMAIL: ABC, PHONE: NUMBER, "MOBILE_AD_ID_SHA256": DEVICE}
    for kind, value in kinds.items():
        await sent(snap, "POST", f"segments/{made}/users", {"users": [{"schema": [kind], "data": [[value]]}]})
    held = snap.keys(made)
    await sent(snap, "DELETE", f"segments/{made}/users", {"users": [{"schema": [EMAIL], "data": [[ABC]]}]})
    assert held == set(kinds.items())
    assert snap.keys(made) == held - {(EMAIL, ABC)}


async def test_amperity_empties_a_list_before_it_fills_it(snap: Snap) -> None:
    made = await snap.create()
    body = {"users": [{"schema": [EMAIL], "data": [[ABC]]}]}
    await sent(snap, "POST", f"segments/{made}/users", body)
    await sent(snap, "DELETE", f"segments/{made}/all_users")
    emptied = snap.keys(made)
    await sent(snap, "POST", f"segments/{made}/users", body)
    assert (emptied, snap.keys(made)) == (set(), {(EMAIL, ABC)})


@pytest.mark.parametrize("path", [f"adaccounts/{MAIN}/segments?limit=1000", "me/organizations?with_ad_accounts=true"])
async def test_peers_list_what_is_there(snap: Snap, path: str) -> None:
    assert (await sent(snap, "GET", path)).json()["request_status"] == "SUCCESS"


async def test_a_java_client_of_2020_sends_a_flat_list_and_is_refused(snap: Snap) -> None:
    body = {"users": [{"schema": [EMAIL], "data": [ABC]}]}
    answer = await snap.call("POST", f"segments/{await snap.create()}/users", json=body)
    assert answer.status_code == 400
