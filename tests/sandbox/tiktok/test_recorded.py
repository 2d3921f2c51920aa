"""Requests byte for byte: the documents' examples of calls that TikTok's SDK lacks, and what that SDK was seen to send.

The segment calls are the documents' examples (portal docs 1739940583739393 and 1739940585975809, as Segment's and
RudderStack's connectors send them); the others are captures of the SDK. Read in November 2026.
"""

import json
from typing import Any

import httpx2
import pytest

from tests.sandbox.tiktok.business import MAIN, TOKEN, Business

MARY = "dbf1912b4cad4df9823f627874244e64b50a6ac550b9cb33b17df671a26679db"
JANE = "c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6"
PHONE = "a6e82c2f4091baff57a4f33d01efb65bfbeacbbfbcfaa9d0ff9f57d28d78fedb"
SDK_HEADERS = {
    "accept-encoding": "identity",
    "accept": "application/json",
    "business-sdk": "1",
    "sdk-language": "Py",
    "sdk-version": "0.1.3",
    "user-agent": "Swagger-Codegen/1.0.0/python",
}
CREATE = f'{{"advertiser_id":"{MAIN}","action":"create","custom_audience_name":"VIP customers"}}'


async def send(business: Business, method: str, target: str, body: str = "") -> Any:
    headers = {**SDK_HEADERS, "access-token": TOKEN, "content-type": "application/json"}
    url = f"/tiktok/open_api/v1.3/{target}"
    answer: httpx2.Response = await business.client.request(method, url, headers=headers, content=body.encode())
    found = answer.json()
    assert (answer.status_code, found["code"], found["message"]) == (200, 0, "OK"), found
    return found["data"]


@pytest.fixture
async def audience(business: Business) -> str:
    return str((await send(business, "POST", "segment/audience/", CREATE))["audience_id"])


async def test_an_audience_is_created(audience: str) -> None:
    assert audience == "7100000000000000001"


async def test_a_person_with_two_identifiers_and_one_with_one_are_added(business: Business, audience: str) -> None:
    body = (
        f'{{"advertiser_ids":["{MAIN}"],"action":"add","id_schema":["EMAIL_SHA256","PHONE_SHA256"],"batch_data":['
        f'[{{"id":"{MARY}","audience_ids":["{audience}"]}},{{"id":"{PHONE}","audience_ids":["{audience}"]}}],'
        f'[{{"id":"{JANE}","audience_ids":["{audience}"]}},{{}}]]}}'
    )
    assert await send(business, "POST", "segment/mapping/", body) == {}
    assert business.keys(audience) == {("EMAIL_SHA256", MARY), ("PHONE_SHA256", PHONE), ("EMAIL_SHA256", JANE)}


async def test_without_an_action_a_mapping_adds_and_with_delete_it_takes_out(business: Business, audience: str) -> None:
    one = {
        "advertiser_ids": [MAIN],
        "id_schema": ["EMAIL_SHA256"],
        "batch_data": [[{"id": MARY, "audience_ids": [audience]}]],
    }
    await send(business, "POST", "segment/mapping/", json.dumps(one))
    assert business.keys(audience) == {("EMAIL_SHA256", MARY)}
    await send(business, "POST", "segment/mapping/", json.dumps({**one, "action": "delete"}))
    assert business.keys(audience) == set()


async def test_an_audience_is_deleted(business: Business, audience: str) -> None:
    body = f'{{"advertiser_id":"{MAIN}","action":"delete","delete_audience_id":"{audience}"}}'
    await send(business, "POST", "segment/audience/", body)
    assert business.tiktok.audiences() == []


async def test_a_fresh_audience_is_shown_as_a_peer_has_recorded_it(business: Business, audience: str) -> None:
    target = (
        f"dmp/custom_audience/get/?advertiser_id={MAIN}&custom_audience_ids=%5B%22{audience}%22%5D&history_size=100"
    )
    (found,) = (await send(business, "GET", target))["list"]
    moments = {"create_time", "expired_time", "opt_time"}
    details = {name: value for name, value in found["audience_details"].items() if name not in moments}
    assert details == {
        "audience_id": audience,
        "name": "VIP customers",
        "type": "Partner",
        "calculate_type": "MULTIPLE_TYPES",
        "cover_num": 0,
        "is_valid": False,
        "is_expiring": False,
        "is_creator": True,
        "shared": False,
        "is_auto_refresh": False,
        "rule": '{"inclusions": null, "exclusions": null}',
        "lookalike_spec": None,
        "msg": None,
        "error_msg": None,
    }
    (entry,) = found["audience_history"]
    assert {name: value for name, value in entry.items() if name not in moments} == {
        "action": "create",
        "action_detail": "0",
        "editor": "open_api",
        "msg": None,
    }


async def test_the_sdks_query_is_read(business: Business) -> None:
    ids = [str((await send(business, "POST", "segment/audience/", CREATE))["audience_id"]) for _ in range(2)]
    target = f"dmp/custom_audience/get/?advertiser_id={MAIN}&custom_audience_ids=%5B%22{ids[0]}%22%2C+%22{ids[1]}%22%5D"
    assert len((await send(business, "GET", target))["list"]) == 2


async def test_the_sdks_fields_that_nobody_asked_for_are_accepted(business: Business) -> None:
    path = await business.uploaded(f"{MARY}\n".encode())
    body = (
        f'{{"advertiser_id": "{MAIN}", "audience_enhancement": false, "audience_sub_type": "NORMAL", '
        f'"calculate_type": "EMAIL_SHA256", "custom_audience_name": "VIP", "file_paths": ["{path}"]}}'
    )
    made = await send(business, "POST", "dmp/custom_audience/create/", body)
    business.advance()
    assert business.keys(made["custom_audience_id"]) == {("EMAIL_SHA256", MARY)}
