"""Everything that the pretend Meta remembers."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from audience_sync.sandbox.clock import Clock
from audience_sync.sandbox.meta import seeds
from audience_sync.sandbox.meta.audience import Audience
from audience_sync.sandbox.meta.errors import GraphError
from audience_sync.sandbox.meta.seeds import Account
from audience_sync.sandbox.meta.sessions import Session
from audience_sync.sandbox.meta.settings import Settings
from audience_sync.sandbox.meta.tokens import Person, Token, new_value
from audience_sync.sandbox.meta.usage import Usage

FIRST_AUDIENCE_ID = 120_210_000_000_000_001


@dataclass
class Code:
    """A one-time code of the login dialog, to be exchanged until `expires_at` with the same redirect address."""

    app_id: str
    redirect_uri: str
    person: Person
    scopes: dict[str, str]
    expires_at: float
    token_seconds: int
    used: bool = False


@dataclass
class State:
    """The memory. `sessions` are found by ad account and session id, since Meta wants them unique per account."""

    clock: Clock
    settings: Settings = field(default_factory=Settings)
    apps: dict[str, str] = field(default_factory=lambda: dict(seeds.APPS))
    seeded: dict[str, Account] = field(default_factory=lambda: {each.id: each for each in seeds.ACCOUNTS})
    tokens: dict[str, Token] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    audiences: dict[str, Audience] = field(default_factory=dict)
    sessions: dict[tuple[str, int], Session] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    _next_id: int = FIRST_AUDIENCE_ID

    def __post_init__(self) -> None:
        for token in seeds.tokens(self.clock.now()):
            self.tokens[token.value] = token

    def accounts(self) -> dict[str, Account]:
        """Every ad account by its act_ id."""
        extra = [seeds.extra_account(place) for place in range(1, self.settings.extra_accounts + 1)]
        return {**self.seeded, **{each.id: each for each in extra}}

    def issue(self, person: Person, app_id: str, scopes: dict[str, str], seconds: int) -> Token:
        """A new token that lives for `seconds`; 0 = for ever."""
        now = self.clock.now()
        token = Token(new_value(), person, app_id, scopes, now, now + seconds if seconds else 0.0)
        self.tokens[token.value] = token
        return token

    def new_code(self, code: Code) -> str:
        """The code is good for one exchange."""
        value = "AQ" + secrets.token_urlsafe(48)
        self.codes[value] = code
        return value

    def new_audience(self, account: Account, details: dict[str, object]) -> Audience:
        """The audience exists and is empty."""
        now = self.clock.now()
        made = Audience(str(self._next_id), account.digits, details, now, updated_at=now)
        self._next_id += 1
        self.audiences[made.id] = made
        return made

    def audience(self, audience_id: str) -> Audience:
        """The audience, with everything that was due by now done; error 100/33 where there is none."""
        found = self.audiences.get(audience_id)
        if found is None:
            raise GraphError(100, 33)
        self.settle(found)
        return found

    def settle(self, audience: Audience) -> None:
        """Sessions that are over time are closed, and what was being processed and is due is done."""
        now = self.clock.now()
        for session in self.sessions.values():
            if session.audience is audience:
                session.close_if_late(now, self.settings.session_seconds)
        audience.settle(now, self.settings.match_share)

    def audiences_of(self, account: Account) -> Iterator[Audience]:
        """The account's audiences, newest first."""
        return (each for each in reversed(self.audiences.values()) if each.account_id == account.digits)

    def accepts_terms(self, account_id: str) -> bool:
        """Whether the Custom Audience terms are accepted for the account."""
        return account_id not in self.settings.terms_missing
