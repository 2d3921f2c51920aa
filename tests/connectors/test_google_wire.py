"""Google's dialect: what its envelopes say, how long they ask to wait, and which quota a call spends."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from audience_sync.connectors.google_wire import fault_in, pause, turns
from audience_sync.connectors.wire import Answer, Call

RPC = "type.googleapis.com/google.rpc."


def answer(*details: dict[str, Any], status: str = "INVALID_ARGUMENT", http: int = 400) -> Answer:
    """An answer in google.rpc.Status, as it was observed."""
    said = {"code": http, "message": "There was a problem with the request.", "status": status}
    return Answer(http, {}, {"error": said | {"details": list(details)}})


def blame(*violations: tuple[str, str]) -> dict[str, Any]:
    found = [{"field": field, "description": "Words.", "reason": reason} for field, reason in violations]
    return {"@type": f"{RPC}BadRequest", "fieldViolations": found}


def info(reason: str, **metadata: str) -> dict[str, Any]:
    return {"@type": f"{RPC}ErrorInfo", "reason": reason, "domain": "datamanager.googleapis.com", "metadata": metadata}


def ads(category: str, code: str, **details: object) -> dict[str, Any]:
    error = {"errorCode": {category: code}, "message": "Words.", "details": details}
    return {"@type": "…GoogleAdsFailure", "errors": [error], "requestId": "r1"}


# --- What went wrong -------------------------------------------------------------------------------------------------


def test_an_answer_without_an_error_has_none() -> None:
    assert fault_in(Answer(200, {}, {"requestId": "1"})) is None
    assert fault_in(Answer(503, {}, None)) is None


def test_what_a_field_is_blamed_for_comes_before_the_error_as_a_whole() -> None:
    said = answer(info("INVALID_ARGUMENT"), blame(("user_list.display_name", "DISPLAY_NAME_ALREADY_USED")))
    fault = fault_in(said)
    assert fault is not None and fault.code == "DISPLAY_NAME_ALREADY_USED"


def test_blamed_rows_are_named_with_their_reasons() -> None:
    fault = fault_in(
        answer(
            blame(
                ("audience_members[3].user_data.user_identifiers[0].email_address", "INVALID_SHA256_FORMAT"),
                ("audience_members.audience_members[1]", "INVALID_HEX_ENCODING"),
                ("audienceMembers[3]", "INVALID_SHA256_FORMAT"),
            )
        )
    )
    assert fault is not None
    assert (fault.about_rows, fault.rows) == (True, (1, 3))
    assert fault.reasons == ("INVALID_HEX_ENCODING", "INVALID_SHA256_FORMAT")


def test_the_number_of_an_identifier_is_not_that_of_a_row() -> None:
    fault = fault_in(answer(blame(("audience_members[2].user_data.user_identifiers[7]", "INVALID_FORMAT"))))
    assert fault is not None and fault.rows == (2,)


def test_a_reason_about_the_whole_request_comes_before_those_about_rows() -> None:
    """Dropping the row would not mend it."""
    fault = fault_in(
        answer(blame(("audience_members[0]", "INVALID_FORMAT"), ("terms", "TERMS_AND_CONDITIONS_NOT_SIGNED")))
    )
    assert fault is not None
    assert (fault.code, fault.about_rows, fault.rows) == ("TERMS_AND_CONDITIONS_NOT_SIGNED", False, ())


@pytest.mark.parametrize("field", ["encoding", "destinations[0].operating_account"])
def test_a_missing_field_of_the_request_is_not_about_rows(field: str) -> None:
    fault = fault_in(answer(blame((field, "REQUIRED_FIELD_MISSING"))))
    assert fault is not None and (fault.about_rows, fault.rows) == (False, ())


def test_a_reason_about_rows_without_a_field_is_about_some_row() -> None:
    fault = fault_in(answer(info("INVALID_AUDIENCE_MEMBER")))
    assert fault is not None and (fault.about_rows, fault.rows) == (True, ())


def test_a_reason_that_the_card_does_not_know_is_judged_by_its_status() -> None:
    fault = fault_in(answer(info("RESOURCE_NOT_FOUND_TODAY"), status="NOT_FOUND", http=404))
    assert fault is not None and fault.code == "NOT_FOUND"


def test_an_unknown_field_is_refused_by_the_front_end_without_a_reason() -> None:
    words = "Invalid JSON payload received. Unknown name \"x\" at 'y': Cannot find field."
    violation = {"field": "y", "description": words}
    fault = fault_in(answer({"@type": f"{RPC}BadRequest", "fieldViolations": [violation]}))
    assert fault is not None and (fault.code, fault.about_rows) == ("INVALID_ARGUMENT", False)


def test_an_error_of_the_ads_api_is_known_by_its_code() -> None:
    said = answer(ads("authorizationError", "USER_PERMISSION_DENIED"), status="PERMISSION_DENIED", http=403)
    fault = fault_in(said)
    assert fault is not None and (fault.code, fault.trace) == ("USER_PERMISSION_DENIED", "r1")


def test_an_error_of_the_sign_in_is_a_bare_word() -> None:
    fault = fault_in(Answer(400, {}, {"error": "invalid_grant", "error_description": "Token has been revoked."}))
    assert fault is not None and (fault.code, fault.title) == ("invalid_grant", "Token has been revoked.")


def test_the_request_id_is_kept_for_googles_support() -> None:
    fault = fault_in(answer(info("INTERNAL_ERROR"), {"@type": f"{RPC}RequestInfo", "requestId": "t-59f8"}))
    assert fault is not None and fault.trace == "t-59f8"


@pytest.mark.parametrize(("status", "passes"), [("UNAVAILABLE", True), ("UNIMPLEMENTED", False)])
def test_only_some_unknown_errors_pass_by_themselves(status: str, passes: bool) -> None:
    fault = fault_in(answer(info("NEWS"), status=status, http=500))
    assert fault is not None and fault.transient is passes


# --- How long to wait ------------------------------------------------------------------------------------------------


def exhausted(limit: str, *more: dict[str, Any]) -> Answer:
    said = info("RESOURCE_EXHAUSTED", quota_limit=f"IngestionMutateRequestsPer{limit}PerProject")
    return answer(said, *more, status="RESOURCE_EXHAUSTED", http=429)


@pytest.mark.parametrize(("said", "seconds"), [("7s", 7), ("0.250s", 0.25), ("7.5s", 7.5)])
def test_a_retry_delay_is_obeyed(said: str, seconds: float) -> None:
    assert pause(exhausted("Minute", {"@type": f"{RPC}RetryInfo", "retryDelay": said})) == seconds


@pytest.mark.parametrize("delay", [None, "soon", "-3s", 7])
def test_without_a_readable_delay_a_minutes_quota_waits_half_a_minute(delay: object) -> None:
    assert pause(exhausted("Minute", {"@type": f"{RPC}RetryInfo", "retryDelay": delay})) == 30


@pytest.mark.parametrize(
    ("hour", "seconds"), [(0, 8 * 3_600), (7, 3_600), (8, 24 * 3_600), (20, 12 * 3_600)], ids=lambda value: str(value)
)
def test_a_days_quota_waits_until_midnight_in_california(hour: int, seconds: float) -> None:
    with time_machine.travel(datetime(2026, 11, 24, hour, tzinfo=UTC), tick=False):
        assert pause(exhausted("Day")) == seconds


def test_a_delay_of_the_ads_api_is_obeyed() -> None:
    error = ads("quotaError", "RESOURCE_EXHAUSTED", quotaErrorDetails={"rateScope": "ACCOUNT", "retryDelay": "30s"})
    assert pause(answer(error, status="RESOURCE_EXHAUSTED", http=429)) == 30


def test_other_answers_ask_for_no_wait() -> None:
    assert pause(Answer(200, {}, {})) == 0
    assert pause(answer(info("INTERNAL_ERROR"), status="INTERNAL", http=500)) == 0


# --- Which quota -----------------------------------------------------------------------------------------------------

LISTS = "accountTypes/GOOGLE_ADS/accounts/1/userLists"


@pytest.mark.parametrize(
    ("method", "path", "quota"),
    [
        ("POST", "audienceMembers:ingest", "ingest"),
        ("POST", "audienceMembers:removeAll", "ingest"),
        ("GET", "requestStatus:retrieve", "status"),
        ("GET", LISTS, "lists-read"),
        ("GET", f"{LISTS}/7", "lists-read"),
        ("POST", LISTS, "lists"),
        ("DELETE", f"{LISTS}/7", "lists"),
        ("GET", "https://googleads.example/v26/customers:listAccessibleCustomers", "ads"),
        ("POST", "https://googleads.example/v26/customers/1/googleAds:search", "ads"),
    ],
)
def test_each_kind_of_call_has_its_quota(method: str, path: str, quota: str) -> None:
    found = turns(Call(method, path), "c1", {"requests_per_second": "5"})
    assert [(turn.key, turn.rate) for turn in found] == [(f"google:{quota}", 5)]


def test_signing_in_is_not_counted() -> None:
    assert turns(Call("POST", "https://oauth2.example/token"), "c1", {"requests_per_second": "5"}) == []
