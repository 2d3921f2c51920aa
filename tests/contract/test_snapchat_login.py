"""Connecting Snapchat: the consent page, the exchange, what a grant is worth, its renewal and its end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from audience_sync.connectors.http import Api
from audience_sync.connectors.registry import CONNECTORS, Traveller, api_for
from audience_sync.errors import ActionNeeded, Reconnect, RetryLater, SetupError
from audience_sync.model.platforms import Grant
from audience_sync.sandbox.serve import Sandbox
from audience_sync.settings import load_settings
from tests.contract.stage import RecordingLimiter

SNAPCHAT = CONNECTORS["snapchat"]
REDIRECT = "http://127.0.0.1:8000/api/v1/platforms/snapchat/callback"
HOUR = 3_600


@pytest.fixture
def api(sandbox: Sandbox, client: httpx2.AsyncClient) -> Api:
    settings = load_settings(
        snapchat_api_url=f"{sandbox.url}/snapchat",
        snapchat_login_url=f"{sandbox.url}/snapchat/",
        snapchat_app_id="sandbox-app",
        snapchat_app_secret="sandbox-secret",
    )
    return api_for(settings, "snapchat", client, RecordingLimiter(), Traveller(name="Main Account"))


def configure(sandbox: Sandbox, **changes: object) -> None:
    sandbox.world.platforms["snapchat"].configure(changes)


async def consent(api: Api) -> dict[str, str]:
    """What the consent page sends back when the person has answered it."""
    address = SNAPCHAT.login_url(api, redirect_uri=REDIRECT, state="a state", verifier="unused")
    answer = await api.client.post(address, data={"decision": "continue"})
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def connect(api: Api) -> Grant:
    code = (await consent(api))["code"]
    return await SNAPCHAT.exchange(api, code=code, redirect_uri=REDIRECT, verifier="unused")


async def test_a_person_who_consents_gives_a_grant_that_can_be_renewed(api: Api) -> None:
    grant = await connect(api)
    assert (grant.kind, grant.label, grant.scopes) == ("user", "Sandbox Person", ("snapchat-marketing-api",))
    assert grant.subject
    assert grant.refresh_token


async def test_the_state_comes_back(api: Api) -> None:
    assert (await consent(api))["state"] == "a state"


@pytest.mark.parametrize("seconds", [1_800, 3_600])
async def test_a_grant_lasts_as_long_as_the_answer_says(api: Api, sandbox: Sandbox, seconds: int) -> None:
    configure(sandbox, token_seconds=seconds)
    grant = await connect(api)
    assert grant.expires_at is not None
    left = grant.expires_at - datetime.now(UTC)
    assert timedelta(seconds=seconds - 30) < left <= timedelta(seconds=seconds)


async def test_neither_code_nor_secret_is_in_an_address_of_the_exchange(api: Api, sandbox: Sandbox) -> None:
    await connect(api)
    (exchange,) = sandbox.world.recorder.requests(path="access_token")
    assert (exchange.query, exchange.headers["content-type"]) == ("", "application/x-www-form-urlencoded")
    assert "authorization" not in exchange.headers


async def test_no_secret_of_the_login_is_in_a_log(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    grant = await connect(api)
    secrets = (grant.token, grant.refresh_token, api.app_secret)
    assert [secret for secret in secrets if secret in caplog.text] == []


async def test_a_code_works_once(api: Api) -> None:
    code = (await consent(api))["code"]
    await SNAPCHAT.exchange(api, code=code, redirect_uri=REDIRECT, verifier="")
    with pytest.raises(Reconnect):
        await SNAPCHAT.exchange(api, code=code, redirect_uri=REDIRECT, verifier="")


async def test_a_code_whose_answer_was_lost_is_not_sent_again(api: Api, sandbox: Sandbox) -> None:
    code = (await consent(api))["code"]
    sandbox.world.fail("snapchat", "http500_after", path="access_token")
    with pytest.raises(RetryLater):
        await SNAPCHAT.exchange(api, code=code, redirect_uri=REDIRECT, verifier="")
    assert len(sandbox.world.recorder.requests(path="access_token")) == 1


@pytest.mark.parametrize(("app_id", "secret"), [("sandbox-app", "another"), ("another", "sandbox-secret")])
async def test_another_app_is_a_wrong_setting(api: Api, app_id: str, secret: str) -> None:
    code = (await consent(api))["code"]
    other = replace(api, app_id=app_id, app_secret=secret)
    with pytest.raises(SetupError, match="SNAPCHAT_APP_SECRET"):
        await SNAPCHAT.exchange(other, code=code, redirect_uri=REDIRECT, verifier="")


@pytest.mark.parametrize(("app_id", "secret"), [("", "sandbox-secret"), ("sandbox-app", "")])
async def test_without_an_app_nobody_is_sent_to_the_consent_page(api: Api, app_id: str, secret: str) -> None:
    without = replace(api, app_id=app_id, app_secret=secret)
    with pytest.raises(SetupError, match="SNAPCHAT_APP_ID"):
        SNAPCHAT.login_url(without, redirect_uri=REDIRECT, state="s", verifier="")


async def test_a_grant_is_renewed_with_another_access_token(api: Api, sandbox: Sandbox) -> None:
    old = await connect(api)
    sandbox.world.clock.advance(2 * HOUR)
    with pytest.raises(Reconnect):
        await SNAPCHAT.inspect(api.with_token(old.token))
    new = await SNAPCHAT.renew(api.with_token(old.token), old)
    assert new is not None
    assert (await SNAPCHAT.inspect(api.with_token(new.token))).subject == old.subject


@pytest.mark.parametrize(
    ("settings", "rotates"),
    [({}, False), ({"omit_refresh_token": True}, False), ({"rotate_refresh_tokens": True}, True)],
)
async def test_the_refresh_token_of_the_answer_is_kept(
    api: Api, sandbox: Sandbox, settings: dict[str, bool], rotates: bool
) -> None:
    old = await connect(api)
    configure(sandbox, **settings)
    new = await SNAPCHAT.renew(api, old)
    assert new is not None
    assert (new.refresh_token != old.refresh_token) is rotates
    assert await SNAPCHAT.renew(api, new) is not None


async def test_a_grant_whose_app_was_removed_asks_to_reconnect(api: Api, sandbox: Sandbox) -> None:
    grant = await connect(api)
    sandbox.world.fail("snapchat", "invalid_grant")
    with pytest.raises(Reconnect) as over:
        await SNAPCHAT.renew(api, grant)
    assert over.value.code == "SNAPCHAT_GRANT_OVER"


async def test_a_pasted_token_cannot_be_renewed(api: Api) -> None:
    grant = await SNAPCHAT.inspect(api.with_token("SANDBOX_TOKEN"))
    assert (grant.refresh_token, await SNAPCHAT.renew(api, grant)) == ("", None)


@pytest.mark.parametrize("token", ["nonsense", "SANDBOX_EXPIRED_TOKEN"])
async def test_a_token_that_is_no_longer_good_asks_to_reconnect(api: Api, token: str) -> None:
    with pytest.raises(Reconnect, match="Main Account"):
        await SNAPCHAT.inspect(api.with_token(token))


async def test_disconnecting_leads_to_the_page_where_the_person_can_do_it(api: Api) -> None:
    grant = await connect(api)
    with pytest.raises(ActionNeeded) as told:
        await SNAPCHAT.revoke(api.with_token(grant.token), grant)
    assert "accounts.snapchat.com/v2/manage-apps" in told.value.hint
