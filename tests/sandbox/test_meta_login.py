"""The login dialog, tokens and proofs of the pretend Meta."""

import hashlib
import hmac
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.sandbox.graph import REDIRECT, Graph, error_of

ASK = {
    "client_id": "sandbox-app",
    "redirect_uri": REDIRECT,
    "state": "s-1",
    "response_type": "code",
    "scope": "ads_management,business_management",
}
APP = {"client_id": "sandbox-app", "client_secret": "sandbox-secret"}


async def decide(graph: Graph, decision: str = "continue", **changes: str) -> dict[str, list[str]]:
    answer = await graph.call("POST", "dialog/oauth", token="", data={**ASK, **changes, "decision": decision})
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)


async def exchange(graph: Graph, code: str, **changes: str) -> httpx2.Response:
    params = {**APP, "redirect_uri": REDIRECT, "code": code, **changes}
    return await graph.call("GET", "oauth/access_token", token="", params=params)


async def login(graph: Graph, **changes: str) -> dict[str, Any]:
    code = (await decide(graph, **changes))["code"][0]
    given: dict[str, Any] = (await exchange(graph, code)).json()
    return given


async def longer(graph: Graph, token: str, **more: str) -> httpx2.Response:
    params = {**APP, "grant_type": "fb_exchange_token", "fb_exchange_token": token, **more}
    return await graph.call("GET", "oauth/access_token", token="", params=params)


async def inspect(graph: Graph, token: str) -> dict[str, Any]:
    answer = await graph.call("GET", "debug_token", token="sandbox-app|sandbox-secret", params={"input_token": token})
    described: dict[str, Any] = answer.json()["data"]
    return described


async def test_the_consent_page_speaks_the_words_of_the_specification(graph: Graph) -> None:
    page = (await graph.call("GET", "dialog/oauth", token="", params=ASK)).text
    words = " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<body>") :]).split())
    assert words.endswith(
        "Stratum AI wants to access your Facebook advertising account. This will allow Stratum AI to: "
        "Manage your custom audiences Upload customer lists Cancel Continue"
    )


async def test_the_consent_page_works_without_script(graph: Graph) -> None:
    page = (await graph.call("GET", "dialog/oauth", token="", params=ASK)).text
    assert '<form method="post">' in page
    assert "<script" not in page


async def test_what_a_caller_sends_is_escaped_on_the_page(graph: Graph) -> None:
    page = (await graph.call("GET", "dialog/oauth", token="", params={**ASK, "state": '"><script>'})).text
    assert "<script>" not in page


async def test_continue_leads_back_with_a_code_and_the_state(graph: Graph) -> None:
    answer = await decide(graph)
    assert answer.keys() == {"code", "state"}
    assert answer["state"] == ["s-1"]


async def test_cancel_leads_back_with_the_denial(graph: Graph) -> None:
    assert await decide(graph, "cancel") == {
        "error": ["access_denied"],
        "error_code": ["200"],
        "error_description": ["Permissions error"],
        "error_reason": ["user_denied"],
        "state": ["s-1"],
    }


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "stranger"},
        {"redirect_uri": "https://elsewhere.example/callback"},
        {"scope": "everything"},
        {"config_id": "unknown"},
        {"response_type": "token"},
    ],
)
async def test_a_dialog_that_is_wrong_redirects_nowhere(graph: Graph, change: dict[str, str]) -> None:
    answer = await graph.call("POST", "dialog/oauth", token="", data={**ASK, **change, "decision": "continue"})
    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_a_code_gives_a_short_lived_bearer_token(graph: Graph) -> None:
    given = await login(graph)
    assert given["token_type"] == "bearer"
    assert given["expires_in"] == 5_000


async def test_the_exchange_may_be_a_form_too(graph: Graph) -> None:
    code = (await decide(graph))["code"][0]
    form = {**APP, "redirect_uri": REDIRECT, "code": code}
    answer = await graph.call("POST", "oauth/access_token", token="", data=form)
    assert answer.json()["access_token"].startswith("EAA")


async def test_a_code_works_once(graph: Graph) -> None:
    code = (await decide(graph))["code"][0]
    await exchange(graph, code)
    assert error_of(await exchange(graph, code)) == (100, 36009)


async def test_a_code_dies_after_ten_minutes(graph: Graph) -> None:
    code = (await decide(graph))["code"][0]
    await graph.advance(601)
    assert error_of(await exchange(graph, code)) == (100, 36009)


async def test_the_redirect_address_must_be_repeated_exactly(graph: Graph) -> None:
    code = (await decide(graph))["code"][0]
    assert error_of(await exchange(graph, code, redirect_uri=REDIRECT + "/")) == (100, 36007)


async def test_a_wrong_secret_gets_no_token(graph: Graph) -> None:
    code = (await decide(graph))["code"][0]
    assert (await exchange(graph, code, client_secret="guess")).status_code == 400


async def test_an_unknown_app_gets_no_token(graph: Graph) -> None:
    assert error_of(await exchange(graph, "code", client_id="stranger")) == (101, None)


async def test_the_long_lived_exchange_gives_another_token_for_sixty_days(graph: Graph) -> None:
    short = (await login(graph))["access_token"]
    given = (await longer(graph, short)).json()
    assert given["expires_in"] == 5_183_944
    assert given["access_token"] != short


async def test_the_old_token_lives_on_after_the_exchange(graph: Graph) -> None:
    short = (await login(graph))["access_token"]
    await longer(graph, short)
    assert (await graph.call("GET", "me", token=short)).status_code == 200


async def test_an_expired_token_is_refused_by_its_subcode(graph: Graph) -> None:
    short = (await login(graph))["access_token"]
    await graph.advance(5_001)
    assert error_of(await graph.call("GET", "me", token=short)) == (190, 463)


async def test_an_expired_token_cannot_be_exchanged(graph: Graph) -> None:
    short = (await login(graph))["access_token"]
    await graph.advance(5_001)
    assert error_of(await longer(graph, short)) == (190, 463)


async def test_a_business_configuration_gives_a_token_that_never_expires(graph: Graph) -> None:
    given = await login(graph, config_id="sandbox-config", scope="")
    assert "expires_in" not in given
    assert (await inspect(graph, given["access_token"]))["expires_at"] == 0


async def test_a_sixty_day_system_user_token_is_renewed_for_sixty_days(graph: Graph) -> None:
    answer = await longer(graph, "SANDBOX_SYSTEM_USER_TOKEN_60_DAYS", set_token_expires_in_60_days="true")
    assert answer.json()["expires_in"] == 60 * 86_400


async def test_a_pasted_system_user_token_works_for_ever(graph: Graph) -> None:
    await graph.advance(10 * 365 * 86_400)
    answer = await graph.call("GET", "me/adaccounts", token="SANDBOX_SYSTEM_USER_TOKEN")
    assert len(answer.json()["data"]) == 3


async def test_inspection_describes_a_living_token(graph: Graph) -> None:
    found = await inspect(graph, (await login(graph))["access_token"])
    assert found["is_valid"] is True
    assert found["type"] == "USER"
    assert found["scopes"] == ["ads_management", "business_management"]
    assert found["data_access_expires_at"] - found["issued_at"] == 90 * 86_400


@pytest.mark.parametrize("token", ["unknown", "SANDBOX_USER_TOKEN"])
async def test_inspection_of_a_dead_token_is_no_error(graph: Graph, token: str) -> None:
    await graph.advance(61 * 86_400)
    found = await inspect(graph, token)
    assert found["is_valid"] is False
    assert found["error"]["code"] == 190


async def test_inspection_needs_the_apps_secret(graph: Graph) -> None:
    answer = await graph.call("GET", "debug_token", token="sandbox-app|guess", params={"input_token": "x"})
    assert error_of(answer) == (100, None)


async def test_a_revoked_token_is_dead(graph: Graph) -> None:
    token = (await login(graph))["access_token"]
    params = {**APP, "revoke_token": token, "access_token": "SANDBOX_SYSTEM_USER_TOKEN"}
    assert (await graph.call("GET", "oauth/revoke", token="", params=params)).json() == {"success": True}
    assert error_of(await graph.call("GET", "me", token=token)) == (190, 467)


async def test_permissions_show_what_was_declined(graph: Graph) -> None:
    token = (await login(graph, declined="business_management"))["access_token"]
    assert (await graph.call("GET", "me/permissions", token=token)).json() == {
        "data": [
            {"permission": "ads_management", "status": "granted"},
            {"permission": "business_management", "status": "declined"},
        ]
    }


async def test_withdrawing_every_permission_ends_the_grant(graph: Graph) -> None:
    token = (await login(graph))["access_token"]
    assert (await graph.call("DELETE", "me/permissions", token=token)).json() == {"success": True}
    assert error_of(await graph.call("GET", "me", token=token)) == (190, 458)


async def test_withdrawing_touches_nobody_elses_grant(graph: Graph) -> None:
    await graph.call("DELETE", "me/permissions", token=(await login(graph))["access_token"])
    assert (await graph.call("GET", "me", token="SANDBOX_SYSTEM_USER_TOKEN")).status_code == 200


async def test_withdrawing_one_permission_leaves_the_others(graph: Graph) -> None:
    token = (await login(graph))["access_token"]
    await graph.call("DELETE", "me/permissions/business_management", token=token)
    assert error_of(await graph.call("GET", "me/businesses", token=token)) == (200, None)
    assert (await graph.call("GET", "me/adaccounts", token=token)).status_code == 200


@pytest.mark.parametrize("place", ["header", "query", "json", "form"])
async def test_a_token_may_travel_in_the_header_the_query_or_the_body(graph: Graph, place: str) -> None:
    audience, token = await graph.create(), {"access_token": "SANDBOX_USER_TOKEN"}
    sent: dict[str, Any] = {"query": {"params": token}, "json": {"json": token}, "form": {"data": token}}.get(place, {})
    answer = await graph.call("POST", audience, token="SANDBOX_USER_TOKEN" if place == "header" else "", **sent)
    assert answer.json() == {"success": True}


async def test_a_call_without_a_token_is_refused(graph: Graph) -> None:
    assert error_of(await graph.call("GET", "me", token="")) == (2500, None)


def proof(message: str, *, key: str = "sandbox-secret") -> str:
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()


async def test_the_classic_proof_is_accepted(graph: Graph) -> None:
    assert (await graph.get("me", appsecret_proof=proof("SANDBOX_USER_TOKEN")))["name"] == "Sandbox Person"


async def test_a_wrong_proof_is_refused_even_where_none_is_required(graph: Graph) -> None:
    answer = await graph.call("GET", "me", params={"appsecret_proof": proof("SANDBOX_USER_TOKEN", key="guess")})
    assert error_of(answer) == (100, None)


@pytest.mark.parametrize(("age", "status"), [(0, 200), (290, 200), (310, 400)])
async def test_the_time_bound_proof_lives_five_minutes(graph: Graph, age: int, status: int) -> None:
    moment = int(graph.world.clock.now()) - age
    params = {"appsecret_proof": proof(f"SANDBOX_USER_TOKEN|{moment}"), "appsecret_time": str(moment)}
    assert (await graph.call("GET", "me", params=params)).status_code == status


async def test_an_app_may_require_the_proof(graph: Graph) -> None:
    await graph.control("POST", "settings", {"platform": "meta", "require_proof": True})
    assert error_of(await graph.call("GET", "me")) == (100, None)
