"""Connecting Google by a service account's key: made into tokens, renewed by itself, and never sent."""

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_other_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from audience_sync.connectors.http import Api
from audience_sync.errors import Invalid, Reconnect
from audience_sync.model.platforms import Grant
from audience_sync.sandbox.google import seeds
from audience_sync.sandbox.serve import Sandbox
from tests.contract.google_sign_in import GOOGLE, HOUR, left, way

PEM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
RSA = generate_private_key(public_exponent=65_537, key_size=2_048)
OTHER_KEY = generate_other_key(SECP256R1()).private_bytes(*PEM).decode()


@pytest.fixture
def api(sandbox: Sandbox, client: httpx2.AsyncClient) -> Api:
    return way(sandbox, client)


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
