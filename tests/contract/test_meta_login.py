"""Connecting Meta: the dialog, the exchange, what a grant is worth, its renewal and its end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
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

META = CONNECTORS["meta"]
REDIRECT = "http://127.0.0.1:8000/api/v1/platforms/meta/callback"
SYSTEM_TOKEN = "SANDBOX_SYSTEM_USER_TOKEN"
SIXTY_DAYS_TOKEN = "SANDBOX_SYSTEM_USER_TOKEN_60_DAYS"
DAY = 86_400


@pytest.fixture
def api(sandbox: Sandbox, client: httpx2.AsyncClient) -> Api:
    settings = load_settings(
        meta_api_url=f"{sandbox.url}/meta",
        meta_login_url=f"{sandbox.url}/meta/",
        meta_app_id="sandbox-app",
        meta_app_secret="sandbox-secret",
    )
    return api_for(settings, "meta", client, RecordingLimiter(), Traveller(name="Main Account"))


async def consent(api: Api, **form: str) -> dict[str, str]:
    """What the dialog sends back when the person has answered it."""
    address = META.login_url(api, redirect_uri=REDIRECT, state="a state", verifier="unused")
    answer = await api.client.post(address, data={"decision": "continue", **form})
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def connect(api: Api, **form: str) -> Grant:
    code = (await consent(api, **form))["code"]
    return await META.exchange(api, code=code, redirect_uri=REDIRECT, verifier="unused")


def days_left(grant: Grant, sandbox: Sandbox) -> float:
    assert grant.expires_at is not None
    return (grant.expires_at - datetime.fromtimestamp(sandbox.world.clock.now(), UTC)) / timedelta(days=1)


async def test_a_person_who_consents_gives_a_grant_of_sixty_days(api: Api, sandbox: Sandbox) -> None:
    grant = await connect(api)
    assert (grant.kind, grant.label, grant.scopes) == (
        "user",
        "Sandbox Person",
        ("ads_management", "business_management"),
    )
    assert 59 < days_left(grant, sandbox) <= 60
    assert grant.data_access_expires_at is not None


async def test_the_state_comes_back(api: Api) -> None:
    assert (await consent(api))["state"] == "a state"


async def test_a_declined_permission_is_named(api: Api) -> None:
    grant = await connect(api, declined="business_management")
    assert (grant.scopes, grant.declined) == (("ads_management",), ("business_management",))


@pytest.mark.parametrize(("config", "days"), [("sandbox-config", None), ("sandbox-config-60-days", 60)])
async def test_a_business_login_gives_a_system_users_grant(
    api: Api, sandbox: Sandbox, config: str, days: int | None
) -> None:
    grant = await connect(replace(api, options={**api.options, "config_id": config}))
    assert grant.kind == "business_system_user"
    assert (grant.expires_at is None) == (days is None)
    assert days is None or round(days_left(grant, sandbox)) == days


async def test_neither_code_nor_secret_is_in_an_address_of_the_exchange(api: Api, sandbox: Sandbox) -> None:
    await connect(api)
    exchanges = sandbox.world.recorder.requests(path="oauth/access_token")
    assert [request.query for request in exchanges] == ["", ""]


async def test_the_addresses_that_must_hold_a_token_are_in_no_log(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    grant = await connect(replace(api, options={**api.options, "config_id": "sandbox-config"}))
    await META.revoke(api.with_token(grant.token), grant)
    assert [secret for secret in (grant.token, api.app_secret) if secret in caplog.text] == []


async def test_a_code_works_once(api: Api) -> None:
    code = (await consent(api))["code"]
    await META.exchange(api, code=code, redirect_uri=REDIRECT, verifier="")
    with pytest.raises(Reconnect, match="Connect Meta"):
        await META.exchange(api, code=code, redirect_uri=REDIRECT, verifier="")


async def test_a_code_whose_answer_was_lost_is_not_sent_again(api: Api, sandbox: Sandbox) -> None:
    code = (await consent(api))["code"]
    sandbox.world.fail("meta", "http500_after", path="oauth/access_token")
    with pytest.raises(RetryLater):
        await META.exchange(api, code=code, redirect_uri=REDIRECT, verifier="")
    assert len(sandbox.world.recorder.requests(path="oauth/access_token")) == 1


async def test_another_address_than_the_dialogs_is_a_wrong_setting(api: Api) -> None:
    code = (await consent(api))["code"]
    with pytest.raises(SetupError, match="BASE_URL"):
        await META.exchange(api, code=code, redirect_uri=f"{REDIRECT}/", verifier="")


@pytest.mark.parametrize(("app_id", "secret"), [("sandbox-app", "another"), ("another", "sandbox-secret")])
async def test_another_app_is_a_wrong_setting(api: Api, app_id: str, secret: str) -> None:
    code = (await consent(api))["code"]
    other = replace(api, app_id=app_id, app_secret=secret)
    with pytest.raises(SetupError, match="META_APP_SECRET"):
        await META.exchange(other, code=code, redirect_uri=REDIRECT, verifier="")


@pytest.mark.parametrize(("app_id", "secret"), [("", "sandbox-secret"), ("sandbox-app", "")])
async def test_without_an_app_nobody_is_sent_to_the_dialog(api: Api, app_id: str, secret: str) -> None:
    without = replace(api, app_id=app_id, app_secret=secret)
    with pytest.raises(SetupError, match="paste"):
        META.login_url(without, redirect_uri=REDIRECT, state="s", verifier="")


async def test_a_pasted_token_that_never_expires_is_known_for_what_it_is(api: Api) -> None:
    grant = await META.inspect(api.with_token(SYSTEM_TOKEN))
    assert (grant.kind, grant.expires_at, grant.subject) == ("pasted_system_user", None, "1000456")
    assert "ads_management" in grant.scopes


async def test_a_pasted_token_works_without_an_app_of_ours(api: Api) -> None:
    grant = await META.inspect(replace(api.with_token(SYSTEM_TOKEN), app_id="", app_secret=""))
    assert (grant.kind, grant.expires_at) == ("pasted_system_user", None)
    assert "ads_management" in grant.scopes


@pytest.mark.parametrize("secret", ["sandbox-secret", ""])
async def test_a_token_that_meta_does_not_know_asks_to_reconnect(api: Api, secret: str) -> None:
    with pytest.raises(Reconnect, match="Main Account"):
        await META.inspect(replace(api.with_token("nonsense"), app_secret=secret))


async def test_an_expired_token_says_that_it_has_expired(api: Api, sandbox: Sandbox) -> None:
    grant = await connect(api)
    sandbox.world.clock.advance(61 * DAY)
    with pytest.raises(Reconnect, match="has expired"):
        await META.inspect(api.with_token(grant.token))


@pytest.mark.parametrize("token", ["SANDBOX_USER_TOKEN", SIXTY_DAYS_TOKEN])
async def test_a_living_grant_is_renewed_for_sixty_days(api: Api, sandbox: Sandbox, token: str) -> None:
    old = await META.inspect(api.with_token(token))
    sandbox.world.clock.advance(45 * DAY)
    new = await META.renew(api.with_token(token), old)
    assert new is not None
    assert (new.kind, new.token != old.token, round(days_left(new, sandbox))) == (old.kind, True, 60)


async def test_a_grant_that_never_expires_is_not_renewed(api: Api) -> None:
    grant = await META.inspect(api.with_token(SYSTEM_TOKEN))
    assert await META.renew(api.with_token(SYSTEM_TOKEN), grant) is None


async def test_an_exchange_that_gains_nothing_is_no_renewal(api: Api, sandbox: Sandbox) -> None:
    grant = await META.inspect(api.with_token("SANDBOX_USER_TOKEN"))
    sandbox.world.platforms["meta"].configure({"long_token_seconds": 3_600})
    assert await META.renew(api.with_token("SANDBOX_USER_TOKEN"), grant) is None


async def test_an_expired_grant_cannot_be_renewed(api: Api, sandbox: Sandbox) -> None:
    grant = await META.inspect(api.with_token(SIXTY_DAYS_TOKEN))
    sandbox.world.clock.advance(61 * DAY)
    with pytest.raises(Reconnect):
        await META.renew(api.with_token(SIXTY_DAYS_TOKEN), grant)


@pytest.mark.parametrize("config", ["", "sandbox-config"])
async def test_a_revoked_grant_is_worth_nothing(api: Api, config: str) -> None:
    api = replace(api, options={**api.options, "config_id": config})
    grant = await connect(api)
    await META.revoke(api.with_token(grant.token), grant)
    with pytest.raises(Reconnect):
        await META.inspect(api.with_token(grant.token))


async def test_a_pasted_token_is_left_to_its_owner(api: Api) -> None:
    grant = await META.inspect(api.with_token(SYSTEM_TOKEN))
    await META.revoke(api.with_token(SYSTEM_TOKEN), grant)
    assert await META.inspect(api.with_token(SYSTEM_TOKEN)) == grant
