"""Connecting Google: the consent page, the exchange, what a grant is worth, its renewal and its end."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from audience_sync.connectors.google_login import challenge
from audience_sync.connectors.http import Api
from audience_sync.connectors.registry import Traveller, api_for
from audience_sync.errors import AudienceSyncError, Reconnect, RetryLater, SetupError
from audience_sync.model.cards import FaultRule
from audience_sync.model.platforms import Grant
from audience_sync.sandbox.google import seeds
from audience_sync.sandbox.serve import Sandbox
from audience_sync.settings import load_settings
from tests.contract.google_sign_in import (
    GOOGLE,
    HOUR,
    REDIRECT,
    VERIFIER,
    address,
    connect,
    consent,
    exchange,
    left,
    way,
)
from tests.contract.stage import RecordingLimiter

SIGN_IN_FAULTS = [rule for rule in GOOGLE.card.faults if str(rule.code).islower()]


@pytest.fixture
def api(sandbox: Sandbox, client: httpx2.AsyncClient) -> Api:
    return way(sandbox, client)


# --- The consent page ------------------------------------------------------------------------------------------------


def test_the_page_is_asked_for_a_refresh_token_and_shown_a_challenge(api: Api) -> None:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address(api)).query).items()}
    assert asked.pop("scope").split() == [*GOOGLE.card.scopes, "openid", "email"]
    assert asked == {
        "client_id": "sandbox-app",
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "access_type": "offline",
        "prompt": "consent",
        "state": "a state",
        "code_challenge": challenge(VERIFIER),
        "code_challenge_method": "S256",
    }


def test_the_challenge_is_that_of_the_rfc() -> None:
    """RFC 7636, appendix B."""
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(("app_id", "secret"), [("", "sandbox-secret"), ("sandbox-app", "")])
def test_without_an_app_nobody_is_sent_to_the_page(api: Api, app_id: str, secret: str) -> None:
    with pytest.raises(SetupError, match="GOOGLE_APP_ID"):
        address(replace(api, app_id=app_id, app_secret=secret))


async def test_the_state_comes_back(api: Api) -> None:
    assert (await consent(api))["state"] == "a state"


# --- The exchange ----------------------------------------------------------------------------------------------------


async def test_a_person_who_consents_gives_a_grant_that_can_be_renewed(api: Api, sandbox: Sandbox) -> None:
    grant = await connect(api)
    assert (grant.kind, grant.label, grant.subject, grant.declined) == ("user", seeds.USER.email, seeds.USER.id, ())
    assert set(GOOGLE.card.scopes) <= set(grant.scopes)
    assert grant.refresh_token
    assert timedelta(minutes=55) < left(grant, sandbox) <= timedelta(hours=1)


async def test_a_box_that_was_unticked_is_named(api: Api) -> None:
    grant = await connect(api, declined=seeds.ADWORDS)
    assert grant.declined == (seeds.ADWORDS,)
    assert seeds.ADWORDS not in grant.scopes


async def test_connecting_again_gives_a_refresh_token_again(api: Api) -> None:
    assert (await connect(api)).refresh_token != (await connect(api)).refresh_token != ""


async def test_a_code_is_worth_nothing_without_the_verifier(api: Api) -> None:
    code = (await consent(api))["code"]
    with pytest.raises(Reconnect) as refused:
        await exchange(api, code, verifier="of-somebody-else")
    assert (refused.value.code, refused.value.hint) == ("GOOGLE_LOGIN_USED", "Start again with Connect Google.")


async def test_a_code_works_once(api: Api) -> None:
    code = (await consent(api))["code"]
    await exchange(api, code)
    with pytest.raises(Reconnect, match="Connect Google"):
        await exchange(api, code)


async def test_a_code_whose_answer_was_lost_is_not_sent_again(api: Api, sandbox: Sandbox) -> None:
    code = (await consent(api))["code"]
    sandbox.world.fail("google", "http500_after", path="token")
    with pytest.raises(RetryLater):
        await exchange(api, code)
    assert len(sandbox.world.recorder.requests(path="/token")) == 1


async def test_neither_code_nor_secret_nor_token_is_in_an_address(api: Api, sandbox: Sandbox) -> None:
    grant = await connect(api)
    await GOOGLE.renew(api, grant)
    await GOOGLE.revoke(api, grant)
    calls = [each for each in sandbox.world.recorder.requests() if "auth" not in each.path]
    assert {each.path for each in calls} == {"/token", "/tokeninfo", "/revoke"}
    assert {each.query for each in calls} == {""}


async def test_another_address_than_the_pages_is_a_wrong_setting(api: Api) -> None:
    code = (await consent(api))["code"]
    with pytest.raises(SetupError, match="BASE_URL"):
        await GOOGLE.exchange(api, code=code, redirect_uri=f"{REDIRECT}/", verifier=VERIFIER)


@pytest.mark.parametrize(("app_id", "secret"), [("sandbox-app", "another"), ("another", "sandbox-secret")])
async def test_another_client_is_a_wrong_setting(api: Api, app_id: str, secret: str) -> None:
    code = (await consent(api))["code"]
    with pytest.raises(SetupError, match="GOOGLE_APP_SECRET"):
        await exchange(replace(api, app_id=app_id, app_secret=secret), code)


# --- What a grant is worth -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["nonsense", ""])
async def test_a_token_that_google_does_not_know_asks_to_reconnect(api: Api, token: str) -> None:
    with pytest.raises(Reconnect, match="Main Account"):
        await GOOGLE.inspect(api.with_token(token))


async def test_an_access_token_ends_after_an_hour(api: Api, sandbox: Sandbox) -> None:
    grant = await connect(api)
    sandbox.world.clock.advance(HOUR)
    with pytest.raises(Reconnect):
        await GOOGLE.inspect(api.with_token(grant.token))


@pytest.mark.parametrize("rule", SIGN_IN_FAULTS, ids=lambda rule: rule.code)
async def test_every_fault_of_the_sign_in_ends_in_its_class_with_its_words(rule: FaultRule) -> None:
    """The sandbox words some of them only, so here the sign-in is a function."""

    def refuse(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(400, json={"error": rule.code, "error_description": "Words of Google."})

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(refuse)) as client:
        there = api_for(load_settings(), "google", client, RecordingLimiter(), Traveller("ya29", "Main Account"))
        with pytest.raises(AudienceSyncError) as refused:
            await GOOGLE.inspect(there)
    assert (type(refused.value).__name__, refused.value.code) == (rule.kind, rule.name)
    assert refused.value.message == rule.message.format(subject="Main Account")


# --- Renewal and end -------------------------------------------------------------------------------------------------


async def test_a_renewed_grant_has_a_new_token_for_another_hour(api: Api, sandbox: Sandbox) -> None:
    old = await connect(api)
    sandbox.world.clock.advance(2 * HOUR)
    new = await GOOGLE.renew(api, old)
    assert new is not None and new.token != old.token
    assert timedelta(minutes=55) < left(new, sandbox) <= timedelta(hours=1)
    assert (new.subject, new.label, new.scopes) == (old.subject, old.label, old.scopes)


async def test_the_refresh_token_is_kept_when_none_comes_back(api: Api) -> None:
    old = await connect(api)
    new = await GOOGLE.renew(api, old)
    assert new is not None and new.refresh_token == old.refresh_token


async def test_a_grant_can_be_renewed_again_and_again(api: Api, sandbox: Sandbox) -> None:
    grant: Grant | None = await connect(api)
    for _ in range(3):
        sandbox.world.clock.advance(HOUR)
        assert grant is not None
        grant = await GOOGLE.renew(api, grant)
    assert grant is not None and await GOOGLE.accounts(api.with_token(grant.token))


async def test_without_a_refresh_token_nothing_is_renewed(api: Api) -> None:
    assert await GOOGLE.renew(api, await GOOGLE.inspect(api.with_token(seeds.USER_TOKEN))) is None


async def test_a_withdrawn_grant_asks_to_reconnect(api: Api, sandbox: Sandbox) -> None:
    grant = await connect(api)
    sandbox.world.fail("google", "invalid_grant", path="token")
    with pytest.raises(Reconnect) as refused:
        await GOOGLE.renew(api, grant)
    assert (refused.value.code, "Reconnect Google" in refused.value.hint) == ("GOOGLE_GRANT_ENDED", True)


async def test_a_grant_of_an_app_in_testing_ends_after_seven_days(api: Api, sandbox: Sandbox) -> None:
    sandbox.world.platforms["google"].configure({"refresh_token_seconds": 7 * 86_400})
    grant = await connect(api)
    sandbox.world.clock.advance(8 * 86_400)
    with pytest.raises(Reconnect, match="testing"):
        await GOOGLE.renew(api, grant)


async def test_a_revoked_grant_is_worth_nothing(api: Api) -> None:
    grant = await connect(api)
    await GOOGLE.revoke(api, grant)
    with pytest.raises(Reconnect):
        await GOOGLE.inspect(api.with_token(grant.token))
    with pytest.raises(Reconnect):
        await GOOGLE.renew(api, grant)


async def test_revoking_what_is_worth_nothing_is_fine(api: Api) -> None:
    grant = await connect(api)
    await GOOGLE.revoke(api, grant)
    await GOOGLE.revoke(api, grant)
    with pytest.raises(Reconnect):
        await GOOGLE.inspect(api.with_token(grant.token))
