"""Failures on demand, and the limits of the pretend Google."""

from typing import Any

import httpx2
import pytest

from tests.sandbox.google.wire import MAIN, Wire, ads_error, email, lists_path, people, reason, reasons

CUSTOMERS = "v26/customers:listAccessibleCustomers"


async def lists(wire: Wire) -> httpx2.Response:
    return await wire.call("GET", lists_path(MAIN))


def detail(answer: httpx2.Response, kind: str) -> dict[str, Any]:
    """The detail of that kind of an error answer."""
    (found,) = [each for each in answer.json()["error"]["details"] if each["@type"].endswith(kind)]
    return dict(found)


@pytest.mark.parametrize(
    ("fault", "http", "status", "why"),
    [
        ("error:401/ACCESS_TOKEN_EXPIRED", 401, "UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED"),
        ("error:403/SERVICE_DISABLED", 403, "PERMISSION_DENIED", "SERVICE_DISABLED"),
        ("error:404/NOT_FOUND", 404, "NOT_FOUND", "NOT_FOUND"),
        ("error:409/ABORTED", 409, "ABORTED", "ABORTED"),
        ("error:409/ALREADY_EXISTS", 409, "ALREADY_EXISTS", "ALREADY_EXISTS"),
        ("error:429/RESOURCE_EXHAUSTED", 429, "RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED"),
        ("error:500/INTERNAL_ERROR", 500, "INTERNAL", "INTERNAL_ERROR"),
        ("error:503/UNAVAILABLE", 503, "UNAVAILABLE", "UNAVAILABLE"),
        ("error:504/DEADLINE_EXCEEDED", 504, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"),
    ],
)
async def test_any_error_can_be_ordered(wire: Wire, fault: str, http: int, status: str, why: str) -> None:
    wire.fail(fault)
    answer = await lists(wire)
    assert (reason(answer), answer.json()["error"]["status"]) == ((http, why), status)
    assert (await lists(wire)).status_code == 200


async def test_the_reason_of_a_wrong_argument_is_at_its_field(wire: Wire) -> None:
    wire.fail("error:400/TERMS_AND_CONDITIONS_NOT_SIGNED")
    answer = await lists(wire)
    assert reason(answer) == (400, "INVALID_ARGUMENT")
    assert reasons(answer) == [("request", "TERMS_AND_CONDITIONS_NOT_SIGNED")]


async def test_every_error_has_the_id_of_its_request(wire: Wire) -> None:
    wire.fail("error:500/INTERNAL_ERROR")
    answer = await lists(wire)
    assert detail(answer, "RequestInfo")["requestId"] == detail(answer, "ErrorInfo")["metadata"]["requestId"]


async def test_an_expired_token_is_good_again_the_next_time(wire: Wire) -> None:
    wire.fail("expired_token")
    assert reason(await lists(wire)) == (401, "ACCESS_TOKEN_EXPIRED")
    assert (await lists(wire)).status_code == 200


async def test_the_google_ads_api_has_its_own_words_for_an_expired_token(wire: Wire) -> None:
    wire.fail("expired_token")
    assert ads_error(await wire.call("GET", CUSTOMERS)) == (401, {"authenticationError": "OAUTH_TOKEN_EXPIRED"})


@pytest.mark.parametrize(
    ("code", "http"),
    [
        ("authorizationError.CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION", 403),
        ("authenticationError.NOT_ADS_USER", 401),
        ("databaseError.CONCURRENT_MODIFICATION", 409),
        ("internalError.TRANSIENT_ERROR", 500),
        ("requestError.UNKNOWN", 400),
    ],
)
async def test_any_error_of_the_google_ads_api_can_be_ordered(wire: Wire, code: str, http: int) -> None:
    wire.fail(f"ads_error:{code}")
    category, _, name = code.partition(".")
    assert ads_error(await wire.call("GET", CUSTOMERS)) == (http, {category: name})


async def test_a_rate_limit_says_how_long_to_wait_and_which_limit_it_was(wire: Wire) -> None:
    wire.fail("rate_limit:12")
    answer = await lists(wire)
    assert reason(answer) == (429, "RESOURCE_EXHAUSTED")
    assert detail(answer, "RetryInfo")["retryDelay"] == "12s"
    limit = detail(answer, "ErrorInfo")["metadata"]["quota_limit"]
    assert limit == "ManagementReadRequestsPerMinutePerProject"


async def test_a_daily_limit_does_not_say_how_long_to_wait(wire: Wire) -> None:
    wire.fail("daily_limit")
    answer = await wire.send("ingest", "1", people(1))
    assert "RetryInfo" not in answer.text
    limit = detail(answer, "ErrorInfo")["metadata"]["quota_limit"]
    assert limit == "IngestionMutateRequestsPerDayPerProject"


async def test_the_google_ads_api_has_its_own_words_for_a_limit(wire: Wire) -> None:
    wire.fail("rate_limit")
    failure = (await wire.call("GET", CUSTOMERS)).json()["error"]["details"][0]["errors"][0]
    assert failure["errorCode"] == {"quotaError": "RESOURCE_EXHAUSTED"}
    assert failure["details"]["quotaErrorDetails"]["retryDelay"] == "7s"


async def test_poison_is_refused_by_its_index(wire: Wire) -> None:
    list_id = await wire.made()
    wire.fail(f"poison:{email(2)}", times=None, path="audienceMembers")
    bad = await wire.send("ingest", list_id, people(4))
    assert reasons(bad) == [("audience_members[2]", "INVALID_AUDIENCE_MEMBER")]
    assert (await wire.send("ingest", list_id, people(2))).status_code == 200


async def test_poison_may_be_refused_without_an_index(wire: Wire) -> None:
    list_id = await wire.made()
    wire.fail(f"poison:{email(2)}")
    wire.fail("unindexed")
    assert reasons(await wire.send("ingest", list_id, people(4))) == [("audience_members", "INVALID_AUDIENCE_MEMBER")]


async def test_a_request_may_be_applied_although_its_answer_is_lost(wire: Wire) -> None:
    list_id = await wire.made()
    wire.fail("http500_after")
    assert (await wire.send("ingest", list_id, people(2))).status_code == 500
    assert len(wire.values(list_id)) == 2


@pytest.mark.parametrize(
    "fault",
    [
        "error:200/X",
        "error:400",
        "error:418/TEAPOT",
        "ads_error:oops",
        "rate_limit:soon",
        "fails:MOOD",
        "poison",
        "eea",
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused(wire: Wire, fault: str) -> None:
    with pytest.raises(ValueError, match="There is no fault"):
        wire.fail(fault)


async def test_one_call_too_many_in_a_minute_is_refused_by_its_bucket(wire: Wire) -> None:
    wire.configure(requests_per_minute=2)
    list_id = await wire.made()
    assert [(await lists(wire)).status_code for _ in range(3)] == [200, 200, 429]
    assert (await wire.send("ingest", list_id, people(1))).status_code == 200
    wire.world.clock.advance(60)
    assert (await lists(wire)).status_code == 200


async def test_a_limit_by_the_second_counts_every_kind_of_call(wire: Wire) -> None:
    wire.configure(requests_per_second=2)
    list_id = await wire.made()
    assert (await lists(wire)).status_code == 200
    assert (await wire.send("ingest", list_id, people(1))).status_code == 429
    wire.world.clock.advance(1)
    assert (await wire.send("ingest", list_id, people(1))).status_code == 200


@pytest.mark.parametrize(
    "settings", [{"match_share": 2.0}, {"search_page_rows": 0}, {"app_name": 5}, {"colour": "red"}]
)
def test_a_setting_that_makes_no_sense_changes_nothing(wire: Wire, settings: dict[str, Any]) -> None:
    before = wire.google.settings()
    with pytest.raises(ValueError, match=r"must be|There is no setting"):
        wire.configure(**settings)
    assert wire.google.settings() == before


async def test_the_control_surface_shows_the_lists(wire: Wire) -> None:
    list_id = await wire.made()
    await wire.ingest(list_id, people(3))
    found = (await wire.client.get("/_sandbox/audiences")).json()
    assert found == [
        {"platform": "google", "id": list_id, "account": MAIN, "name": "VIP", "size": 3, "members": 3, "marks": []}
    ]


async def test_a_reset_forgets_everything(wire: Wire) -> None:
    await wire.made()
    wire.configure(match_share=0.1)
    wire.world.reset()
    assert (wire.google.audiences(), wire.google.settings()["match_share"]) == ([], 0.72)
