"""Custom audiences of the pretend Meta as objects."""

from typing import Any

import pytest

from tests.sandbox.graph import MAIN, SECONDARY, Graph, error_of, people

NEW = {"name": "VIP", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}


async def names(graph: Graph, **params: Any) -> list[str]:
    found = await graph.get(f"{MAIN}/customaudiences", fields="name", **params)
    return [each["name"] for each in found["data"]]


@pytest.mark.parametrize("encoding", ["json", "data", "params"])
async def test_an_audience_is_created_from_any_encoding(graph: Graph, encoding: str) -> None:
    request: dict[str, Any] = {encoding: NEW}
    answer = await graph.call("POST", f"{MAIN}/customaudiences", **request)
    assert answer.json()["id"].isdecimal()


async def test_an_audience_is_created_from_multipart(graph: Graph) -> None:
    parts = {name: (None, value) for name, value in NEW.items()}
    answer = await graph.call("POST", f"{MAIN}/customaudiences", files=parts)
    assert (await graph.get(answer.json()["id"], fields="name"))["name"] == "VIP"


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 256},
        {"subtype": "LOOKALIKE"},
        {"customer_file_source": ""},
        {"customer_file_source": "SOMEWHERE"},
        {"retention_days": "181"},
        {"audience_labels": ["BEST_FRIENDS"]},
    ],
)
async def test_a_wrong_parameter_is_refused_by_name(graph: Graph, change: dict[str, Any]) -> None:
    answer = await graph.call("POST", f"{MAIN}/customaudiences", json={**NEW, **change})
    assert error_of(answer) == (100, None)
    assert answer.json()["error"]["error_data"] == {"blame_field_specs": [list(change)]}


async def test_names_need_not_be_unique(graph: Graph) -> None:
    assert await graph.create("twin") != await graph.create("twin")


async def test_fetch_or_create_returns_the_same_audience(graph: Graph) -> None:
    first = await graph.create("twin")
    assert await graph.create("twin", enable_fetch_or_create=True) == first


async def test_the_list_shows_the_newest_first(graph: Graph) -> None:
    for name in ("one", "two", "three"):
        await graph.create(name)
    assert await names(graph) == ["three", "two", "one"]


async def test_the_list_belongs_to_its_account(graph: Graph) -> None:
    await graph.create("elsewhere", SECONDARY)
    assert await names(graph) == []


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [("CONTAIN", "vip", ["VIP two", "VIP one"]), ("EQUAL", "VIP one", ["VIP one"]), ("NOT_CONTAIN", "VIP", ["other"])],
)
async def test_filtering_narrows_the_list(graph: Graph, operator: str, value: str, expected: list[str]) -> None:
    for name in ("VIP one", "other", "VIP two"):
        await graph.create(name)
    condition = f'[{{"field":"name","operator":"{operator}","value":"{value}"}}]'
    assert await names(graph, filtering=condition) == expected


@pytest.mark.parametrize(
    "condition", ["not json", '[{"field":"name","operator":"LIKE","value":"x"}]', '[{"field":"x"}]']
)
async def test_wrong_filtering_is_refused(graph: Graph, condition: str) -> None:
    await graph.create()
    answer = await graph.call("GET", f"{MAIN}/customaudiences", params={"filtering": condition})
    assert error_of(answer) == (100, None)


async def test_every_documented_field_can_be_read(graph: Graph) -> None:
    fields = (
        "id,account_id,name,description,subtype,customer_file_source,data_source{type,sub_type},"
        "approximate_count_lower_bound,approximate_count_upper_bound,delivery_status{code,description},"
        "operation_status{code,description},permission_for_actions{can_edit,can_see_insight},retention_days,"
        "time_created,time_updated,time_content_updated,is_value_based,sharing_status,"
        "fields_violating_integrity_policy,delete_time,page_deletion_marked_delete_time,owner_business,opt_out_link"
    )
    found = await graph.get(await graph.create(description="token-1"), fields=fields)
    assert found["description"] == "token-1"
    assert found["permission_for_actions"] == {"can_edit": True, "can_see_insight": True}


async def test_there_is_no_match_rate(graph: Graph) -> None:
    answer = await graph.call("GET", await graph.create(), params={"fields": "match_rate"})
    assert error_of(answer) == (100, None)


@pytest.mark.parametrize("slash", ["", "/"])
async def test_a_trailing_slash_makes_no_difference(graph: Graph, slash: str) -> None:
    audience = await graph.create()
    assert (await graph.get(f"{audience}{slash}", fields="name"))["name"] == "VIP"


async def test_an_audience_is_renamed(graph: Graph) -> None:
    audience = await graph.create()
    assert (await graph.call("POST", audience, data={"name": "VIP2"})).json() == {"success": True}
    assert (await graph.get(audience, fields="name"))["name"] == "VIP2"


async def test_deleting_twice_says_that_it_is_gone(graph: Graph) -> None:
    audience = await graph.create()
    assert (await graph.call("DELETE", audience)).json() == {"success": True}
    assert error_of(await graph.call("DELETE", audience)) == (100, 33)


async def test_delete_may_be_a_post_with_the_method_inside(graph: Graph) -> None:
    audience = await graph.create()
    await graph.call("POST", audience, data={"method": "delete"})
    assert error_of(await graph.call("GET", audience)) == (100, 33)


async def test_a_lookalike_stops_the_deletion(graph: Graph) -> None:
    audience = await graph.create()
    await graph.control("POST", f"audiences/meta/{audience}", {"has_lookalike": True})
    assert error_of(await graph.call("DELETE", audience)) == (2656, None)


async def test_an_account_is_full_at_its_most(graph: Graph) -> None:
    await graph.control("POST", "settings", {"platform": "meta", "audience_limit": 2})
    for _ in range(2):
        await graph.create()
    assert error_of(await graph.call("POST", f"{MAIN}/customaudiences", json=NEW)) == (2654, None)


async def test_the_most_is_five_hundred(graph: Graph) -> None:
    for _ in range(500):
        await graph.create()
    assert error_of(await graph.call("POST", f"{MAIN}/customaudiences", json=NEW)) == (2654, None)


async def test_without_the_terms_nothing_is_created(graph: Graph) -> None:
    await graph.control("POST", "settings", {"platform": "meta", "terms_missing": [MAIN]})
    assert error_of(await graph.call("POST", f"{MAIN}/customaudiences", json=NEW)) == (200, 1870090)


async def test_a_disabled_account_takes_no_audience(graph: Graph) -> None:
    await graph.control("POST", "settings", {"platform": "meta", "disabled_accounts": [MAIN]})
    assert (await graph.get(MAIN, fields="account_status"))["account_status"] == 2
    assert error_of(await graph.call("POST", f"{MAIN}/customaudiences", json=NEW)) == (2654, 1713092)


async def test_reading_is_not_enough_to_create(graph: Graph) -> None:
    graph.meta.state.tokens["SANDBOX_USER_TOKEN"].scopes["ads_management"] = "declined"
    assert error_of(await graph.call("POST", f"{MAIN}/customaudiences", json=NEW)) == (294, None)


async def test_a_new_audience_has_no_size_yet(graph: Graph) -> None:
    found = await graph.get(
        await graph.create(), fields="approximate_count_lower_bound,approximate_count_upper_bound,operation_status"
    )
    assert found["approximate_count_lower_bound"] == found["approximate_count_upper_bound"] == -1
    assert found["operation_status"]["code"] == 410


@pytest.mark.parametrize(
    ("matched", "bounds"),
    [(0, (0, 100)), (99, (0, 100)), (100, (100, 200)), (879, (800, 900)), (21_987, (21_000, 22_000))],
)
async def test_the_size_is_shown_as_bounds(graph: Graph, matched: int, bounds: tuple[int, int]) -> None:
    audience = graph.meta.state.audiences[await graph.create()]
    audience.matched = matched
    assert audience.bounds() == bounds


async def test_the_bounds_hold_the_matched_people_once_processed(graph: Graph) -> None:
    audience = await graph.create()
    await graph.upload(audience, people(1_000))
    await graph.advance(4)
    found = await graph.get(audience, fields="approximate_count_lower_bound,approximate_count_upper_bound")
    assert found["approximate_count_lower_bound"] in (800, 900)
    assert found["approximate_count_upper_bound"] - found["approximate_count_lower_bound"] == 100


async def test_the_share_that_matches_is_a_setting(graph: Graph) -> None:
    await graph.control("POST", "settings", {"platform": "meta", "match_share": 0.5})
    audience = await graph.create()
    await graph.upload(audience, people(1_000))
    await graph.advance(4)
    found = await graph.get(audience, fields="approximate_count_lower_bound")
    assert found["approximate_count_lower_bound"] in (400, 500)


@pytest.mark.parametrize(("count", "code"), [(50, 300), (200, 200)])
async def test_a_small_audience_cannot_deliver(graph: Graph, count: int, code: int) -> None:
    audience = await graph.create()
    await graph.upload(audience, people(count))
    await graph.advance(4)
    assert (await graph.get(audience, fields="delivery_status"))["delivery_status"]["code"] == code


async def test_statuses_follow_the_sandbox_clock(graph: Graph) -> None:
    audience = await graph.create()
    seen = []
    for start in (0, 10):
        await graph.upload(audience, people(10, start))
        seen.append(await graph.status(audience))
        await graph.advance(4)
        seen.append(await graph.status(audience))
    assert seen == [441, 200, 450, 200]


async def test_the_old_size_stands_while_the_new_one_is_found(graph: Graph) -> None:
    audience = await graph.create()
    await graph.upload(audience, people(500))
    await graph.advance(4)
    before = await graph.get(audience, fields="approximate_count_lower_bound")
    await graph.upload(audience, people(5_000, 500))
    assert await graph.get(audience, fields="approximate_count_lower_bound") == before


async def test_an_audience_can_be_made_never_to_settle(graph: Graph) -> None:
    audience = await graph.create()
    await graph.control("POST", f"audiences/meta/{audience}", {"never_settles": True})
    await graph.upload(audience, people(10))
    await graph.advance(86_400)
    assert await graph.status(audience) == 441
