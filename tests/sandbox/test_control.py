"""The control surface of the sandbox."""

from typing import Any

import httpx2
import pytest

from audience_sync.sandbox.app import create_app
from tests.sandbox.graph import MAIN, Graph, error_of, people, sha

MARY = sha("mary@example.com")


async def test_audiences_show_keys_and_people(graph: Graph) -> None:
    audience = await graph.create()
    await graph.upload(audience, [[MARY, sha("1")], [sha("b"), ""]], schema=["EMAIL", "PHONE"])
    assert await graph.control("GET", "audiences") == [
        {
            "platform": "meta",
            "id": audience,
            "account": MAIN,
            "name": "VIP",
            "size": 3,
            "members": 2,
            "marks": [],
        }
    ]


async def test_keys_and_rows_of_an_audience_can_be_seen(graph: Graph) -> None:
    audience = await graph.create()
    await graph.upload(audience, [[MARY, sha("mary")]], schema=["EMAIL", "FN"])
    assert await graph.control("GET", f"audiences/meta/{audience}/keys") == [{"kind": "EMAIL", "value": MARY}]
    assert await graph.control("GET", f"audiences/meta/{audience}/rows") == [{"EMAIL": MARY, "FN": sha("mary")}]


@pytest.mark.parametrize("path", ["audiences/meta/1/keys", "audiences/nowhere/1/keys", "requests/9/body"])
async def test_what_is_not_there_is_a_404_with_words(graph: Graph, path: str) -> None:
    answer = await graph.client.get(f"/_sandbox/{path}")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].endswith(".")


async def test_a_request_is_recorded_as_it_was_received(graph: Graph) -> None:
    audience = await graph.create()
    body = b'{ "payload": {"schema":["EMAIL"],  "data":[["\xc3\xa9"]]} }'
    await graph.call("POST", f"{audience}/users?x=%C3%A9", content=body, headers={"content-type": "application/json"})
    last = (await graph.control("GET", "requests?platform=meta&path=/users"))[-1]
    assert (last["method"], last["path"], last["query"]) == ("POST", f"/v26.0/{audience}/users", "x=%C3%A9")
    assert (last["body"], last["status"]) == (body.decode(), 200)
    assert (await graph.client.get(f"/_sandbox/requests/{last['n']}/body")).content == body


async def test_a_large_body_is_kept_whole(graph: Graph) -> None:
    audience = await graph.create()
    await graph.upload(
        audience, [[sha(str(n))] * 6 for n in range(10_000)], schema=["EMAIL", "PHONE", "FN", "LN", "CT", "ST"]
    )
    kept = graph.world.recorder.requests(path="/users")[-1].body
    assert len(kept) > 4_000_000
    assert kept.endswith(b"}}")


async def test_tokens_in_headers_are_not_recorded(graph: Graph) -> None:
    await graph.get("me")
    assert (await graph.control("GET", "requests"))[-1]["headers"]["authorization"] == "***"


async def test_requests_can_be_narrowed(graph: Graph) -> None:
    for path in ("me", "me/adaccounts", "me"):
        await graph.get(path)
    assert [each["n"] for each in await graph.control("GET", "requests?path=me&since=1")] == [2, 3]


async def test_only_the_latest_requests_are_kept(graph: Graph) -> None:
    for _ in range(2_005):
        await graph.call("GET", "me")
    kept = graph.world.recorder.requests()
    assert (len(kept), kept[0].n, graph.world.recorder.forgotten()) == (2_000, 6, 5)


async def test_a_fault_strikes_as_often_as_ordered(graph: Graph) -> None:
    await graph.control("POST", "faults", {"platform": "meta", "fault": "error:2", "times": 2})
    assert [(await graph.call("GET", "me")).status_code for _ in range(3)] == [500, 500, 200]


async def test_a_fault_lets_some_requests_pass_first(graph: Graph) -> None:
    await graph.control("POST", "faults", {"platform": "meta", "fault": "error:2", "after": 2})
    assert [(await graph.call("GET", "me")).status_code for _ in range(4)] == [200, 200, 500, 200]


async def test_faults_of_one_kind_strike_one_after_the_other(graph: Graph) -> None:
    for fault in ("error:2", "error:190/463"):
        await graph.control("POST", "faults", {"platform": "meta", "fault": fault})
    assert [(await graph.call("GET", "me")).status_code for _ in range(3)] == [500, 401, 200]


async def test_without_our_server_a_dropped_line_is_an_exception(graph: Graph) -> None:
    await graph.control("POST", "faults", {"platform": "meta", "fault": "reset_before"})
    with pytest.raises(ConnectionResetError):
        await graph.call("GET", "me")


@pytest.mark.parametrize("path", ["/adaccounts", "^GET .*accounts$", "me/ad"])
async def test_a_fault_can_be_bound_to_a_path(graph: Graph, path: str) -> None:
    await graph.control("POST", "faults", {"platform": "meta", "fault": "error:2", "path": path})
    assert [(await graph.call("GET", each)).status_code for each in ("me", "me/adaccounts")] == [200, 500]


async def test_a_fault_without_an_end_strikes_until_it_is_cleared(graph: Graph) -> None:
    await graph.control("POST", "faults", {"platform": "meta", "fault": "error:2", "times": None})
    struck = [(await graph.call("GET", "me")).status_code for _ in range(5)]
    await graph.control("DELETE", "faults")
    assert struck == [500] * 5
    assert (await graph.call("GET", "me")).status_code == 200


async def test_waiting_faults_can_be_seen(graph: Graph) -> None:
    await graph.control("POST", "faults", {"platform": "meta", "fault": "slow:0", "times": 2})
    await graph.get("me")
    assert await graph.control("GET", "faults") == [
        {"platform": "meta", "fault": "slow:0", "times": 1, "path": "", "after": 0, "struck": 1}
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"fault": "earthquake"},
        {"fault": "error:many"},
        {"fault": "error"},
        {"fault": "slow:ly"},
        {"fault": 5},
        {"times": 0},
        {"times": "all"},
        {"path": "("},
        {"after": -1},
        {"tims": 1},
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused_with_words(graph: Graph, change: dict[str, Any]) -> None:
    order = {"platform": "meta", "fault": "error:2", **change}
    answer = await graph.client.post("/_sandbox/faults", json=order)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]
    assert await graph.control("GET", "faults") == []


async def test_the_clock_goes_forward(graph: Graph) -> None:
    before = (await graph.control("GET", "clock"))["now"]
    after = await graph.control("POST", "clock", {"advance_seconds": 3_600})
    assert 3_600 <= after["now"] - before < 3_660
    assert after["offset_seconds"] == 3_600


@pytest.mark.parametrize("seconds", [-1, "1", None, True])
async def test_the_clock_does_nothing_else(graph: Graph, seconds: Any) -> None:
    answer = await graph.client.post("/_sandbox/clock", json={"advance_seconds": seconds})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "change", [{"no_such": 1}, {"match_share": "all"}, {"match_share": 2}, {"drop_person": 1}, {"limit_error": "x"}]
)
async def test_a_setting_that_makes_no_sense_changes_nothing(graph: Graph, change: dict[str, Any]) -> None:
    before = await graph.control("GET", "settings")
    answer = await graph.client.post("/_sandbox/settings", json={"platform": "meta", **change})
    assert answer.status_code == 422
    assert await graph.control("GET", "settings") == before


async def test_an_unknown_mark_is_refused_and_no_other_set(graph: Graph) -> None:
    audience = await graph.create()
    answer = await graph.client.post(f"/_sandbox/audiences/meta/{audience}", json={"flagged": True, "blessed": True})
    assert answer.status_code == 422
    assert (await graph.control("GET", "audiences"))[0]["marks"] == []


async def test_a_mark_can_be_taken_off(graph: Graph) -> None:
    audience = await graph.create()
    for on in (True, False):
        shown = await graph.control("POST", f"audiences/meta/{audience}", {"flagged": on})
    assert shown["marks"] == []


async def test_reset_makes_everything_new(graph: Graph) -> None:
    await graph.upload(await graph.create(), people(1))
    await graph.control("POST", "settings", {"platform": "meta", "require_proof": True})
    await graph.control("POST", "faults", {"platform": "meta", "fault": "error:2"})
    await graph.advance(100)
    await graph.control("POST", "reset")
    seen = [await graph.control("GET", each) for each in ("audiences", "requests", "faults")]
    assert seen == [[], [], []]
    assert (await graph.control("GET", "clock"))["offset_seconds"] == 0
    assert (await graph.call("GET", "me")).status_code == 200


async def test_the_index_lists_platforms_faults_and_calls(graph: Graph) -> None:
    found = await graph.control("GET", "")
    assert found["platforms"]["meta"]["faults"].keys() >= {"error", "slow", "reset_after", "flagged"}
    assert "POST /faults" in found["calls"]


async def test_one_platform_can_have_the_root_to_itself() -> None:
    transport = httpx2.ASGITransport(app=create_app("meta"))
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        answer = await client.get("/v26.0/me/adaccounts?access_token=SANDBOX_USER_TOKEN&limit=1")
        assert answer.json()["paging"]["next"].startswith("http://sandbox/v26.0/me/adaccounts?")
        assert (await client.get("/_sandbox/audiences")).json() == []


async def test_an_unknown_path_answers_in_metas_words(graph: Graph) -> None:
    assert error_of(await graph.call("GET", "me/friends")) == (2500, None)


def test_an_unknown_platform_cannot_be_served() -> None:
    with pytest.raises(ValueError, match="no sandbox for 'myspace'"):
        create_app("myspace")
