"""The consent page, tokens by code, and how they end."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from audience_sync.sandbox.tiktok import seeds
from tests.sandbox.tiktok.business import APP, FOREIGN, MAIN, REDIRECT, SECONDARY, Business

ASK = {"app_id": "sandbox-app", "state": "s-1", "redirect_uri": REDIRECT}


async def page(business: Business, **changes: str) -> str:
    return (await business.client.get("/tiktok/portal/auth", params={**ASK, **changes})).text


async def decide(business: Business, decision: str = "continue", **form: str) -> dict[str, list[str]]:
    answer = await business.client.post("/tiktok/portal/auth", data={**ASK, "decision": decision, **form})
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)


async def exchange(business: Business, code: str, **changes: Any) -> dict[str, Any]:
    body = {**APP, "auth_code": code, **changes}
    answer: dict[str, Any] = (await business.call("POST", "oauth2/access_token", token="", json=body)).json()
    return answer


async def login(business: Business, **form: str) -> dict[str, Any]:
    code = (await decide(business, **form))["auth_code"][0]
    given: dict[str, Any] = (await exchange(business, code))["data"]
    return given


async def test_the_consent_page_speaks_the_words_of_the_specification(business: Business) -> None:
    words = " ".join(re.sub(r"<[^>]+>", " ", (await page(business)).partition("<body>")[2]).split())
    assert (
        "Stratum AI wants to access your TikTok advertising account. This will allow Stratum AI to: "
        "Manage your custom audiences Upload customer lists"
    ) in words
    assert words.endswith("Cancel Continue")


async def test_the_consent_page_offers_every_ad_account(business: Business) -> None:
    shown = await page(business)
    assert [name in shown for name in (MAIN, SECONDARY, FOREIGN)] == [True] * 3


async def test_continue_leads_back_with_the_code_twice_and_the_state(business: Business) -> None:
    answer = await decide(business)
    assert answer.keys() == {"auth_code", "code", "state"}
    assert answer["auth_code"] == answer["code"]
    assert answer["state"] == ["s-1"]


async def test_cancel_leads_back_without_a_code(business: Business) -> None:
    answer = await decide(business, "cancel")
    assert answer.keys() == {"error", "error_description", "state"}


@pytest.mark.parametrize("change", [{"app_id": "stranger"}, {"redirect_uri": "https://elsewhere.example/callback"}])
async def test_a_dialog_that_is_wrong_redirects_nowhere(business: Business, change: dict[str, str]) -> None:
    form = {**ASK, **change, "decision": "continue"}
    answer = await business.client.post("/tiktok/portal/auth", data=form)
    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_somebody_who_ticks_no_account_is_asked_again(business: Business) -> None:
    form = {**ASK, "decision": "continue", "choices": "shown"}
    answer = await business.client.post("/tiktok/portal/auth", data=form)
    assert answer.status_code == 200
    assert "Continue" in answer.text


async def test_a_code_gives_a_token_with_accounts_and_numbered_permissions(business: Business) -> None:
    given = await login(business)
    assert given["advertiser_ids"] == [MAIN, SECONDARY, FOREIGN]
    assert given["scope"] == [1, 3, 30, 31]


async def test_a_token_reaches_only_the_accounts_that_were_ticked(business: Business) -> None:
    given = await login(business, choices="shown", **{SECONDARY: "yes"})
    assert given["advertiser_ids"] == [SECONDARY]
    body = {"advertiser_id": MAIN, "custom_audience_name": "VIP"}
    answer = await business.call("POST", "segment/audience", token=given["access_token"], json=body)
    assert answer.json()["code"] == 40001


async def test_the_accounts_can_be_left_out_of_the_answer(business: Business) -> None:
    code = (await decide(business))["code"][0]
    answer = await exchange(business, code, return_advertiser_ids=False)
    assert "advertiser_ids" not in answer["data"]


async def test_a_code_works_once(business: Business) -> None:
    code = (await decide(business))["code"][0]
    assert [(await exchange(business, code))["code"] for _ in range(2)] == [0, 40110]


@pytest.mark.parametrize(("seconds", "result"), [(3_599, 0), (3_600, 40115)])
async def test_a_code_lives_an_hour(business: Business, seconds: int, result: int) -> None:
    code = (await decide(business))["code"][0]
    business.advance(seconds)
    # A real second may pass between the two.
    assert (await exchange(business, code))["code"] == result


@pytest.mark.parametrize(("change", "result"), [({"app_id": "stranger"}, 40113), ({"secret": "guess"}, 40101)])
async def test_only_the_app_that_asked_gets_a_token(business: Business, change: dict[str, str], result: int) -> None:
    code = (await decide(business))["code"][0]
    assert (await exchange(business, code, **change))["code"] == result


async def test_another_app_can_use_neither_code_nor_token(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(seeds.APPS, "other-app", "other-secret")
    other = {"app_id": "other-app", "secret": "other-secret"}
    token = (await login(business))["access_token"]
    code = (await decide(business))["code"][0]
    assert (await exchange(business, code, **other))["code"] == 40110
    revoked = await business.call("POST", "oauth2/revoke_token", token="", json={**other, "access_token": token})
    assert revoked.json()["code"] == 40105


async def test_a_token_has_no_end(business: Business) -> None:
    token = (await login(business))["access_token"]
    business.advance(10 * 365 * 86_400)
    assert (await business.call("GET", "user/info", token=token)).json()["code"] == 0


async def test_a_revoked_token_is_refused(business: Business) -> None:
    token = (await login(business, choices="shown", **{MAIN: "yes"}))["access_token"]
    revoked = await business.call("POST", "oauth2/revoke_token", token="", json={**APP, "access_token": token})
    assert revoked.json()["data"] == {"app_id": "sandbox-app", "advertiser_ids": [MAIN]}
    assert (await business.call("GET", "user/info", token=token)).json()["code"] == 40105


async def test_an_account_that_was_withdrawn_is_reached_no_more(business: Business) -> None:
    business.settings(withdrawn_accounts=[MAIN])
    answer = await business.get("oauth2/advertiser/get", **APP)
    assert [each["advertiser_id"] for each in answer["data"]["list"]] == [SECONDARY, FOREIGN]
    answer = await business.post("segment/audience", advertiser_id=MAIN, custom_audience_name="VIP")
    assert answer["code"] == 40001
