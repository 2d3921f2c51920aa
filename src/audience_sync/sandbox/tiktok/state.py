"""Everything that the pretend TikTok remembers."""

import secrets
from dataclasses import dataclass, field

from audience_sync.sandbox.clock import Clock
from audience_sync.sandbox.tiktok import seeds
from audience_sync.sandbox.tiktok.audience import Audience, Entry, Rules
from audience_sync.sandbox.tiktok.errors import TikTokError
from audience_sync.sandbox.tiktok.limits import Limits
from audience_sync.sandbox.tiktok.seeds import Account
from audience_sync.sandbox.tiktok.settings import Settings

FIRST_AUDIENCE_ID = 7_100_000_000_000_000_001


@dataclass
class Token:
    """A token for ever, until it is revoked: of one app, for the ad accounts that the person chose."""

    value: str
    app_id: str
    accounts: tuple[str, ...]
    scope: tuple[int, ...] = seeds.SCOPE
    revoked: bool = False


@dataclass
class Code:
    """A one-time code of the consent page, to be exchanged until `expires_at`."""

    app_id: str
    accounts: tuple[str, ...]
    expires_at: float
    used: bool = False


@dataclass(frozen=True)
class StoredFile:
    """An uploaded file, for its own ad account until `expires_at`."""

    advertiser_id: str
    calculate_type: str
    content: bytes
    expires_at: float


@dataclass
class State:
    """The memory. `files` are found by their path of sixteen characters."""

    clock: Clock
    settings: Settings = field(default_factory=Settings)
    tokens: dict[str, Token] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    audiences: dict[str, Audience] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    _next_id: int = FIRST_AUDIENCE_ID

    def __post_init__(self) -> None:
        everything = tuple(each.id for each in seeds.ACCOUNTS)
        for app_id in seeds.APPS:
            self.tokens[seeds.TOKEN] = Token(seeds.TOKEN, app_id, everything)

    def accounts(self) -> dict[str, Account]:
        """Every ad account by its id."""
        extra = [seeds.extra_account(place) for place in range(1, self.settings.extra_accounts + 1)]
        return {each.id: each for each in (*seeds.ACCOUNTS, *extra)}

    def reached(self, token: Token) -> list[str]:
        """The ad accounts that the token reaches; the token that everybody knows reaches the extra ones too."""
        known = self.accounts()
        chosen = tuple(known) if token.value == seeds.TOKEN else token.accounts
        return [each for each in chosen if each in known and each not in self.settings.withdrawn_accounts]

    def scope(self, granted: tuple[int, ...]) -> list[int]:
        """The permissions that are left of those granted."""
        return [each for each in granted if str(each) not in self.settings.dropped_permissions]

    def issue(self, code: Code) -> Token:
        """A new token in exchange for the code."""
        token = Token(secrets.token_hex(20), code.app_id, code.accounts)
        self.tokens[token.value] = token
        return token

    def new_code(self, app_id: str, accounts: tuple[str, ...]) -> str:
        """The code is good for one exchange."""
        value = secrets.token_hex(20)
        self.codes[value] = Code(app_id, accounts, self.clock.now() + self.settings.code_seconds)
        return value

    def keep(self, file: StoredFile) -> str:
        """The file's path; files whose time is over stay known, so that it can be said of them."""
        path = secrets.token_hex(8)
        self.files[path] = file
        return path

    def new_id(self, advertiser_id: str) -> str:
        """An id for one more audience; code 40002 where the ad account has its most."""
        held = sum(each.advertiser_id == advertiser_id for each in self.audiences.values())
        if held >= self.settings.audience_limit:
            raise TikTokError(40002, f"An ad account can have at most {self.settings.audience_limit} audiences")
        self._next_id += 1
        return str(self._next_id - 1)

    def add(self, audience: Audience) -> None:
        """The audience exists."""
        self.audiences[audience.id] = audience

    def audience(self, audience_id: str) -> Audience:
        """The audience, with everything that was due by now done; code 40007 where there is none."""
        found = self.audiences.get(audience_id)
        if found is None:
            raise TikTokError(40007, f"The audience {audience_id} does not exist")
        self.settle(found)
        return found

    def settle(self, audience: Audience) -> None:
        """What was due for the audience by now is done."""
        rules = Rules(self.settings.match_share, self.settings.min_size, self.settings.drop_person)
        audience.settle(self.clock.now(), rules)

    def fail_late(self, audience: Audience, action: str, words: str) -> None:
        """The audience's history will tell of a failure when its time has come."""
        at = self.clock.now() + self.settings.late_failure_seconds
        audience.history.append(Entry(action, at, msg=words))
