"""Tokens of the pretend Meta: who may call, how long, and the proof that the app's secret is known."""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.meta.errors import GraphError

PROOF_SECONDS = 300
DATA_ACCESS_SECONDS = 90 * 86_400
SYSTEM_USER_SECONDS = 60 * 86_400


@dataclass(frozen=True)
class Person:
    """Someone who can sign in, or a system user of a business."""

    id: str
    name: str
    is_system_user: bool = False


@dataclass
class Token:
    """One access token. Times are unix seconds; `expires_at` 0 = never. `scopes`: permission -> granted or declined."""

    value: str
    person: Person
    app_id: str
    scopes: dict[str, str]
    issued_at: float
    expires_at: float = 0.0
    withdrawn: int | None = None

    def may(self, *scopes: str) -> bool:
        """Whether one of the scopes was granted."""
        return any(self.scopes.get(scope) == "granted" for scope in scopes)

    @property
    def granted(self) -> list[str]:
        return [scope for scope, status in self.scopes.items() if status == "granted"]

    def fault(self, now: float) -> int | None:
        """The subcode of error 190 for this token, or None while it is good."""
        if self.withdrawn is not None:
            return self.withdrawn
        return 463 if self.expires_at and now >= self.expires_at else None


def new_value() -> str:
    """A token that nobody has seen before."""
    return "EAA" + secrets.token_hex(24)


def token_of(call: Call) -> str:
    """The token that the call carries in its header, query or body, or nothing."""
    return call.bearer or call.text("access_token")


def check_proof(call: Call, token: str, secret: str, now: float, *, required: bool) -> None:
    """The call's appsecret_proof is right, or missing where the app does not require one.

    The time-bound kind is accepted for five minutes by the sandbox's clock or the real one, for a caller that has not
    travelled in time itself.
    """
    proof = call.text("appsecret_proof")
    if not proof:
        if required:
            raise GraphError(100, message="API calls from the server require an appsecret_proof argument")
        return
    moment = call.text("appsecret_time")
    message = f"{token}|{moment}" if moment else token
    wanted = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, proof) or (moment and not _recent(call, now)):
        raise GraphError(100, message="Invalid appsecret_proof provided in the API argument")


def _recent(call: Call, now: float) -> bool:
    moment = call.whole("appsecret_time", 0)
    return any(abs(clock - moment) <= PROOF_SECONDS for clock in (now, time.time()))
