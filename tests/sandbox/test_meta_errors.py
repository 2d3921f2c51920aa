"""Every row of Meta's error table, and the other faults, as they arrive at the caller."""

import json
from typing import Any

import pytest

from audience_sync.sandbox.meta.errors import THROTTLES, WORDINGS
from tests.sandbox.graph import Graph, error_of, people

# The rows of section J of Meta's contract: code, or code/subcode.
ROWS = (
    "-1 1 2 3 5000 4 4/1504022 4/1504039 10 17/2446079 32 80003 80000 80004 80014 613/1487742 613 613/5044001 "
    "613/4841018 100 100/33 100/1713228 100/1713230 100/1713231 100/1487390 102 190 190/458 190/459 190/460 190/463 "
    "190/464 190/467 104 105 194 200 200/1870034 200/1870090 1870092 200/1870092 200/1870050 200/1870047 270 294 341 "
    "1404078 2859015 368 1404163 1487301 1487366 2500 2635 2650/1870145 2650/1870158 2650/1870147 2650/1870159 "
    "2650/1870148 2650/1870144 2650 2654 2654/1713092 2655 2656 21009"
)
TABLE = ROWS.split()


def as_pair(row: str) -> tuple[int, int | None]:
    code, _, subcode = row.partition("/")
    return int(code), int(subcode) if subcode else None


async def order(graph: Graph, fault: str, **more: Any) -> Any:
    return await graph.control("POST", "faults", {"platform": "meta", "fault": fault, **more})


@pytest.mark.parametrize("row", TABLE)
async def test_every_row_of_the_table_can_be_had(graph: Graph, row: str) -> None:
    await order(graph, f"error:{row}")
    answer = await graph.call("GET", "me")
    assert answer.status_code >= 400
    assert error_of(answer) == as_pair(row)


@pytest.mark.parametrize("row", TABLE)
def test_every_row_of_the_table_has_words_of_its_own(row: str) -> None:
    assert as_pair(row) in WORDINGS


async def test_the_envelope_is_complete(graph: Graph) -> None:
    await order(graph, "error:200/1870090")
    answer = await graph.call("GET", "me")
    error = answer.json()["error"]
    assert error.keys() >= {"message", "type", "code", "error_subcode", "is_transient", "fbtrace_id"}
    assert error["error_user_title"].startswith("To use custom audiences")
    assert error["fbtrace_id"] == answer.headers["x-fb-trace-id"]


async def test_a_code_that_is_not_in_the_table_can_be_had_too(graph: Graph) -> None:
    await order(graph, "error:424242/7")
    assert error_of(await graph.call("GET", "me")) == (424242, 7)


@pytest.mark.parametrize("code", sorted(THROTTLES))
async def test_a_rate_limit_says_how_many_minutes_to_wait(graph: Graph, code: int) -> None:
    await order(graph, f"error:{code}")
    answer = await graph.call("GET", "act_123456789")
    usage = json.loads(answer.headers["x-business-use-case-usage"])["123456789"][0]
    assert (usage["call_count"], usage["estimated_time_to_regain_access"]) == (100, 5)


async def test_the_minutes_to_wait_can_be_chosen(graph: Graph) -> None:
    await order(graph, "rate_limited:12")
    answer = await graph.call("GET", "act_123456789")
    usage = json.loads(answer.headers["x-business-use-case-usage"])["123456789"][0]
    assert error_of(answer) == (80003, None)
    assert usage["estimated_time_to_regain_access"] == 12


async def test_usage_can_be_shown_at_any_height(graph: Graph) -> None:
    await order(graph, "usage:80")
    answer = await graph.call("GET", "act_123456789")
    assert answer.status_code == 200
    assert json.loads(answer.headers["x-ad-account-usage"])["acc_id_util_pct"] == 80


async def test_an_error_applies_nothing(graph: Graph) -> None:
    audience = await graph.create()
    await order(graph, "error:2", path="/users")
    assert (await graph.upload(audience, people(1))).status_code == 500
    assert graph.keys(audience) == set()


async def test_an_expired_token_can_be_had(graph: Graph) -> None:
    await order(graph, "expired_token")
    answer = await graph.call("GET", "me")
    assert (answer.status_code, error_of(answer)) == (401, (190, 463))


@pytest.mark.parametrize(
    ("fault", "field", "expected"),
    [("session_id_as_int", "session_id", int), ("samples_as_list", "invalid_entry_samples", list)],
)
async def test_a_receipt_can_have_another_type(graph: Graph, fault: str, field: str, expected: type) -> None:
    audience = await graph.create()
    await order(graph, fault)
    answer = await graph.upload(audience, [["bad"]])
    assert isinstance(answer.json()[field], expected)


async def test_a_receipt_can_name_its_target_the_other_way(graph: Graph) -> None:
    audience = await graph.create()
    await order(graph, "account_id_in_receipt")
    answer = (await graph.upload(audience, people(1))).json()
    assert answer["account_id"] == audience
    assert "audience_id" not in answer


async def test_a_poisoned_row_refuses_every_batch_it_is_in(graph: Graph) -> None:
    audience, rows = await graph.create(), people(4)
    await order(graph, f"poison:{rows[3][0]}", times=None)
    halves = [await graph.upload(audience, half) for half in (rows[:2], rows[2:])]
    assert [each.status_code for each in halves] == [200, 400]
    assert error_of(halves[1]) == (100, None)


async def test_several_rows_can_be_poisoned(graph: Graph) -> None:
    audience, rows = await graph.create(), people(3)
    await order(graph, f"poison:{rows[0][0]},{rows[2][0]}", times=None)
    answers = [await graph.upload(audience, [row]) for row in rows]
    assert [each.status_code for each in answers] == [400, 200, 400]


async def test_a_fault_can_put_a_mark_on_the_audience_it_hits(graph: Graph) -> None:
    audience, other = await graph.create(), await graph.create()
    await order(graph, "flagged", path="/users")
    assert error_of(await graph.upload(audience, people(1))) == (100, 1713230)
    assert (await graph.upload(other, people(1))).status_code == 200
    assert await graph.status(audience) == 471


@pytest.mark.parametrize("fault", ["http500_html", "http500_after", "http502_html", "http503", "html200"])
async def test_an_answer_can_be_no_json(graph: Graph, fault: str) -> None:
    await order(graph, fault)
    answer = await graph.call("GET", "me")
    assert answer.status_code == {"http502_html": 502, "http503": 503, "html200": 200}.get(fault, 500)
    assert "json" not in answer.headers.get("content-type", "")


@pytest.mark.parametrize(
    ("fault", "applied"),
    [("http500_html", 0), ("http502_html", 0), ("http503", 0), ("http500_after", 1), ("html200", 1)],
)
async def test_a_fault_is_before_or_after_the_change(graph: Graph, fault: str, applied: int) -> None:
    audience = await graph.create()
    await order(graph, fault, path="users$")
    await graph.upload(audience, people(1))
    assert len(graph.keys(audience)) == applied
