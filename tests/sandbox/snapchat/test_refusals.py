"""Envelopes, limits and ordered faults of the pretend Snapchat."""

import pytest

from tests.sandbox.snapchat.snap import MAIN, Snap, new, people, refused


async def test_a_whole_refusal_has_its_envelope(snap: Snap) -> None:
    snap.fail("error:403/E3002")
    answer = await snap.call("GET", "me")
    found = answer.json()
    assert found.pop("request_id")
    assert (answer.status_code, found) == (
        403,
        {
            "request_status": "ERROR",
            "debug_message": "Caller does not have permission",
            "display_message": "We're sorry, but the requested resource is not available at this time",
            "error_code": "E3002",
        },
    )


@pytest.mark.parametrize("http", [500, 502, 503, 504, 418])
async def test_any_status_can_be_ordered_without_a_code(snap: Snap, http: int) -> None:
    snap.fail(f"error:{http}")
    assert refused(await snap.call("GET", "me")) == (http, "E0000")


async def test_the_code_where_none_is_documented_can_be_set(snap: Snap) -> None:
    snap.set(undocumented_code="E1234")
    snap.fail("error:500")
    assert refused(await snap.call("GET", "me")) == (500, "E1234")


@pytest.mark.parametrize("fault", ["error", "error:200", "error:abc", "error:403/3002", "sub_error", "sub_error:x"])
async def test_a_fault_with_an_argument_that_does_not_fit_is_refused(snap: Snap, fault: str) -> None:
    with pytest.raises(ValueError, match="no fault"):
        snap.fail(fault)


async def test_an_ordered_refusal_applies_nothing(snap: Snap) -> None:
    made = await snap.create()
    snap.fail("error:500")
    await snap.users(made, people(1))
    assert snap.keys(made) == set()


async def test_an_expired_token_can_be_ordered(snap: Snap) -> None:
    snap.fail("expired_token")
    answers = [await snap.call("GET", "me") for _ in range(2)]
    assert [each.status_code for each in answers] == [401, 200]


async def test_the_last_item_can_be_refused_inside_a_success(snap: Snap) -> None:
    snap.fail("sub_error:E3002")
    answer = await snap.call("POST", f"adaccounts/{MAIN}/segments", json={"segments": [new(), new()]})
    found = answer.json()
    assert (answer.status_code, found["request_status"]) == (200, "SUCCESS")
    assert [each["sub_request_status"] for each in found["segments"]] == ["SUCCESS", "ERROR"]


async def test_statuses_can_be_in_lower_case(snap: Snap) -> None:
    snap.set(lower_case_status=True)
    answer = await snap.call("POST", f"adaccounts/{MAIN}/segments", json={"segments": [new(), new("")]})
    found = answer.json()
    assert found["request_status"] == "success"
    assert [each["sub_request_status"] for each in found["segments"]] == ["success", "error"]


async def test_unless_set_nobody_is_limited(snap: Snap) -> None:
    answers = [await snap.call("GET", "me") for _ in range(50)]
    assert {each.status_code for each in answers} == {200}


async def test_a_token_over_its_rate_is_told_nothing_but_429(snap: Snap) -> None:
    snap.set(requests_per_second=10)
    answers = [await snap.call("GET", "me") for _ in range(11)]
    assert [each.status_code for each in answers] == [200] * 10 + [429]
    assert not [name for name in answers[-1].headers if name == "retry-after" or name.startswith("x-ratelimit")]


async def test_the_rate_is_over_after_a_second(snap: Snap) -> None:
    snap.set(requests_per_second=1)
    first = await snap.call("GET", "me")
    snap.advance(seconds=1)
    assert (first.status_code, (await snap.call("GET", "me")).status_code) == (200, 200)


async def test_the_tokens_of_an_app_share_its_rate(snap: Snap) -> None:
    snap.set(requests_per_second=2, app_requests_per_second=3)
    grant = snap.platform.state.tokens["SANDBOX_TOKEN"].grant
    other = snap.platform.state.issue(grant).value
    answers = [await snap.call("GET", "me", token=token) for token in ("SANDBOX_TOKEN", other) * 2]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]


async def test_a_refused_request_is_not_counted(snap: Snap) -> None:
    snap.set(requests_per_second=1)
    for seconds in (0, 0.5, 0.5):
        snap.advance(seconds=seconds)
        answer = await snap.call("GET", "me")
    assert answer.status_code == 200


async def test_the_429_can_be_a_web_page(snap: Snap) -> None:
    snap.set(limit_as_html=True)
    snap.fail("rate_limited")
    answer = await snap.call("GET", "me")
    assert (answer.status_code, answer.headers["content-type"]) == (429, "text/html; charset=utf-8")


async def test_an_answer_can_be_lost_after_the_upload(snap: Snap) -> None:
    made = await snap.create()
    snap.fail("http500_after")
    assert (await snap.users(made, people(2))).status_code == 500
    assert len(snap.keys(made)) == 2


@pytest.mark.parametrize(("method", "path", "status"), [("POST", "me", 405), ("GET", "campaigns", 404)])
async def test_other_methods_and_addresses_are_refused(snap: Snap, method: str, path: str, status: int) -> None:
    assert (await snap.call(method, path)).status_code == status
