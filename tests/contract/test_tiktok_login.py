"""Connecting TikTok: the consent page, the exchange, what a grant is worth and its end."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from audience_sync.connectors.http import Api
from audience_sync.connectors.registry import CONNECTORS, Traveller, api_for
from audience_sync.errors import Reconnect, RetryLater, SetupError
from audience_sync.model.platforms import Grant
from audience_sync.sandbox.serve import Sandbox
from audience_sync.settings import load_settings
from tests.contract.stage import RecordingLimiter

TIKTOK = CONNECTORS["tiktok"]
REDIRECT = "http://127.0.0.1:8000/api/v1/platforms/tiktok/callback"
EXCHANGE = "oauth2/access_token"
HOUR = 3_600


@pytest.fixture
def api(sandbox: Sandbox, client: httpx2.AsyncClient) -> Api:
    settings = load_settings(
        tiktok_api_url=f"{sandbox.url}/tiktok",
        tiktok_login_url=f"{sandbox.url}/tiktok/",
        tiktok_app_id="sandbox-app",
        tiktok_app_secret="sandbox-secret",
    )
    return api_for(settings, "tiktok", client, RecordingLimiter(), Traveller(name="Main Account"))


async def consent(api: Api, **form: str) -> dict[str, str]:
    """What the consent page sends back when the person has answered it."""
    address = TIKTOK.login_url(api, redirect_uri=REDIRECT, state="a state", verifier="unused")
    answer = await api.client.post(address, data={"decision": "continue", **form})
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def connect(api: Api, **form: str) -> Grant:
    code = (await consent(api, **form))["code"]
    return await TIKTOK.exchange(api, code=code, redirect_uri=REDIRECT, verifier="unused")


async def test_a_person_who_consents_gives_a_grant_that_never_expires(api: Api) -> None:
    grant = await connect(api)
    assert (grant.kind, grant.label, grant.expires_at) == ("user", "Sandbox Person", None)
    assert grant.subject


async def test_the_permissions_of_a_grant_are_those_of_the_card(api: Api) -> None:
    grant = await connect(api)
    assert set(TIKTOK.card.scopes) <= set(grant.scopes)


async def test_a_parent_permission_includes_its_children(api: Api, sandbox: Sandbox) -> None:
    sandbox.world.platforms["tiktok"].configure({"dropped_permissions": ["30", "31"]})
    assert {"3", "30", "31"} <= set((await connect(api)).scopes)


async def test_a_permission_that_was_not_given_is_not_in_the_grant(api: Api, sandbox: Sandbox) -> None:
    sandbox.world.platforms["tiktok"].configure({"dropped_permissions": ["3", "31"]})
    assert "31" not in (await connect(api)).scopes


async def test_the_state_comes_back(api: Api) -> None:
    assert (await consent(api))["state"] == "a state"


async def test_only_the_accounts_that_were_ticked_are_reached(api: Api) -> None:
    grant = await connect(api, choices="yes", **{"7000000000000000102": "on"})
    found = await TIKTOK.accounts(api.with_token(grant.token))
    assert [each.remote_id for each in found] == ["7000000000000000102"]


async def test_neither_code_nor_secret_is_in_an_address_of_the_exchange(api: Api, sandbox: Sandbox) -> None:
    await connect(api)
    (exchange,) = sandbox.world.recorder.requests(path=EXCHANGE)
    assert (exchange.query, "access-token" in exchange.headers) == ("", False)


async def test_somebody_with_very_many_accounts_need_not_wait_for_their_list(api: Api, sandbox: Sandbox) -> None:
    await connect(api)
    assert b'"return_advertiser_ids":false' in sandbox.world.recorder.requests(path=EXCHANGE)[0].body


async def test_no_secret_of_the_login_is_in_a_log(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    grant = await connect(api)
    await TIKTOK.revoke(api.with_token(grant.token), grant)
    assert [secret for secret in (grant.token, api.app_secret) if secret in caplog.text] == []


async def test_a_code_works_once(api: Api) -> None:
    code = (await consent(api))["code"]
    await TIKTOK.exchange(api, code=code, redirect_uri=REDIRECT, verifier="")
    with pytest.raises(Reconnect, match="Connect TikTok"):
        await TIKTOK.exchange(api, code=code, redirect_uri=REDIRECT, verifier="")


async def test_a_code_that_is_too_old_says_so(api: Api, sandbox: Sandbox) -> None:
    code = (await consent(api))["code"]
    sandbox.world.clock.advance(2 * HOUR)
    with pytest.raises(Reconnect, match="has expired"):
        await TIKTOK.exchange(api, code=code, redirect_uri=REDIRECT, verifier="")


async def test_a_code_whose_answer_was_lost_is_not_sent_again(api: Api, sandbox: Sandbox) -> None:
    code = (await consent(api))["code"]
    sandbox.world.fail("tiktok", "http500_after", path=EXCHANGE)
    with pytest.raises(RetryLater):
        await TIKTOK.exchange(api, code=code, redirect_uri=REDIRECT, verifier="")
    assert len(sandbox.world.recorder.requests(path=EXCHANGE)) == 1


@pytest.mark.parametrize(("app_id", "secret"), [("sandbox-app", "another"), ("another", "sandbox-secret")])
async def test_another_app_is_a_wrong_setting(api: Api, app_id: str, secret: str) -> None:
    code = (await consent(api))["code"]
    other = replace(api, app_id=app_id, app_secret=secret)
    with pytest.raises(SetupError, match="TIKTOK_APP"):
        await TIKTOK.exchange(other, code=code, redirect_uri=REDIRECT, verifier="")


@pytest.mark.parametrize(("app_id", "secret"), [("", "sandbox-secret"), ("sandbox-app", "")])
async def test_without_an_app_nobody_is_sent_to_the_consent_page(api: Api, app_id: str, secret: str) -> None:
    without = replace(api, app_id=app_id, app_secret=secret)
    with pytest.raises(SetupError, match="TIKTOK_APP_ID"):
        TIKTOK.login_url(without, redirect_uri=REDIRECT, state="s", verifier="")


async def test_a_grant_is_never_renewed(api: Api) -> None:
    grant = await connect(api)
    assert await TIKTOK.renew(api.with_token(grant.token), grant) is None


async def test_a_revoked_grant_is_worth_nothing(api: Api) -> None:
    grant = await connect(api)
    await TIKTOK.revoke(api.with_token(grant.token), grant)
    with pytest.raises(Reconnect, match="Main Account"):
        await TIKTOK.inspect(api.with_token(grant.token))


async def test_a_pasted_token_is_left_to_its_owner(api: Api) -> None:
    grant = await TIKTOK.inspect(api.with_token("SANDBOX_TOKEN"))
    await TIKTOK.revoke(api.with_token("SANDBOX_TOKEN"), grant)
    assert await TIKTOK.inspect(api.with_token("SANDBOX_TOKEN")) == grant
