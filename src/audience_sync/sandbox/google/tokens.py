"""Grants of the pretend Google, the tokens that live by them, and the codes that lead to them."""

import secrets
from dataclasses import dataclass, field

from audience_sync.sandbox.google import seeds
from audience_sync.sandbox.google.seeds import Person


@dataclass
class Grant:
    """What a person lets an app do. Its tokens die with it; `refresh_until` 0 = for ever. Times are unix seconds."""

    person: Person
    app_id: str
    scopes: tuple[str, ...]
    refresh_token: str = ""
    refresh_until: float = 0.0
    is_revoked: bool = False

    def refuses(self, now: float) -> bool:
        """Whether its refresh token is worth nothing any more."""
        return self.is_revoked or bool(self.refresh_until and now >= self.refresh_until)


@dataclass(frozen=True)
class Token:
    """One access token."""

    value: str
    grant: Grant
    scopes: tuple[str, ...]
    expires_at: float

    def is_good(self, now: float) -> bool:
        """Whether a call with it is answered."""
        return not self.grant.is_revoked and now < self.expires_at


@dataclass
class Code:
    """A one-time code of the consent page. `challenge`: the SHA-256 of the secret that will have to be shown."""

    app_id: str
    redirect_uri: str
    person: Person
    scopes: tuple[str, ...]
    expires_at: float
    challenge: str = ""
    wants_refresh_token: bool = False
    is_consent_asked: bool = False
    is_used: bool = False


@dataclass
class Tokens:
    """Everything that was granted, by the values that callers show."""

    grants: list[Grant] = field(default_factory=list)
    access: dict[str, Token] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)

    def seed(self, now: float) -> None:
        """The tokens that everyone knows are good."""
        for person, access, refresh in (
            (seeds.USER, seeds.USER_TOKEN, seeds.USER_REFRESH_TOKEN),
            (seeds.AGENT, seeds.AGENT_TOKEN, seeds.AGENT_REFRESH_TOKEN),
        ):
            grant = self.new_grant(person, "sandbox-app", tuple(seeds.SCOPES), refresh)
            self.access[access] = Token(access, grant, grant.scopes, now + seeds.SEEDED_TOKEN_SECONDS)

    def new_grant(self, person: Person, app_id: str, scopes: tuple[str, ...], refresh_token: str = "") -> Grant:
        """The person has let the app in."""
        grant = Grant(person, app_id, scopes, refresh_token)
        self.grants.append(grant)
        return grant

    def issue(self, grant: Grant, scopes: tuple[str, ...], expires_at: float) -> Token:
        """A new access token of the grant."""
        token = Token(f"ya29.{secrets.token_urlsafe(48)}", grant, scopes, expires_at)
        self.access[token.value] = token
        return token

    def new_code(self, code: Code) -> str:
        """The code is good for one exchange."""
        value = f"4/0{secrets.token_urlsafe(48)}"
        self.codes[value] = code
        return value

    def living(self, person: Person, app_id: str) -> list[Grant]:
        """What the person lets the app do by now."""
        return [each for each in self.grants if (each.person, each.app_id, each.is_revoked) == (person, app_id, False)]

    def refreshed_by(self, refresh_token: str) -> Grant | None:
        """The grant of a refresh token."""
        return next((each for each in self.grants if refresh_token and each.refresh_token == refresh_token), None)

    def named(self, value: str) -> Grant | None:
        """The grant that an access or a refresh token belongs to."""
        token = self.access.get(value)
        return token.grant if token else self.refreshed_by(value)


def new_refresh_token() -> str:
    """A refresh token that nobody has seen before."""
    return f"1//0{secrets.token_urlsafe(60)}"
