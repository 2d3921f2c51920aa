"""Connecting Google: the consent page, the exchange, what a grant is worth, its renewal and its end."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_other_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from audience_sync.connectors.google_login import challenge
from audience_sync.connectors.http import Api
from audience_sync.connectors.registry import CONNECTORS, Traveller, api_for
from audience_sync.errors import AudienceSyncError, Invalid, Reconnect, RetryLater, SetupError
from audience_sync.model.cards import FaultRule
from audience_sync.model.platforms import Grant
from audience_sync.sandbox.google import seeds
from audience_sync.sandbox.serve import Sandbox
from audience_sync.settings import load_settings
from tests.contract.stage import RecordingLimiter

GOOGLE = CONNECTORS["google"]
REDIRECT = "http://127.0.0.1:8000/api/v1/platforms/google/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-as-rfc-7636-wants"
PEM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
RSA = generate_private_key(public_exponent=65_537, key_size=2_048)
SIGN_IN_FAULTS = [rule for rule in GOOGLE.card.faults if str(rule.code).islower()]
HOUR = 3_600


@pytest.fixture
def api(sandbox: Sandbox, client: httpx2.AsyncClient) -> Api:
    places = {f"google_{name}": f"{sandbox.url}/google/" for name in ("api_url", "login_url", "token_url", "ads_url")}
    app = {"google_app_id": "sandbox-app", "google_app_secret": "sandbox-secret"}
    return api_for(load_settings(**places, **app), "google", client, RecordingLimiter(), Traveller(name="Main Account"))


def key_file(**changes: object) -> str:
    """The JSON key that Google Cloud gives out, as it is in the file: over several lines."""
    content = {
        "type": "service_account",
        "private_key_id": "k1",
        "private_key": RSA.private_bytes(*PEM).decode(),
        "client_email": seeds.SERVICE_ACCOUNT.email,
        "token_uri": "https://elsewhere.example/token",
    }
    return json.dumps(content | changes, indent=2)


@pytest.fixture
def key(sandbox: Sandbox) -> str:
    """A service account's key, whose public half Google knows."""
    public = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    sandbox.world.platforms["google"].configure({"service_account_key": public.decode()})
    return key_file()


def address(api: Api) -> str:
    return GOOGLE.login_url(api, redirect_uri=REDIRECT, state="a state", verifier=VERIFIER)


async def consent(api: Api, **form: str) -> dict[str, str]:
    """What the consent page sends back when the person has answered it."""
    asked = urlsplit(address(api))
    fields = dict(parse_qsl(asked.query)) | {"decision": "continue", **form}
    answer = await api.client.post(f"{asked.scheme}://{asked.netloc}{asked.path}", data=fields)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def connect(api: Api, **form: str) -> Grant:
    return await exchange(api, (await consent(api, **form))["code"])


async def exchange(api: Api, code: str, verifier: str = VERIFIER) -> Grant:
    return await GOOGLE.exchange(api, code=code, redirect_uri=REDIRECT, verifier=verifier)


def left(grant: Grant, sandbox: Sandbox) -> timedelta:
    assert grant.expires_at is not None
    return grant.expires_at - datetime.fromtimestamp(sandbox.world.clock.now(), UTC)


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


# --- A service account -----------------------------------------------------------------------------------------------


async def test_a_service_accounts_key_connects(api: Api, sandbox: Sandbox, key: str) -> None:
    grant = await GOOGLE.inspect(api.with_token(key))
    assert (grant.kind, grant.label, grant.refresh_token) == ("service_account", seeds.SERVICE_ACCOUNT.email, key)
    assert set(GOOGLE.card.scopes) <= set(grant.scopes)
    assert timedelta(minutes=55) < left(grant, sandbox) <= timedelta(hours=1)
    assert await GOOGLE.accounts(api.with_token(grant.token))


async def test_a_service_accounts_token_still_says_whose_it_is(api: Api, key: str) -> None:
    grant = await GOOGLE.inspect(api.with_token(key))
    assert (await GOOGLE.inspect(api.with_token(grant.token))).label == seeds.SERVICE_ACCOUNT.email


async def test_a_service_account_is_renewed_by_its_key(api: Api, sandbox: Sandbox, key: str) -> None:
    old = await GOOGLE.inspect(api.with_token(key))
    sandbox.world.clock.advance(2 * HOUR)
    new = await GOOGLE.renew(api, old)
    assert new is not None
    assert (new.kind, new.refresh_token, new.subject, new.token != old.token) == (
        "service_account",
        key,
        old.subject,
        True,
    )


async def test_the_key_itself_never_leaves_and_nor_is_its_address_followed(
    api: Api, sandbox: Sandbox, key: str
) -> None:
    await GOOGLE.inspect(api.with_token(key))
    calls = sandbox.world.recorder.requests()
    assert [each.path for each in calls] == ["/token", "/tokeninfo"]
    secret = json.loads(key)["private_key"].splitlines()[3].encode()
    assert all(secret not in each.body for each in calls)


async def test_the_signed_word_names_the_address_that_is_asked(api: Api, sandbox: Sandbox, key: str) -> None:
    await GOOGLE.inspect(api.with_token(key))
    form = parse_qs(sandbox.world.recorder.requests(path="/token")[0].body.decode())
    head, claims, _ = form["assertion"][0].split(".")
    assert decoded(head) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    assert decoded(claims)["aud"] == f"{sandbox.url}/google/token"
    assert decoded(claims)["exp"] - decoded(claims)["iat"] == HOUR


async def test_a_key_that_was_deleted_asks_to_reconnect(api: Api, key: str, sandbox: Sandbox) -> None:
    grant = await GOOGLE.inspect(api.with_token(key))
    sandbox.world.platforms["google"].configure({"service_account_key": ""})
    with pytest.raises(Reconnect):
        await GOOGLE.renew(api, grant)


OTHER_KEY = generate_other_key(SECP256R1()).private_bytes(*PEM).decode()


@pytest.mark.parametrize(
    "text",
    ["{", "{}", key_file(type="authorized_user"), key_file(private_key="x"), key_file(private_key=OTHER_KEY)],
    ids=["cut off", "empty", "of a person", "no key", "of another kind"],
)
async def test_what_is_no_key_is_refused_without_repeating_it(api: Api, text: str, sandbox: Sandbox) -> None:
    with pytest.raises(Invalid) as refused:
        await GOOGLE.inspect(api.with_token(text))
    assert refused.value.code == "SERVICE_ACCOUNT_KEY_MALFORMED"
    assert "PRIVATE" not in str(refused.value)
    assert sandbox.world.recorder.requests() == []


async def test_a_service_account_is_left_to_its_owner(api: Api, sandbox: Sandbox, key: str) -> None:
    grant = await GOOGLE.inspect(api.with_token(key))
    await GOOGLE.revoke(api, grant)
    assert sandbox.world.recorder.requests(path="revoke") == []


def test_nothing_secret_shows_in_what_is_printed(key: str) -> None:
    grant = Grant("ya29.secret", "service_account", refresh_token=key)
    assert "PRIVATE" not in repr(grant) and "ya29" not in repr(grant)


def decoded(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found
