"""The consent page and the tokens of the pretend Snapchat."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.sandbox.snapchat.snap import REDIRECT, REFRESH, Snap

LOGIN = "http://sandbox/snapchat/login/oauth2"
ASK = {
    "response_type": "code",
    "client_id": "sandbox-app",
    "redirect_uri": REDIRECT,
    "scope": "snapchat-marketing-api",
    "state": "s-1",
}
APP = {"client_id": "sandbox-app", "client_secret": "sandbox-secret"}


async def decide(snap: Snap, decision: str = "continue", **changes: str) -> dict[str, list[str]]:
    form = {**ASK, **changes, "decision": decision}
    answer = await snap.call("POST", f"{LOGIN}/authorize", token="", data=form)
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)


async def token_call(snap: Snap, **form: str) -> httpx2.Response:
    return await snap.call("POST", f"{LOGIN}/access_token", token="", data={**APP, **form})


async def exchange(snap: Snap, code: str, **changes: str) -> httpx2.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, **changes}
    return await token_call(snap, **form)


async def refresh(snap: Snap, token: str = REFRESH, **changes: str) -> httpx2.Response:
    return await token_call(snap, grant_type="refresh_token", refresh_token=token, **changes)


async def login(snap: Snap) -> dict[str, Any]:
    given: dict[str, Any] = (await exchange(snap, (await decide(snap))["code"][0])).json()
    return given


async def test_the_consent_page_speaks_the_words_of_the_specification(snap: Snap) -> None:
    page = (await snap.call("GET", f"{LOGIN}/authorize", token="", params=ASK)).text
    words = " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<body>") :]).split())
    assert words.endswith(
        "Stratum AI wants to access your Snapchat advertising account. This will allow Stratum AI to: "
        "Manage your custom audiences Upload customer lists Cancel Continue"
    )


async def test_continue_leads_back_with_a_code_and_the_state(snap: Snap) -> None:
    answer = await decide(snap)
    assert (set(answer), answer["state"]) == ({"code", "state"}, ["s-1"])


async def test_cancel_leads_back_with_the_denial(snap: Snap) -> None:
    answer = await decide(snap, "cancel")
    assert (answer["error"], answer["state"]) == (["access_denied"], ["s-1"])


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "stranger"},
        {"redirect_uri": "https://elsewhere.example/callback"},
        {"response_type": "token"},
        {"scope": "offline_access"},
        {"scope": ""},
    ],
)
async def test_a_page_that_is_wrong_redirects_nowhere(snap: Snap, change: dict[str, str]) -> None:
    form = {**ASK, **change, "decision": "continue"}
    answer = await snap.call("POST", f"{LOGIN}/authorize", token="", data=form)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_scopes_are_separated_by_spaces(snap: Snap) -> None:
    asked = "snapchat-marketing-api snapchat-profile-api"
    given = (await exchange(snap, (await decide(snap, scope=asked))["code"][0])).json()
    assert given["scope"] == asked


async def test_a_code_gives_an_hours_token_and_what_refreshes_it(snap: Snap) -> None:
    given = await login(snap)
    assert given.pop("access_token")
    assert given.pop("refresh_token")
    assert given == {"token_type": "Bearer", "expires_in": 3600, "scope": "snapchat-marketing-api"}


async def test_the_life_of_a_token_can_be_set(snap: Snap) -> None:
    snap.set(token_seconds=5)
    given = await login(snap)
    snap.advance(seconds=5)
    answer = await snap.call("GET", "me", token=given["access_token"])
    assert (given["expires_in"], answer.status_code) == (5, 401)


async def test_a_code_works_once(snap: Snap) -> None:
    code = (await decide(snap))["code"][0]
    answers = [await exchange(snap, code) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 400]
    assert answers[1].json()["error"] == "invalid_grant"


async def test_a_code_dies_after_ten_minutes(snap: Snap) -> None:
    code = (await decide(snap))["code"][0]
    snap.advance(seconds=601)
    assert (await exchange(snap, code)).json()["error"] == "invalid_grant"


async def test_the_redirect_address_must_be_repeated_exactly(snap: Snap) -> None:
    code = (await decide(snap))["code"][0]
    assert (await exchange(snap, code, redirect_uri=REDIRECT + "/")).json()["error"] == "invalid_grant"


async def test_a_wrong_secret_gets_no_token(snap: Snap) -> None:
    answer = await refresh(snap, client_secret="guess")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_one_apps_code_and_refresh_token_are_worth_nothing_to_another(snap: Snap) -> None:
    snap.platform.state.apps["another"] = "another-secret"
    other = {"client_id": "another", "client_secret": "another-secret"}
    answers = [await exchange(snap, (await decide(snap))["code"][0], **other), await refresh(snap, **other)]
    assert [each.json()["error"] for each in answers] == ["invalid_grant", "invalid_grant"]


async def test_the_token_call_takes_a_form_only(snap: Snap) -> None:
    body = {**APP, "grant_type": "refresh_token", "refresh_token": REFRESH}
    answer = await snap.call("POST", f"{LOGIN}/access_token", token="", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_another_grant_is_not_known(snap: Snap) -> None:
    assert (await token_call(snap, grant_type="password")).json()["error"] == "unsupported_grant_type"


async def test_a_refresh_gives_another_token_that_works(snap: Snap) -> None:
    first = await login(snap)
    second = (await refresh(snap, first["refresh_token"])).json()
    assert second["access_token"] != first["access_token"]
    assert (await snap.call("GET", "me", token=second["access_token"])).status_code == 200


async def test_a_refresh_token_stays_unless_it_rotates(snap: Snap) -> None:
    answer = (await refresh(snap)).json()
    assert answer["refresh_token"] == REFRESH
    assert (await refresh(snap)).status_code == 200


async def test_a_refresh_token_that_rotates_works_once(snap: Snap) -> None:
    snap.set(rotate_refresh_tokens=True)
    following = (await refresh(snap)).json()["refresh_token"]
    assert (await refresh(snap)).json()["error"] == "invalid_grant"
    assert (await refresh(snap, following)).status_code == 200


async def test_a_refresh_may_answer_without_a_refresh_token(snap: Snap) -> None:
    snap.set(omit_refresh_token=True)
    assert "refresh_token" not in (await refresh(snap)).json()


async def test_a_refresh_can_be_refused(snap: Snap) -> None:
    snap.fail("invalid_grant")
    assert (await refresh(snap)).json().keys() == {"error", "error_description"}
    assert (await refresh(snap)).status_code == 200


async def test_removing_the_app_ends_every_token(snap: Snap) -> None:
    snap.fail("app_removed")
    assert (await snap.call("GET", "me")).status_code == 401
    assert (await refresh(snap)).json()["error"] == "invalid_grant"


async def test_a_login_after_the_app_was_removed_opens_the_api_again(snap: Snap) -> None:
    snap.fail("app_removed")
    await snap.call("GET", "me")
    given = await login(snap)
    assert (await snap.call("GET", "me", token=given["access_token"])).status_code == 200


@pytest.mark.parametrize("token", ["", "unknown", "SANDBOX_EXPIRED_TOKEN"])
async def test_without_a_good_token_the_answer_is_the_word_unauthorized(snap: Snap, token: str) -> None:
    answer = await snap.call("GET", "me", token=token)
    assert (answer.status_code, answer.text) == (401, "unauthorized")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["www-authenticate"] == (
        'Bearer error="invalid_token", error_description="The access token expired"'
    )


async def test_a_token_of_another_scope_has_no_permission(snap: Snap) -> None:
    given = (await exchange(snap, (await decide(snap, scope="snapchat-profile-api"))["code"][0])).json()
    answer = await snap.call("GET", "me", token=given["access_token"])
    assert (answer.status_code, answer.json()["error_code"]) == (403, "E3002")


async def test_there_is_no_discovery_document(snap: Snap) -> None:
    answer = await snap.call("GET", "http://sandbox/snapchat/.well-known/openid-configuration", token="")
    assert answer.status_code == 404
