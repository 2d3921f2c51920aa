"""Everything that the pretend LinkedIn remembers, what it knows from the start, and what can be set."""

import secrets
from dataclasses import dataclass, field

from audience_sync.sandbox.clock import Clock
from audience_sync.sandbox.members import Members

APPS = {"sandbox-app": "sandbox-secret"}
TOKEN = "SANDBOX_TOKEN"  # noqa: S105  # Known to everybody: it opens the sandbox only, for ever.
REFRESH_TOKEN = "SANDBOX_REFRESH_TOKEN"  # noqa: S105  # As above.
SCOPES = ("r_ads", "rw_ads", "rw_dmp_segments")
ACCOUNTS = {501234567: "Main Account", 507654321: "Secondary Account", 509998877: "Test Account"}
# What names a person on its own, with the length of its hexadecimal form; 0 = any text.
ID_TYPES = {"SHA256_EMAIL": 64, "SHA512_EMAIL": 128, "GOOGLE_AID": 0}
FIRST_SEGMENT_ID = 17_667_093
ARCHIVED_SECONDS = 30 * 86_400
NEVER = float("inf")


class LinkedInError(Exception):
    """An answer from 400 on, in LinkedIn's envelope; `code` is its word, `number` its serviceErrorCode."""

    def __init__(self, status: int, code: str, message: str, number: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "serviceErrorCode": number, "code": code, "status": status}


@dataclass(frozen=True)
class Settings:
    """`hidden_seconds`: a new segment is not found by its id for so long. Under `min_size` no size is told.

    `drop_person`: a REMOVE takes all ids of the person away. `requests_per_second` is per app; 0 = no limit.
    `oldest_version` is the oldest LinkedIn-Version (YYYYMM) that still answers. `page_rows`: most segments of a page.
    """

    app_name: str = "Stratum AI"
    match_share: float = 0.88
    processing_seconds: float = 3.0
    hidden_seconds: float = 0.0
    page_rows: int = 100
    min_size: int = 300
    drop_person: bool = False
    requests_per_second: float = 0.0
    oldest_version: int = 202_512
    newest_version: int = 202_611
    code_seconds: float = 1_800.0
    token_seconds: int = 60 * 86_400
    refresh_seconds: int = 365 * 86_400


@dataclass
class Grant:
    """What a code, an access token or a refresh token is good for, until `expires_at`."""

    scopes: tuple[str, ...]
    expires_at: float
    redirect_uri: str = ""


@dataclass
class Segment:
    """One DMP segment of the ad account. Times are unix seconds by the sandbox's clock."""

    id: str
    account: int
    details: dict[str, object]
    created_at: float
    members: Members = field(default_factory=lambda: Members(frozenset(ID_TYPES)))
    marks: set[str] = field(default_factory=set)
    changed_at: float = 0.0
    settles_at: float = NEVER
    matched: int = 0
    built: bool = False

    def changed(self, now: float, delay_seconds: float) -> None:
        """Who is in it is being matched until the delay has passed."""
        self.changed_at, self.settles_at = now, now + delay_seconds

    def settle(self, now: float, share: float) -> None:
        """The size is known where its time has come."""
        if now >= self.settles_at and "never_settles" not in self.marks:
            self.matched, self.built, self.settles_at = self.members.matched(share), True, NEVER

    def status(self, now: float) -> str:
        """LinkedIn's word for how it stands, as of the last `settle`."""
        if "failed" in self.marks:
            return "FAILED"
        if now >= max(self.created_at, self.changed_at) + ARCHIVED_SECONDS:
            return "ARCHIVED"
        busy = self.settles_at < NEVER
        return ("UPDATING" if busy else "READY") if self.built else "BUILDING"


@dataclass
class State:
    """The memory."""

    clock: Clock
    settings: Settings = field(default_factory=Settings)
    codes: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Grant] = field(default_factory=dict)
    refresh_tokens: dict[str, Grant] = field(default_factory=dict)
    segments: dict[str, Segment] = field(default_factory=dict)
    calls: list[float] = field(default_factory=list)
    _next_id: int = FIRST_SEGMENT_ID

    def __post_init__(self) -> None:
        self.tokens[TOKEN] = Grant(SCOPES, NEVER)
        self.refresh_tokens[REFRESH_TOKEN] = Grant(SCOPES, NEVER)

    def new_segment(self, account: int, details: dict[str, object]) -> Segment:
        """The segment exists and is empty."""
        made = Segment(str(self._next_id), account, details, self.clock.now())
        self._next_id += 1
        self.segments[made.id] = made
        return made

    def settled(self) -> list[Segment]:
        """Every segment, oldest first, with everything that was due by now done."""
        for each in self.segments.values():
            each.settle(self.clock.now(), self.settings.match_share)
        return list(self.segments.values())


def new_value() -> str:
    """A secret that nobody has seen before."""
    return "AQ" + secrets.token_urlsafe(32)
