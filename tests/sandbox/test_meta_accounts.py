"""Ad accounts, paging, fields and versions of the pretend Meta."""

from typing import Any

import pytest

from tests.sandbox.graph import MAIN, Graph, error_of


async def pages(graph: Graph, path: str, **params: Any) -> list[dict[str, Any]]:
    found = [await graph.get(path, **params)]
    while "next" in found[-1].get("paging", {}):
        found.append((await graph.call("GET", found[-1]["paging"]["next"])).json())
    return found


async def test_the_three_accounts_are_there(graph: Graph) -> None:
    found = await graph.get("me/adaccounts", fields="name")
    assert [(each["id"], each["name"]) for each in found["data"]] == [
        ("act_123456789", "Main Account"),
        ("act_987654321", "Secondary Account"),
        ("act_111222333", "Test Account"),
    ]


async def test_an_account_shows_the_fields_asked_for(graph: Graph) -> None:
    fields = (
        "id,account_id,name,currency,account_status,disable_reason,timezone_id,timezone_name,"
        "timezone_offset_hours_utc,business{id,name},user_tasks,capabilities,tos_accepted,user_tos_accepted"
    )
    found = await graph.get(MAIN, fields=fields)
    assert found.keys() >= {"currency", "account_status", "user_tasks", "timezone_offset_hours_utc"}
    assert found["business"] == {"id": "445566778899", "name": "Stratum Business"}
    assert found["tos_accepted"] == {"custom_audience_tos": 1}


async def test_unaccepted_terms_are_a_missing_key(graph: Graph) -> None:
    await graph.control("POST", "settings", {"platform": "meta", "terms_missing": [MAIN]})
    assert await graph.get(MAIN, fields="tos_accepted") == {"id": MAIN}


async def test_a_system_user_has_no_terms_of_its_own(graph: Graph) -> None:
    answer = await graph.call("GET", MAIN, token="SANDBOX_SYSTEM_USER_TOKEN", params={"fields": "user_tos_accepted"})
    assert answer.json() == {"id": MAIN}


async def test_next_is_there_only_while_more_follows(graph: Graph) -> None:
    found = await pages(graph, "me/adaccounts", limit=2)
    assert [len(page["data"]) for page in found] == [2, 1]
    assert set(found[-1]["paging"]) == {"cursors"}


async def test_the_next_page_keeps_what_was_asked_for(graph: Graph) -> None:
    found = await pages(graph, "me/adaccounts", limit=1, fields="name", summary="true")
    assert [page["data"][0]["name"] for page in found] == ["Main Account", "Secondary Account", "Test Account"]
    assert found[-1]["summary"] == {"total_count": 3}


async def test_the_next_address_has_one_cursor(graph: Graph) -> None:
    second = (await pages(graph, "me/adaccounts", limit=1))[1]
    assert second["paging"]["next"].count("after=") == 1


async def test_the_after_cursor_works_without_the_next_address(graph: Graph) -> None:
    first = await graph.get("me/adaccounts", limit=1)
    second = await graph.get("me/adaccounts", limit=1, after=first["paging"]["cursors"]["after"])
    assert second["data"][0]["id"] == "act_987654321"


async def test_an_invented_cursor_is_refused(graph: Graph) -> None:
    assert error_of(await graph.call("GET", "me/adaccounts", params={"after": "invented"})) == (100, None)


async def test_nothing_is_an_empty_list_and_no_more(graph: Graph) -> None:
    assert await graph.get(f"{MAIN}/customaudiences", fields="id,name") == {"data": []}


async def test_more_accounts_can_be_had(graph: Graph) -> None:
    await graph.control("POST", "settings", {"platform": "meta", "extra_accounts": 240})
    found = await pages(graph, "me/adaccounts", limit=100)
    assert len({each["id"] for page in found for each in page["data"]}) == 243


async def test_too_large_a_page_is_too_much_data(graph: Graph) -> None:
    assert error_of(await graph.call("GET", "me/adaccounts", params={"limit": 101})) == (1, None)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("445566778899/owned_ad_accounts", ["act_123456789", "act_987654321"]),
        ("445566778899/client_ad_accounts", ["act_111222333"]),
        ("me/businesses", ["445566778899"]),
        ("me/assigned_ad_accounts", ["act_123456789", "act_987654321", "act_111222333"]),
    ],
)
async def test_accounts_are_found_by_way_of_the_business(graph: Graph, path: str, expected: list[str]) -> None:
    answer = await graph.call("GET", path, token="SANDBOX_SYSTEM_USER_TOKEN")
    assert [each["id"] for each in answer.json()["data"]] == expected


async def test_nothing_is_assigned_to_a_person(graph: Graph) -> None:
    assert await graph.get("me/assigned_ad_accounts") == {"data": []}


async def test_an_unknown_account_does_not_exist(graph: Graph) -> None:
    assert error_of(await graph.call("GET", "act_5")) == (100, 33)


async def test_a_field_that_is_not_there_is_refused_by_name(graph: Graph) -> None:
    answer = await graph.call("GET", MAIN, params={"fields": "id,match_rate"})
    assert error_of(answer) == (100, None)
    assert "Tried accessing nonexisting field (match_rate)" in answer.json()["error"]["message"]


async def test_unparsable_fields_are_refused(graph: Graph) -> None:
    assert error_of(await graph.call("GET", MAIN, params={"fields": "id,business{id"})) == (2500, None)


@pytest.mark.parametrize("version", ["v26.0", "v25.0"])
async def test_the_living_versions_answer(graph: Graph, version: str) -> None:
    answer = await graph.client.get(f"/meta/{version}/me/adaccounts?access_token=SANDBOX_USER_TOKEN")
    assert answer.status_code == 200
    assert answer.headers["facebook-api-version"] == version


@pytest.mark.parametrize("version", ["v24.0", "v23.0", "v12.0"])
async def test_a_dead_version_says_so(graph: Graph, version: str) -> None:
    answer = await graph.client.get(f"/meta/{version}/me/adaccounts?access_token=SANDBOX_USER_TOKEN")
    assert error_of(answer) == (2635, None)


@pytest.mark.parametrize("version", ["v27.0", "v26", "latest"])
async def test_an_unknown_version_is_an_unknown_path(graph: Graph, version: str) -> None:
    answer = await graph.client.get(f"/meta/{version}/me/adaccounts?access_token=SANDBOX_USER_TOKEN")
    assert (answer.status_code, error_of(answer)) == (404, (2500, None))


async def test_the_core_outlives_the_marketing_api(graph: Graph) -> None:
    assert (await graph.client.get("/meta/v24.0/me?access_token=SANDBOX_USER_TOKEN")).status_code == 200


async def test_pretty_and_debug_are_ignored(graph: Graph) -> None:
    assert await graph.get("me", pretty="1", debug="all") == await graph.get("me")


async def test_date_format_is_refused(graph: Graph) -> None:
    assert error_of(await graph.call("GET", "me/adaccounts", params={"date_format": "U"})) == (100, None)


async def test_many_objects_at_once_are_no_longer_read(graph: Graph) -> None:
    assert error_of(await graph.call("GET", "", params={"ids": "act_123456789,act_987654321"})) == (2500, None)
