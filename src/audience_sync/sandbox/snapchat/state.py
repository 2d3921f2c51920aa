"""Everything that the pretend Snapchat remembers."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from audience_sync.sandbox.clock import Clock
from audience_sync.sandbox.snapchat import seeds
from audience_sync.sandbox.snapchat.errors import SnapError
from audience_sync.sandbox.snapchat.limits import Rate
from audience_sync.sandbox.snapchat.seeds import Account
from audience_sync.sandbox.snapchat.segment import Segment
from audience_sync.sandbox.snapchat.settings import Settings
from audience_sync.sandbox.snapchat.tokens import MARKETING, Code, Grant, Token, new_value

FIRST_SEGMENT_ID = 5_677_923_948_298_240


@dataclass
class State:
    """The memory; `refresh_tokens` and `codes` are found by their values."""

    clock: Clock
    settings: Settings = field(default_factory=Settings)
    apps: dict[str, str] = field(default_factory=lambda: dict(seeds.APPS))
    tokens: dict[str, Token] = field(default_factory=dict)
    refresh_tokens: dict[str, Grant] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    segments: dict[str, Segment] = field(default_factory=dict)
    rate: Rate = field(default_factory=Rate)
    _next_id: int = FIRST_SEGMENT_ID

    def __post_init__(self) -> None:
        grant = Grant("sandbox-app", MARKETING)
        self.tokens[seeds.TOKEN] = Token(seeds.TOKEN, grant, 0.0)
        self.tokens[seeds.EXPIRED_TOKEN] = Token(seeds.EXPIRED_TOKEN, grant, self.clock.now())
        self.refresh_tokens[seeds.REFRESH_TOKEN] = grant

    def accounts(self) -> dict[str, Account]:
        """Every ad account by its id."""
        extra = [seeds.extra_account(place) for place in range(1, self.settings.extra_accounts + 1)]
        return {each.id: each for each in (*seeds.ACCOUNTS, *extra)}

    def account(self, account_id: str) -> Account:
        """The ad account, or the refusal that there is none."""
        found = self.accounts().get(account_id)
        if found is None:
            raise self.not_found()
        return found

    def issue(self, grant: Grant) -> Token:
        """A new access token of the grant, which lives for the time that is set."""
        token = Token(new_value(), grant, self.clock.now() + self.settings.token_seconds)
        self.tokens[token.value] = token
        return token

    def new_refresh_token(self, grant: Grant) -> str:
        """A refresh token, good until the person removes the app."""
        value = new_value()
        self.refresh_tokens[value] = grant
        return value

    def new_code(self, grant: Grant, redirect_uri: str) -> str:
        """A code that is good for one exchange."""
        value = new_value()
        self.codes[value] = Code(grant, redirect_uri, self.clock.now() + self.settings.code_seconds)
        return value

    def remove_app(self) -> None:
        """The person has removed every app: what was granted until now opens nothing any more."""
        for token in self.tokens.values():
            token.grant.removed = True
        for grant in self.refresh_tokens.values():
            grant.removed = True

    def new_segment(self, account: Account, name: str, description: str, retention_in_days: int) -> Segment:
        """The segment exists, is empty and not yet active."""
        now = self.clock.now()
        made = Segment(str(self._next_id), account.id, name, description, retention_in_days, now, now)
        self._next_id += 1
        self.segments[made.id] = made
        return made

    def segment(self, segment_id: str) -> Segment:
        """The segment, with everything that was due by now done; the refusal that there is none."""
        found = self.segments.get(segment_id)
        if found is None or "gone" in found.marks:
            raise self.not_found()
        self.settle(found)
        return found

    def segments_of(self, account: Account) -> Iterator[Segment]:
        """The account's segments by creation, oldest first, as of now."""
        for each in self.segments.values():
            if each.account_id == account.id and "gone" not in each.marks:
                self.settle(each)
                yield each

    def settle(self, segment: Segment) -> None:
        """What was due by now is done."""
        segment.settle(self.clock.now(), self.settings.match_share)

    def not_found(self) -> SnapError:
        """The refusal of what does not exist, or what the caller may not see."""
        return SnapError("E3003", http=self.settings.not_found_http)
