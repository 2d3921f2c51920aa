"""Meta's dialect: proofs, envelopes, usage headers, pages; and the words for what an account or audience is."""

import hashlib
import hmac
import json
from typing import Any

import httpx2
import pyarrow as pa
import pytest

from audience_sync.connectors.meta import Meta
from audience_sync.connectors.meta_wire import app_secret_proof, fault_in, pause, sign
from audience_sync.connectors.wire import Answer
from audience_sync.model.platforms import Action, Batch, Target
from tests.connectors.conftest import ApiMaker

META = Meta()


def error(**said: Any) -> Answer:
    return Answer(400, {}, {"error": {"message": "no", **said}})


def headers(**said: Any) -> Answer:
    names = {name.replace("_", "-"): json.dumps(value) for name, value in said.items()}
    return Answer(200, names, {})


def use(**said: Any) -> dict[str, Any]:
    return {"542676646349772": [{"type": "custom_audience", "call_count": 32, **said}]}


# --- Proofs ---------------------------------------------------------------------------------------------------------


def test_the_proof_is_that_of_the_official_client() -> None:
    """Recorded from Meta's own client, facebook-business 26.0.3."""
    proof = app_secret_proof("EAAB_TOKEN", "APPSECRET")
    assert proof == {"appsecret_proof": "a884e7d41282f5218fc7d1ffc2fcd27b0b4ffe53df7af7316644fc1f35f19632"}


def test_a_proof_of_the_moment_covers_the_moment() -> None:
    wanted = hmac.new(b"APPSECRET", b"EAAB_TOKEN|1764000000", hashlib.sha256).hexdigest()
    assert app_secret_proof("EAAB_TOKEN", "APPSECRET", 1_764_000_000) == {
        "appsecret_proof": wanted,
        "appsecret_time": "1764000000",
    }


@pytest.mark.parametrize(("token", "secret"), [("", "APPSECRET"), ("EAAB_TOKEN", "")])
def test_nothing_is_proven_without_token_and_secret(token: str, secret: str) -> None:
    assert sign(token, secret, timed=False) == {}


# --- Envelopes ------------------------------------------------------------------------------------------------------


def test_the_envelope_gives_its_numbers_and_its_title_for_people() -> None:
    fault = fault_in(
        error(
            code=80003,
            error_subcode=2446079,
            is_transient=True,
            error_user_title="Too many calls",
            error_data={"blame_field_specs": [["payload", "data"]]},
            fbtrace_id="AbC",
        )
    )
    assert fault is not None
    assert (fault.code, fault.subcode, fault.transient) == (80003, 2446079, True)
    assert (fault.title, fault.fields, fault.trace) == ("Too many calls", ("payload.data",), "AbC")


def test_error_data_may_be_a_text() -> None:
    fault = fault_in(error(code=100, error_data='{"blame_field_specs":[["name"]]}'))
    assert fault is not None
    assert fault.fields == ("name",)


def test_only_names_of_fields_are_taken_from_error_data() -> None:
    fault = fault_in(error(code=100, error_data={"blame_field_specs": [["Jane@example.com"], ["name"]]}))
    assert fault is not None
    assert fault.fields == ("name",)


@pytest.mark.parametrize("data", ["no json", [], 7, {"blame_field_specs": "name"}, {"blame_field_specs": None}, None])
def test_error_data_of_any_other_shape_is_passed_over(data: Any) -> None:
    fault = fault_in(error(code=100, error_data=data))
    assert fault is not None
    assert fault.fields == ()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"code": -1}, 1),
        ({"code": "190"}, 190),
        ({}, 1),
        ({"code": 100, "message": "(#100) Invalid appsecret_proof provided in the API argument"}, 104),
        ({"code": 1, "message": "Error validating client secret."}, 104),
        ({"code": 100, "message": "(#100) Data is missing or does not match schema"}, 100),
    ],
)
def test_the_number_that_decides(said: dict[str, Any], code: int) -> None:
    fault = fault_in(error(**said))
    assert fault is not None
    assert fault.code == code


@pytest.mark.parametrize(
    ("said", "about_rows"),
    [
        ({"code": 100}, True),
        ({"code": 100, "error_data": {"blame_field_specs": [["payload", "data"]]}}, True),
        ({"code": 100, "error_data": {"blame_field_specs": [["session", "session_id"]]}}, False),
        ({"code": 100, "error_subcode": 33}, False),
        ({"code": 100, "message": "Invalid appsecret_proof"}, False),
        ({"code": 105}, False),
        ({"code": 2650}, False),
    ],
)
def test_only_a_refusal_that_may_be_about_single_rows_says_so(said: dict[str, Any], about_rows: bool) -> None:
    fault = fault_in(error(**said))
    assert fault is not None
    assert fault.about_rows is about_rows


def test_a_change_that_was_not_made_is_a_fault() -> None:
    assert fault_in(Answer(200, {}, {"success": False, "error": None})) is not None


@pytest.mark.parametrize("body", [{"success": True}, {"id": "1"}, {"data": []}, None])
def test_an_answer_without_an_error_is_no_fault(body: Any) -> None:
    assert fault_in(Answer(200, {}, body)) is None


# --- Usage headers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (headers(), 0),
        (headers(x_business_use_case_usage=use(estimated_time_to_regain_access=0)), 0),
        (headers(x_business_use_case_usage=use(estimated_time_to_regain_access=12)), 720),
        (headers(x_business_use_case_usage=use(total_cputime=76)), 2),
        (headers(x_business_use_case_usage=use(total_time=95)), 300),
        (headers(x_business_use_case_usage={"1": [{"type": "ads_insights", "call_count": 100}]}), 0),
        (headers(x_ad_account_usage={"acc_id_util_pct": 100}), 300),
        (headers(x_ad_account_usage={"acc_id_util_pct": 100, "reset_time_duration": 60}), 60),
        (headers(x_ad_account_usage={"acc_id_util_pct": 9.67, "reset_time_duration": 100}), 0),
        (headers(x_ad_account_usage={"acc_id_util_pct": 80, "reset_time_duration": 100}), 2),
        (headers(x_app_usage={"call_count": 5, "total_cputime": 0, "total_time": 1}), 0),
        (headers(x_app_usage={"call_count": 99}), 300),
        (headers(x_app_usage=[1], x_ad_account_usage="?", x_business_use_case_usage={"1": 5}), 0),
        (Answer(200, {"x-app-usage": "no json"}, {}), 0),
    ],
)
def test_the_headers_ask_for_as_much_patience(answer: Answer, seconds: float) -> None:
    assert pause(answer) == seconds


# --- Pages ----------------------------------------------------------------------------------------------------------


async def test_the_next_address_is_never_followed(api_of: ApiMaker) -> None:
    """It could lead our token to another host; only the cursor is used."""
    seen: list[httpx2.URL] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.url)
        paging: dict[str, Any] = {"cursors": {"before": "a", "after": f"c{len(seen)}"}}
        if len(seen) < 3:
            paging["next"] = "https://evil.example/v26.0/act_1/customaudiences?after=x"
        return httpx2.Response(200, json={"data": [{"id": str(len(seen))}], "paging": paging})

    found = await META.audiences(api_of(answer), "1")
    assert [each.remote_id for each in found] == ["1", "2", "3"]
    assert {url.host for url in seen} == {"graph.example"}
    assert [url.params.get("after") for url in seen] == [None, "c1", "c2"]


# --- Words for accounts and audiences -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "usable"), [(1, True), (9, True), (2, False), (3, False), (101, False), (77, False)]
)
async def test_only_active_accounts_and_those_in_grace_are_usable(api_of: ApiMaker, status: int, usable: bool) -> None:
    account = (await META.accounts(api_of(_one(id="act_1", name="A", account_status=status, **TERMS))))[0]
    assert (account.usable, bool(account.problem)) == (usable, not usable)


@pytest.mark.parametrize(
    ("tasks", "usable"), [(["ANALYZE"], False), (["DRAFT", "ADVERTISE"], True), (["MANAGE"], True), ([], True)]
)
async def test_an_account_that_may_only_be_looked_at_is_not_usable(
    api_of: ApiMaker, tasks: list[str], usable: bool
) -> None:
    account = (await META.accounts(api_of(_one(id="act_1", account_status=1, user_tasks=tasks, **TERMS))))[0]
    assert (account.usable, "ADVERTISE" in account.problem) == (usable, not usable)


async def test_a_person_without_accounts_has_none(api_of: ApiMaker) -> None:
    """People have no edge of assigned accounts; Meta refuses to answer."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("assigned_ad_accounts"):
            return httpx2.Response(400, json={"error": {"code": 100, "message": "Tried accessing nonexisting field"}})
        return httpx2.Response(200, json={"data": []})

    assert await META.accounts(api_of(answer)) == []


async def test_a_system_user_has_the_accounts_assigned_to_it(api_of: ApiMaker) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        assigned = request.url.path.endswith("assigned_ad_accounts")
        return httpx2.Response(200, json={"data": [{"id": "act_1", "account_status": 1, **TERMS}] if assigned else []})

    assert [each.remote_id for each in await META.accounts(api_of(answer))] == ["act_1"]


@pytest.mark.parametrize(
    ("operation", "delivery", "bounds", "state", "ready", "problem"),
    [
        (200, 200, (1000, 1200), "Normal, ready to use", True, ""),
        (441, 300, (-1, -1), "Finding people", None, ""),
        (200, 300, (0, 50), "Normal, too small to deliver", False, "100"),
        (471, 200, (1000, 1200), "Flagged for integrity, ready to use", False, "Rename"),
        (415, 200, (1000, 1200), "Replace incomplete, ready to use", False, "full replace"),
        (200, 450, (1000, 1200), "Normal, unusable", False, "Ads Manager"),
        (999, 200, (1000, 1200), "status 999, ready to use", False, "999"),
    ],
)
async def test_statuses_are_told_in_plain_words(
    api_of: ApiMaker,
    operation: int,
    delivery: int,
    bounds: tuple[int, int],
    state: str,
    ready: bool | None,
    problem: str,
) -> None:
    low, high = bounds
    row = {
        "approximate_count_lower_bound": low,
        "approximate_count_upper_bound": high,
        "operation_status": {"code": operation, "description": "never read"},
        "delivery_status": {"code": delivery},
    }
    facts = await META.measure(api_of(lambda _: httpx2.Response(200, json=row)), Target("1", "77"))
    assert (facts.state, facts.ready, facts.codes) == (state, ready, {"operation": operation, "delivery": delivery})
    assert problem in facts.problem and bool(problem) == bool(facts.problem)


async def test_the_body_is_the_recorded_one_with_a_session(api_of: ApiMaker) -> None:
    """As a live call to the Graph API was recorded: brian@demo.com, Brian."""
    bodies: list[Any] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        bodies.append(json.loads(request.content))
        return httpx2.Response(
            200,
            json={
                "audience_id": "23849182047670582",
                "session_id": "4229955495815004260",
                "num_received": 1,
                "num_invalid_entries": 0,
                "invalid_entry_samples": {},
            },
        )

    email = "2e5b5d0a3c2f708e9cfc1eb6396c60814862229246a84697da56931761b8e6e7"
    first = "f3fe5a51a2be8c6dc715028858fcba82ee021be7687e4f95b45086b8ffb1a23f"
    rows = pa.table({"email": [email], "first_name": [first]})
    batch = Batch(1, Action.ADD, rows, session=9_778_993, sequence=1, last=True, total_rows=1)
    receipt = await META.upload(api_of(answer), Target("act_542676646349772", "23849182047670582"), batch)
    assert bodies[0]["payload"] == {"schema": ["EMAIL", "FN"], "data": [[email, first]]}
    assert 0 < bodies[0]["session"]["session_id"] < 2**62
    assert (receipt.received, receipt.invalid, receipt.reference) == (1, 0, "4229955495815004260")


TERMS = {"tos_accepted": {"custom_audience_tos": 1}}


def _one(**row: Any) -> Any:
    return lambda _: httpx2.Response(200, json={"data": [row]})
