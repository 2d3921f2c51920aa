"""A service account signs in at the pretend Google with nothing but its private key."""

import base64
import json
import time
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audience_sync.sandbox.google import seeds
from tests.sandbox.google.wire import MAIN, SCOPE, Wire, lists_path

AUDIENCE = "https://oauth2.googleapis.com/token"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65_537, key_size=2_048)


@pytest.fixture
def known(wire: Wire, key: RSAPrivateKey) -> Wire:
    """The pretend Google knows the service account's public key."""
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    wire.configure(service_account_key=public.decode())
    return wire


def part(content: Any) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def assertion(key: RSAPrivateKey, **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": seeds.SERVICE_ACCOUNT.email, "scope": SCOPE, "aud": AUDIENCE, "iat": now, "exp": now + 3600}
    signed = f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{part({**claims, **changes})}"
    return f"{signed}.{part(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


async def sign_in(wire: Wire, word: str) -> httpx2.Response:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": word}
    return await wire.call("POST", "token", token="", data=form)


async def test_its_word_becomes_a_token_without_a_refresh_token(known: Wire, key: RSAPrivateKey) -> None:
    given = (await sign_in(known, assertion(key))).json()
    assert given.keys() == {"access_token", "expires_in", "token_type"}
    assert (await known.call("GET", lists_path(MAIN), token=given["access_token"])).status_code == 200


async def test_another_key_is_refused(known: Wire) -> None:
    stranger = generate_private_key(public_exponent=65_537, key_size=2_048)
    assert (await sign_in(known, assertion(stranger))).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "stranger@sandbox-project.iam.gserviceaccount.com"},
        {"aud": "https://example.com/token"},
        {"exp": 1},
        {"exp": 2**33},
        {"iat": 2**33, "exp": 2**33 + 60},
        {"exp": "soon"},
    ],
)
async def test_a_word_that_is_not_right_is_refused(known: Wire, key: RSAPrivateKey, changes: dict[str, Any]) -> None:
    answer = await sign_in(known, assertion(key, **changes))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("word", ["", "a.b", "a.b.c", "!.!.!"])
async def test_what_is_no_token_at_all_is_refused(known: Wire, word: str) -> None:
    assert (await sign_in(known, word)).json()["error"] == "invalid_grant"


async def test_scopes_that_nobody_knows_are_refused(known: Wire, key: RSAPrivateKey) -> None:
    assert (await sign_in(known, assertion(key, scope="drive"))).json()["error"] == "invalid_scope"


async def test_without_a_public_key_nobody_is_a_service_account(wire: Wire, key: RSAPrivateKey) -> None:
    assert (await sign_in(wire, assertion(key))).json()["error"] == "invalid_grant"
