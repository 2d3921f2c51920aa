"""The person, organizations and ad accounts of the pretend Snapchat, and its pages."""

from urllib.parse import urlsplit

import pytest

from tests.sandbox.snapchat.snap import BUSINESS, MAIN, SECONDARY, Snap, new, refused


async def test_me_is_the_person_of_the_token(snap: Snap) -> None:
    found = await snap.get("me")
    assert (found["request_status"], bool(found["request_id"])) == ("SUCCESS", True)
    assert found["me"].keys() == {
        "id",
        "email",
        "organization_id",
        "display_name",
        "snapchat_username",
        "member_status",
    }


async def test_organizations_hold_bare_ad_accounts(snap: Snap) -> None:
    found = (await snap.get("me/organizations", with_ad_accounts="true"))["organizations"]
    item = next(each for each in found if each["organization"]["id"] == BUSINESS)
    account = next(each for each in item["organization"]["ad_accounts"] if each["id"] == MAIN)
    assert item["sub_request_status"] == "SUCCESS"
    assert account == {
        "id": MAIN,
        "name": "Main Account",
        "currency": "USD",
        "timezone": "America/Los_Angeles",
        "status": "ACTIVE",
        "roles": ["admin"],
    }


async def test_organizations_hold_no_ad_accounts_unasked(snap: Snap) -> None:
    found = (await snap.get("me/organizations"))["organizations"]
    assert len(found) == 2
    assert all("ad_accounts" not in each["organization"] for each in found)


async def test_the_ad_accounts_of_an_organization_are_wrapped(snap: Snap) -> None:
    found = (await snap.get(f"organizations/{BUSINESS}/adaccounts"))["adaccounts"]
    assert {each["adaccount"]["id"] for each in found} == {MAIN, SECONDARY}
    assert {each["sub_request_status"] for each in found} == {"SUCCESS"}


async def test_one_ad_account_comes_in_the_same_wrapper(snap: Snap) -> None:
    (item,) = (await snap.get(f"adaccounts/{MAIN}"))["adaccounts"]
    assert item["adaccount"].keys() >= {"id", "name", "type", "status", "currency", "timezone", "organization_id"}


async def test_a_role_that_may_not_edit_is_shown(snap: Snap) -> None:
    snap.set(view_only_accounts=[MAIN])
    found = (await snap.get("me/organizations", with_ad_accounts="true"))["organizations"]
    roles = {each["id"]: each["roles"] for item in found for each in item["organization"]["ad_accounts"]}
    assert (roles[MAIN], roles[SECONDARY]) == (["reports"], ["admin"])


@pytest.mark.parametrize("path", ["adaccounts/nobody", "organizations/nobody/adaccounts", "segments/1"])
async def test_what_does_not_exist_is_e3003(snap: Snap, path: str) -> None:
    assert refused(await snap.call("GET", path)) == (404, "E3003")


async def test_what_may_not_be_seen_may_be_a_403(snap: Snap) -> None:
    snap.set(not_found_http=403)
    assert refused(await snap.call("GET", "segments/1")) == (403, "E3003")


async def test_pages_follow_each_other_by_an_absolute_address(snap: Snap) -> None:
    made = [await snap.create(str(n)) for n in range(5)]
    snap.set(page_size=2)
    path, pages = f"http://sandbox/snapchat/v1/adaccounts/{MAIN}/segments?limit=50", []
    while path:
        found = (await snap.call("GET", path)).json()
        pages.append([each["segment"]["id"] for each in found["segments"]])
        path = found["paging"].get("next_link", "")
    assert pages == [made[:2], made[2:4], made[4:]]


async def test_a_full_last_page_has_no_successor(snap: Snap) -> None:
    for n in range(2):
        await snap.create(str(n))
    snap.set(page_size=2)
    assert (await snap.get(f"adaccounts/{MAIN}/segments", limit=50))["paging"] == {}


async def test_a_next_page_repeats_what_was_asked(snap: Snap) -> None:
    snap.set(page_size=1)
    found = await snap.get("me/organizations", with_ad_accounts="true", limit=100)
    following = (await snap.call("GET", found["paging"]["next_link"])).json()
    assert "ad_accounts" in following["organizations"][0]["organization"]


async def test_without_a_limit_there_is_one_page_in_no_order(snap: Snap) -> None:
    made = [new(str(n)) for n in range(15)]
    for _ in range(4):
        await snap.call("POST", f"adaccounts/{MAIN}/segments", json={"segments": made})
    found = await snap.get(f"adaccounts/{MAIN}/segments")
    ids = [each["segment"]["id"] for each in found["segments"]]
    assert (len(ids), found["paging"]) == (60, {})
    assert ids != sorted(ids)


@pytest.mark.parametrize("limit", [49, 1001, "many"])
async def test_a_page_has_50_to_1000_items(snap: Snap, limit: object) -> None:
    answer = await snap.call("GET", f"adaccounts/{MAIN}/segments", params={"limit": limit})
    assert answer.status_code == 400


async def test_a_link_can_lead_elsewhere(snap: Snap) -> None:
    snap.set(page_size=1)
    snap.fail("foreign_link")
    found = await snap.get("me/organizations", limit=50)
    assert urlsplit(found["paging"]["next_link"]).hostname == "elsewhere.example"


async def test_there_can_be_many_ad_accounts(snap: Snap) -> None:
    snap.set(extra_accounts=40)
    found = (await snap.get(f"organizations/{BUSINESS}/adaccounts"))["adaccounts"]
    assert len({each["adaccount"]["id"] for each in found}) == 42
