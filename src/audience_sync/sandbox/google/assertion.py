"""A service account's word that it is itself: a JWT signed with its private key."""

import base64
import json
import time
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from audience_sync.sandbox.call import Call

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105  # An address, no secret.
LONGEST_SECONDS = 3_600
SKEW_SECONDS = 60


@dataclass(frozen=True)
class Claims:
    """What the JWT says: whose word it is, and what for."""

    issuer: str
    scopes: tuple[str, ...]


def read_assertion(call: Call, public_key: str, now: float) -> Claims | None:
    """The claims of the call's assertion; None where it is not signed with the key, not for us, or out of its time."""
    parts = call.text("assertion").split(".")
    if len(parts) != 3:
        return None
    try:
        header, claims = _json(parts[0]), _json(parts[1])
        _verify(public_key, ".".join(parts[:2]), _decoded(parts[2]))
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return None
    if header.get("alg") != "RS256" or claims.get("aud") not in (TOKEN_URL, f"{call.root}/token"):
        return None
    # A caller that has not travelled in time itself goes by the real clock.
    if not any(_is_current(claims, moment) for moment in (now, time.time())):
        return None
    return Claims(str(claims.get("iss", "")), tuple(str(claims.get("scope", "")).split()))


def _verify(public_key: str, signed: str, signature: bytes) -> None:
    key = load_pem_public_key(public_key.encode())
    if not isinstance(key, RSAPublicKey):
        raise TypeError("a service account has an RSA key")
    key.verify(signature, signed.encode(), PKCS1v15(), SHA256())


def _is_current(claims: dict[str, Any], now: float) -> bool:
    since, until = claims.get("iat"), claims.get("exp")
    if not isinstance(since, int | float) or not isinstance(until, int | float):
        return False
    return since - SKEW_SECONDS <= now < until + SKEW_SECONDS and until - since <= LONGEST_SECONDS


def _json(part: str) -> dict[str, Any]:
    found = json.loads(_decoded(part))
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
