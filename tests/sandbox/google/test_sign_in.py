"""The consent page and the tokens of the pretend Google."""

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from audience_sync.sandbox.google import seeds
from tests.sandbox.google.wire import MAIN, REDIRECT, SCOPE, Wire, lists_path, reason

VERIFIER = "a-verifier-that-is-long-enough-for-everyone-to-be-content"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
ASK = {
    "client_id": "sandbox-app",
    "redirect_uri": REDIRECT,
    "response_type": "code",
    "scope": SCOPE,
    "state": "s-1",
    "access_type": "offline",
    "prompt": "consent",
}
APP = {"client_id": "sandbox-app", "client_secret": "sandbox-secret"}


async def page(wire: Wire, **changes: str) -> httpx2.Response:
    return await wire.call("GET", "o/oauth2/v2/auth", token="", params={**ASK, **changes})


async def decide(wire: Wire, decision: str = "continue", **changes: str) -> dict[str, list[str]]:
    answer = await wire.call("POST", "o/oauth2/v2/auth", token="", data={**ASK, **changes, "decision": decision})
    assert answer.status_code == 302, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)


async def exchange(wire: Wire, code: str, **changes: str) -> httpx2.Response:
    form = {**APP, "grant_type": "authorization_code", "redirect_uri": REDIRECT, "code": code, **changes}
    return await wire.call("POST", "token", token="", data=form)


async def login(wire: Wire, **changes: str) -> dict[str, Any]:
    given: dict[str, Any] = (await exchange(wire, (await decide(wire, **changes))["code"][0])).json()
    return given


async def refresh(wire: Wire, token: str = seeds.USER_REFRESH_TOKEN, **more: str) -> httpx2.Response:
    form = {**APP, "grant_type": "refresh_token", "refresh_token": token, **more}
    return await wire.call("POST", "token", token="", data=form)


async def revoke(wire: Wire, token: str) -> httpx2.Response:
    return await wire.call("POST", "revoke", token="", data={"token": token})


async def lists(wire: Wire, token: str) -> httpx2.Response:
    return await wire.call("GET", lists_path(MAIN), token=token)


async def test_the_consent_page_speaks_the_words_of_the_specification(wire: Wire) -> None:
    text = (await page(wire)).text
    words = " ".join(re.sub(r"<[^>]+>", " ", text[text.index("<h1>") :]).split())
    assert words.startswith(
        "Stratum AI wants to access your Google advertising account. This will allow Stratum AI to: "
        "Manage your custom audiences Upload customer lists"
    )
    assert words.endswith("Cancel Continue")


async def test_the_consent_page_has_a_ticked_box_for_each_scope(wire: Wire) -> None:
    text = (await page(wire)).text
    assert [f'name="{scope}" value="yes" checked' in text for scope in seeds.SCOPES] == [True, True]


async def test_continue_leads_back_with_a_code_the_scopes_and_the_state(wire: Wire) -> None:
    answer = await decide(wire)
    assert answer.keys() == {"code", "scope", "state"}
    assert (answer["scope"], answer["state"]) == ([SCOPE], ["s-1"])


async def test_cancel_leads_back_with_the_denial(wire: Wire) -> None:
    assert await decide(wire, "cancel") == {"error": ["access_denied"], "state": ["s-1"]}


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "stranger"},
        {"redirect_uri": "https://example.com/callback"},
        {"response_type": "token"},
        {"scope": "https://www.googleapis.com/auth/drive"},
        {"scope": ""},
        {"code_challenge": "x", "code_challenge_method": "plain"},
    ],
)
async def test_a_page_that_cannot_be_shown_sends_nobody_anywhere(wire: Wire, change: dict[str, str]) -> None:
    answer = await page(wire, **change)
    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_a_code_becomes_tokens_that_open_the_api(wire: Wire) -> None:
    given = await login(wire)
    assert (given["expires_in"], given["token_type"], given["scope"]) == (3599, "Bearer", SCOPE)
    assert given["refresh_token"].startswith("1//")
    assert (await lists(wire, given["access_token"])).status_code == 200


async def test_a_scope_that_was_unticked_is_not_granted(wire: Wire) -> None:
    given = await login(wire, choices="shown", **{seeds.ADWORDS: "yes"})
    assert given["scope"] == seeds.ADWORDS
    assert reason(await lists(wire, given["access_token"])) == (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")


async def test_who_grants_nothing_has_declined(wire: Wire) -> None:
    assert (await decide(wire, choices="shown"))["error"] == ["access_denied"]


async def test_the_app_may_hint_at_who_is_to_sign_in(wire: Wire) -> None:
    token = (await login(wire, login_hint=seeds.AGENT.email))["access_token"]
    found = await wire.call("GET", "v26/customers:listAccessibleCustomers", token=token)
    assert found.json()["resourceNames"] == [f"customers/{seeds.MANAGER}"]


async def test_scopes_can_be_dropped_by_a_setting(wire: Wire) -> None:
    wire.configure(dropped_scopes=["adwords"])
    assert (await login(wire))["scope"] == seeds.DATA_MANAGER


async def test_earlier_scopes_are_granted_along_where_asked_for(wire: Wire) -> None:
    given = await login(wire, scope=seeds.DATA_MANAGER, include_granted_scopes="true")
    assert set(given["scope"].split()) == set(SCOPE.split())


async def test_a_second_sign_in_without_consent_gives_no_refresh_token(wire: Wire) -> None:
    assert "refresh_token" not in await login(wire, prompt="")


async def test_the_first_sign_in_gives_a_refresh_token_without_being_asked(wire: Wire) -> None:
    await revoke(wire, seeds.USER_REFRESH_TOKEN)
    assert "refresh_token" in await login(wire, prompt="")


async def test_without_offline_access_there_is_no_refresh_token(wire: Wire) -> None:
    assert "refresh_token" not in await login(wire, access_type="online")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": "http://127.0.0.1:8000/other"}, "redirect_uri_mismatch"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "stranger"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
async def test_a_wrong_exchange_is_refused(wire: Wire, changes: dict[str, str], error: str) -> None:
    answer = await exchange(wire, (await decide(wire))["code"][0], **changes)
    assert answer.json()["error"] == error


async def test_an_unknown_code_is_refused(wire: Wire) -> None:
    assert (await exchange(wire, "4/unknown")).json()["error"] == "invalid_grant"


async def test_a_code_is_good_once(wire: Wire) -> None:
    code = (await decide(wire))["code"][0]
    await exchange(wire, code)
    assert (await exchange(wire, code)).json()["error"] == "invalid_grant"


async def test_a_code_is_good_for_ten_minutes(wire: Wire) -> None:
    code = (await decide(wire))["code"][0]
    wire.world.clock.advance(600)
    assert (await exchange(wire, code)).status_code == 400


@pytest.mark.parametrize(("verifier", "status"), [(VERIFIER, 200), ("another", 400), ("", 400)])
async def test_the_secret_behind_the_challenge_must_be_shown(wire: Wire, verifier: str, status: int) -> None:
    code = (await decide(wire, code_challenge=CHALLENGE, code_challenge_method="S256"))["code"][0]
    assert (await exchange(wire, code, code_verifier=verifier)).status_code == status


async def test_the_app_may_name_itself_by_http_basic(wire: Wire) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": seeds.USER_REFRESH_TOKEN}
    answer = await wire.client.post("/google/token", data=form, auth=("sandbox-app", "sandbox-secret"))
    assert answer.status_code == 200


async def test_a_refresh_token_gives_access_and_stays_the_same(wire: Wire) -> None:
    given = (await refresh(wire)).json()
    assert given.keys() == {"access_token", "expires_in", "scope", "token_type"}
    assert (await lists(wire, given["access_token"])).status_code == 200


async def test_a_refresh_can_ask_for_fewer_scopes_but_not_for_more(wire: Wire) -> None:
    assert (await refresh(wire, scope=seeds.ADWORDS)).json()["scope"] == seeds.ADWORDS
    assert (await refresh(wire, scope="openid")).json()["error"] == "invalid_scope"


async def test_an_access_token_lives_an_hour_of_the_sandbox(wire: Wire) -> None:
    token = (await refresh(wire)).json()["access_token"]
    wire.world.clock.advance(3599)
    assert reason(await lists(wire, token)) == (401, "ACCESS_TOKEN_EXPIRED")


async def test_an_app_in_testing_loses_its_refresh_token_after_its_time(wire: Wire) -> None:
    wire.configure(refresh_token_seconds=604_800)
    given = await login(wire)
    wire.world.clock.advance(604_800)
    assert given["refresh_token_expires_in"] == 604_800
    assert (await refresh(wire, given["refresh_token"])).json()["error"] == "invalid_grant"


async def test_refresh_tokens_can_be_switched_off(wire: Wire) -> None:
    wire.configure(invalid_grant=True)
    answer = await refresh(wire)
    dead = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
    assert (answer.status_code, answer.json()) == (400, dead)


async def test_one_refresh_can_be_made_to_fail(wire: Wire) -> None:
    wire.fail("invalid_grant")
    assert [(await refresh(wire)).status_code for _ in range(2)] == [400, 200]


@pytest.mark.parametrize("token", [seeds.USER_TOKEN, seeds.USER_REFRESH_TOKEN])
async def test_revoking_either_token_ends_both(wire: Wire, token: str) -> None:
    assert (await revoke(wire, token)).status_code == 200
    assert (await lists(wire, seeds.USER_TOKEN)).status_code == 401
    assert (await refresh(wire)).json()["error"] == "invalid_grant"


async def test_what_is_dead_cannot_be_revoked_again(wire: Wire) -> None:
    await revoke(wire, seeds.USER_TOKEN)
    answer = await revoke(wire, seeds.USER_TOKEN)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_token")


async def test_a_token_can_be_looked_into(wire: Wire) -> None:
    token = (await login(wire, scope=f"{SCOPE} email"))["access_token"]
    found = (await wire.call("GET", "tokeninfo", token="", params={"access_token": token})).json()
    assert (found["aud"], found["access_type"], found["email"]) == ("sandbox-app", "offline", seeds.USER.email)
    assert 3590 <= int(found["expires_in"]) <= 3599


async def test_a_dead_token_is_worth_nothing(wire: Wire) -> None:
    answer = await wire.call("GET", "tokeninfo", token="", params={"access_token": "nobody's"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_token")


async def test_a_call_without_a_token_is_refused(wire: Wire) -> None:
    assert reason(await lists(wire, "")) == (401, "CREDENTIALS_MISSING")


async def test_what_is_no_http_basic_is_refused(wire: Wire) -> None:
    answer = await wire.call("POST", "token", token="", data={}, headers={"authorization": "Basic ~~~"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_form_that_is_no_form_is_refused(wire: Wire) -> None:
    headers = {"content-type": "application/json"}
    answer = await wire.call("POST", "token", token="", content=b"{", headers=headers)
    assert answer.status_code == 400
