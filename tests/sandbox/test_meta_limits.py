"""Usage headers and real limits of the pretend Meta."""

import json

from tests.sandbox.graph import MAIN, SECONDARY, Graph, error_of


async def test_every_answer_for_an_account_has_the_usage_headers(graph: Graph) -> None:
    audience = await graph.create()
    for path in (MAIN, f"{MAIN}/customaudiences", audience):
        headers = (await graph.call("GET", path)).headers
        assert json.loads(headers["x-business-use-case-usage"])["123456789"][0]["type"] == "custom_audience"
        assert json.loads(headers["x-app-usage"]).keys() == {"call_count", "total_cputime", "total_time"}


async def test_the_share_of_the_hour_grows_with_the_calls(graph: Graph) -> None:
    await graph.control("POST", "settings", {"platform": "meta", "calls_per_hour": 10})
    answers = [await graph.call("GET", MAIN) for _ in range(3)]
    seen = [json.loads(each.headers["x-ad-account-usage"])["acc_id_util_pct"] for each in answers]
    assert seen == [10, 20, 30]


async def test_over_the_hours_calls_the_account_is_stopped_until_they_are_old(graph: Graph) -> None:
    await graph.control("POST", "settings", {"platform": "meta", "calls_per_hour": 2})
    for _ in range(2):
        await graph.call("GET", MAIN)
    answer = await graph.call("GET", MAIN)
    wait = json.loads(answer.headers["x-business-use-case-usage"])["123456789"][0]["estimated_time_to_regain_access"]
    assert (error_of(answer), wait) == ((80003, None), 60)
    await graph.advance(wait * 60)
    assert (await graph.call("GET", MAIN)).status_code == 200


async def test_a_rate_per_second_can_be_enforced(graph: Graph) -> None:
    await graph.control("POST", "settings", {"platform": "meta", "requests_per_second": 3})
    answers = [await graph.call("GET", MAIN) for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 400]
    assert error_of(answers[-1]) == (613, 1487742)


async def test_the_error_over_the_rate_can_be_chosen(graph: Graph) -> None:
    changes = {"platform": "meta", "requests_per_second": 1, "limit_error": "17/2446079"}
    await graph.control("POST", "settings", changes)
    await graph.call("GET", MAIN)
    assert error_of(await graph.call("GET", MAIN)) == (17, 2446079)


async def test_the_rate_is_over_after_a_second(graph: Graph) -> None:
    await graph.control("POST", "settings", {"platform": "meta", "requests_per_second": 1})
    await graph.call("GET", MAIN)
    await graph.advance(1.1)
    assert (await graph.call("GET", MAIN)).status_code == 200


async def test_one_accounts_calls_do_not_slow_another(graph: Graph) -> None:
    await graph.control("POST", "settings", {"platform": "meta", "requests_per_second": 1})
    answers = [await graph.call("GET", account) for account in (MAIN, SECONDARY)]
    assert [each.status_code for each in answers] == [200, 200]
