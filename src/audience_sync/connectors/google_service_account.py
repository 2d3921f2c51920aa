"""A service account's JSON key, and the signed word by which it gets an access token."""

import base64
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from audience_sync.errors import Invalid

SERVICE_ACCOUNT = "service_account"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LASTS_SECONDS = 3_600
AHEAD_SECONDS = 30
"""Our clock may be ahead of Google's, which refuses a word of the future."""


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """Who signs, and with what. Its `repr` holds no secret."""

    email: str
    key_id: str
    key: RSAPrivateKey = field(repr=False)


def is_key(token: str) -> bool:
    """Whether the token is a JSON object, which no access token is."""
    return token.lstrip().startswith("{")


def read_key(text: str) -> ServiceAccount:
    """The service account of a JSON key; Invalid when it is none."""
    try:
        found: dict[str, Any] = json.loads(text)
        key = load_pem_private_key(str(found["private_key"]).encode(), password=None)
        if found.get("type") == SERVICE_ACCOUNT and isinstance(key, RSAPrivateKey):
            return ServiceAccount(str(found["client_email"]), str(found.get("private_key_id", "")), key)
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        pass
    raise Invalid(
        "This is not the JSON key of a service account.",
        "Paste the whole file that Google Cloud gave you for it, from { to }.",
        code="SERVICE_ACCOUNT_KEY_MALFORMED",
    )


def assertion(account: ServiceAccount, audience: str, scopes: Sequence[str]) -> str:
    """A JWT, signed by RS256, with which that address gives a token of these scopes. Source: RFC 7523, section 2.1."""
    now = int(time.time()) - AHEAD_SECONDS
    head = {"alg": "RS256", "typ": "JWT", "kid": account.key_id}
    claims = {
        "iss": account.email,
        "scope": " ".join(scopes),
        "aud": audience,
        "iat": now,
        "exp": now + LASTS_SECONDS,
    }
    signed = f"{_encoded(json.dumps(head).encode())}.{_encoded(json.dumps(claims).encode())}"
    return f"{signed}.{_encoded(account.key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
