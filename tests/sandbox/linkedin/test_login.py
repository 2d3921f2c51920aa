"""The consent page, tokens by code, and tokens by refresh."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.sandbox.linkedin.rest import MAIN, Rest

REDIRECT = "http://127.0.0.1:8000/callback"
APP = {"client_id": "sandbox-app", "client_secret": "sandbox-secret"}
ASK = {
    "response_type": "code",
    "client_id": "sandbox-app",
    "redirect_uri": REDIRECT,
    "scope": "r_ads rw_dmp_segments",
    "state": "s-1",
}
DAY = 86_400


async def decide(rest: Rest, decision: str = "continue", **changes: str) -> dict[str, list[str]]:
    form = {**ASK, **changes, "decision": decision}
    answer = await rest.client.post("/linkedin/oauth/v2/authorization", data=form)
    return parse_qs(urlsplit(answer.headers["location"]).query)


async def token(rest: Rest, **form: str) -> httpx2.Response:
    return await rest.client.post("/linkedin/oauth/v2/accessToken", data={**APP, **form})


async def by_code(rest: Rest, code: str, **changes: str) -> httpx2.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, **changes}
    return await token(rest, **form)


async def login(rest: Rest, **changes: str) -> dict[str, Any]:
    given: dict[str, Any] = (await by_code(rest, (await decide(rest, **changes))["code"][0])).json()
    return given


async def refreshed(rest: Rest, value: str) -> httpx2.Response:
    return await token(rest, grant_type="refresh_token", refresh_token=value)


async def test_the_consent_page_speaks_the_words_of_the_specification(rest: Rest) -> None:
    page = (await rest.client.get("/linkedin/oauth/v2/authorization", params=ASK)).text
    words = " ".join(re.sub(r"<[^>]+>", " ", page.partition("<body>")[2]).split())
    assert words.endswith(
        "Stratum AI wants to access your LinkedIn advertising account. This will allow Stratum AI to: "
        "Manage your custom audiences Upload customer lists Cancel Continue"
    )


async def test_cancel_leads_back_without_a_code(rest: Rest) -> None:
    answer = await decide(rest, "cancel")
    assert (answer["error"], answer["state"], "code" in answer) == (["user_cancelled_authorize"], ["s-1"], False)


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "stranger"},
        {"redirect_uri": "https://elsewhere.example/"},
        {"scope": "everything"},
        {"response_type": "token"},
    ],
)
async def test_a_dialog_that_is_wrong_redirects_nowhere(rest: Rest, change: dict[str, str]) -> None:
    form = {**ASK, **change, "decision": "continue"}
    answer = await rest.client.post("/linkedin/oauth/v2/authorization", data=form)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_a_code_gives_two_tokens_with_their_ends(rest: Rest) -> None:
    given = await login(rest)
    assert (given["expires_in"], given["refresh_token_expires_in"]) == (60 * DAY, 365 * DAY)
    assert given["scope"] == "r_ads,rw_dmp_segments"


async def test_a_code_works_once(rest: Rest) -> None:
    code = (await decide(rest))["code"][0]
    assert [(await by_code(rest, code)).status_code for _ in range(2)] == [200, 400]


async def test_a_code_is_bound_to_its_address_and_its_half_hour(rest: Rest) -> None:
    one, two = [(await decide(rest))["code"][0] for _ in range(2)]
    assert (await by_code(rest, one, redirect_uri=REDIRECT + "/")).json()["error"] == "invalid_redirect_uri"
    rest.world.clock.advance(1_801)
    assert (await by_code(rest, two)).json()["error"] == "invalid_grant"


async def test_a_wrong_secret_gets_no_token(rest: Rest) -> None:
    code = (await decide(rest))["code"][0]
    for change in (
        {"client_secret": "guess"},
        {"client_id": "stranger"},
        {"client_id": "stranger", "client_secret": ""},
    ):
        answer = await by_code(rest, code, **change)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_an_expired_token_is_refused_and_can_be_refreshed(rest: Rest) -> None:
    given = await login(rest)
    rest.world.clock.advance(60 * DAY + 1)
    refused = await rest.call("GET", "adAccounts?q=search", token=given["access_token"])
    fresh = (await refreshed(rest, given["refresh_token"])).json()
    assert (refused.status_code, refused.json()["code"]) == (401, "EXPIRED_ACCESS_TOKEN")
    assert (await rest.call("GET", "adAccounts?q=search", token=fresh["access_token"])).status_code == 200


async def test_refreshing_does_not_lengthen_the_year(rest: Rest) -> None:
    given = await login(rest)
    rest.world.clock.advance(300 * DAY)
    fresh = (await refreshed(rest, given["refresh_token"])).json()
    assert fresh["refresh_token"] == given["refresh_token"]
    assert fresh["refresh_token_expires_in"] == pytest.approx(65 * DAY, abs=60)
    rest.world.clock.advance(66 * DAY)
    assert (await refreshed(rest, given["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_token_without_the_scope_is_denied(rest: Rest) -> None:
    given = await login(rest, scope="r_ads")
    answer = await rest.call("GET", f"dmpSegments?q=account&account={MAIN}", token=given["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (403, "ACCESS_DENIED")
