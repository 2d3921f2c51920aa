"""Grants, one-time codes and tokens of the pretend Snapchat."""

import secrets
from dataclasses import dataclass

MARKETING = "snapchat-marketing-api"
SCOPES = (MARKETING, "snapchat-offline-conversions-api", "snapchat-profile-api")


@dataclass
class Grant:
    """What a person has allowed an app; every token of it is dead once the person has removed the app."""

    app_id: str
    scope: str
    removed: bool = False


@dataclass(frozen=True)
class Code:
    """A one-time code of the consent page, to be exchanged with the same redirect address until `expires_at`."""

    grant: Grant
    redirect_uri: str
    expires_at: float


@dataclass(frozen=True)
class Token:
    """One access token; `expires_at` in unix seconds, 0 = never."""

    value: str
    grant: Grant
    expires_at: float

    def is_good(self, now: float) -> bool:
        """Whether it still opens the API."""
        return not self.grant.removed and (not self.expires_at or now < self.expires_at)


def new_value() -> str:
    """A code or token that nobody has seen before."""
    return secrets.token_urlsafe(40)
