"""How audiences are shown: with their history, and in pages."""

import json
from typing import Any

import pytest

from tests.sandbox.tiktok.business import DMP, MAIN, SECONDARY, Business, emails, lines


async def listed(business: Business, **params: Any) -> Any:
    return await business.get(f"{DMP}/list", advertiser_id=MAIN, **params)


async def test_the_list_goes_page_by_page(business: Business) -> None:
    made = [await business.create(f"Audience {n}") for n in range(5)]
    pages = [(await listed(business, page=page, page_size=2))["data"] for page in (1, 2, 3, 4)]
    assert [each["audience_id"] for page in pages for each in page["list"]] == made[::-1]
    assert pages[1]["page_info"] == {"page": 2, "page_size": 2, "total_number": 5, "total_page": 3}


async def test_a_page_has_ten_unless_asked(business: Business) -> None:
    for n in range(11):
        await business.create(f"Audience {n}")
    assert len((await listed(business))["data"]["list"]) == 10


@pytest.mark.parametrize("params", [{"page": 0}, {"page_size": 101}, {"page_size": "many"}, {"page_size": 0}])
async def test_a_page_that_is_none_is_refused(business: Business, params: dict[str, Any]) -> None:
    assert (await listed(business, **params))["code"] == 40002


async def test_the_list_calls_the_type_otherwise_than_the_details(business: Business) -> None:
    audience = await business.create_from(lines(emails(5)))
    (row,) = (await listed(business))["data"]["list"]
    details = (await business.details(audience))["audience_details"]
    assert (row["audience_type"], details["type"]) == ("Customer File Audience",) * 2
    assert ("type" in row, "audience_type" in details) == (False, False)


async def test_one_account_sees_nothing_of_another(business: Business) -> None:
    await business.create(advertiser=SECONDARY)
    assert (await listed(business))["data"]["list"] == []


async def test_the_list_can_be_narrowed(business: Business) -> None:
    one, _ = await business.create(), await business.create()
    found = await listed(business, custom_audience_ids=json.dumps([one, "7"]))
    assert [each["audience_id"] for each in found["data"]["list"]] == [one]


async def test_details_of_what_is_not_there_are_refused(business: Business) -> None:
    answer = await business.get(f"{DMP}/get", advertiser_id=MAIN, custom_audience_ids='["7"]')
    assert answer["code"] == 40007


async def test_times_are_text(business: Business) -> None:
    details = (await business.details(await business.create()))["audience_details"]
    assert (len(details["create_time"]), details["create_time"][10]) == (19, " ")
    assert int(details["expired_time"][:4]) == int(details["create_time"][:4]) + 1


async def test_the_history_begins_with_the_latest_and_can_be_short(business: Business) -> None:
    audience = await business.create_from(lines(emails(2_000)))
    for _ in range(2):
        business.advance()
        await business.update(audience, lines(emails(1_500)), action="APPEND")
    business.advance()
    ids = json.dumps([audience])
    found = await business.get(f"{DMP}/get", advertiser_id=MAIN, custom_audience_ids=ids, history_size=2)
    assert [entry["action"] for entry in found["data"]["list"][0]["audience_history"]] == ["append", "append"]


@pytest.mark.parametrize("size", [0, 101])
async def test_a_history_has_one_to_a_hundred_entries(business: Business, size: int) -> None:
    ids = json.dumps([await business.create()])
    answer = await business.get(f"{DMP}/get", advertiser_id=MAIN, custom_audience_ids=ids, history_size=size)
    assert answer["code"] == 40002


async def test_the_control_surface_shows_both_kinds(business: Business) -> None:
    streamed, filed = await business.create(), await business.create_from(lines(emails(5)))
    business.advance()
    shown = (await business.client.get("/_sandbox/audiences")).json()
    assert [(each["id"], each["size"], each["account"]) for each in shown] == [(streamed, 0, MAIN), (filed, 5, MAIN)]
