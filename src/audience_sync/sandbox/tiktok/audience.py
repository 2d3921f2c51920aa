"""One custom audience of the pretend TikTok: its members, what is under way, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from audience_sync.sandbox.members import SHARES, Members

STREAMED, FROM_FILES = "Partner", "Customer File Audience"
MULTIPLE_TYPES = "MULTIPLE_TYPES"
DAY_SECONDS = 86_400
LIFETIME_DAYS = 365
EXPIRING_DAYS = 60
# Every kind of identifier names a person on its own.
KINDS = (
    "EMAIL_SHA256", "PHONE_SHA256", "IDFA_SHA256", "IDFA_MD5", "AAID_SHA256", "AAID_MD5",
    "GAID_SHA256", "GAID_MD5", "FIRST_SHA256", "FIRST_MD5", "MAID", "MAID_SHA256", "MAID_MD5",
)  # fmt: skip
LATE_WORDS = "Some data failed to be processed. Please check your data and send it again."

Action = Literal["create", "append", "remove", "replace"]


@dataclass(frozen=True)
class Part:
    """The rows of one file under their kinds; `bad_lines` of it could not be parsed."""

    kinds: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    bad_lines: int = 0


@dataclass(frozen=True)
class Operation:
    """What a file call asks for; it is done later."""

    action: Action
    parts: Sequence[Part]

    def applied_to(self, members: Members, *, whole_person: bool) -> Members:
        """The members afterwards; those given are left as they are."""
        fresh = self.action in ("create", "replace")
        after = Members(frozenset(KINDS)) if fresh else members.copy()
        for part in self.parts:
            if self.action == "remove":
                after.remove(part.kinds, part.rows, whole_person=whole_person)
            else:
                after.add(part.kinds, part.rows)
        return after


@dataclass(frozen=True)
class Entry:
    """One line of an audience's history. `msg` says what went wrong, if anything did."""

    action: str
    at: float
    detail: str = "0"
    msg: str | None = None


@dataclass(frozen=True)
class Rules:
    """What the settings say about settling: see there."""

    match_share: float
    min_size: int
    whole_person: bool


@dataclass
class Audience:
    """Times are unix seconds by the sandbox's clock.

    `retention_days` fixes the expiry at the creation; None: a year after the last change. `settles_at` is when the
    size is known again, None while nothing is under way. `history` has entries of the future: failures to come.
    """

    id: str
    advertiser_id: str
    name: str
    type: str
    calculate_type: str
    created_at: float
    sub_type: str = "NORMAL"
    retention_days: int | None = None
    members: Members = field(default_factory=lambda: Members(frozenset(KINDS)))
    marks: set[str] = field(default_factory=set)
    history: list[Entry] = field(default_factory=list)
    pending: Operation | None = None
    settles_at: float | None = None
    cover_num: int = 0
    expired: bool = False
    expires_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.expires_at = self.created_at + (self.retention_days or LIFETIME_DAYS) * DAY_SECONDS

    @property
    def busy(self) -> bool:
        return self.settles_at is not None

    @property
    def editable(self) -> bool:
        """Whether a file call may change it: it is at rest and not empty."""
        return not self.busy and self.cover_num > 0

    def changed(self, now: float, delay_seconds: float, operation: Operation | None = None) -> None:
        """The audience is being computed until the delay has passed; the operation, if one is given, waits for it."""
        self.settles_at = now + delay_seconds
        self.pending = operation
        if self.retention_days is None:
            self.expires_at = now + LIFETIME_DAYS * DAY_SECONDS

    def settle(self, now: float, rules: Rules) -> None:
        """What is due has happened: the operation is done or has failed, the size is known, the year is over."""
        if self.settles_at is not None and now >= self.settles_at and "never_settles" not in self.marks:
            if self.pending is not None:
                self._finish(self.pending, self.settles_at, rules)
            self.pending = self.settles_at = None
            self.cover_num = round(rules.match_share * SHARES) * self.members.people // SHARES
        if now >= self.expires_at:
            self.members, self.cover_num, self.expired = Members(frozenset(KINDS)), 0, True

    def _finish(self, operation: Operation, at: float, rules: Rules) -> None:
        after = operation.applied_to(self.members, whole_person=rules.whole_person)
        bad_lines = sum(part.bad_lines for part in operation.parts)
        problem = f"{bad_lines} lines could not be parsed." if bad_lines else None
        if "fails_late" in self.marks:
            problem = LATE_WORDS
        elif operation.action != "create" and after.people < rules.min_size:
            problem = too_small(rules.min_size)
        else:
            self.members = after
        rows = sum(len(part.rows) for part in operation.parts)
        self.history.append(Entry(operation.action, at, str(rows), problem))


def too_small(min_size: int) -> str:
    """What TikTok says when a file operation would leave too few."""
    return f"The operation failed: the audience would have fewer than {min_size} users."
