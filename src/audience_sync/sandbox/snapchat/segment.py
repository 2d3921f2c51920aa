"""One segment of the pretend Snapchat: its members, how long they stay, its three statuses."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from audience_sync.sandbox.members import Members

KINDS = frozenset({"EMAIL_SHA256", "PHONE_SHA256", "MOBILE_AD_ID_SHA256"})
FOR_EVER = 9_999
DAY_SECONDS = 86_400


@dataclass
class Segment:
    """Times are unix seconds by the sandbox's clock; `marks` are conditions from outside.

    `matched` is the number of members found at the last count, None before the first; `settles_at` is when the
    upload that is being processed is done, None at rest. Retention counts from when a member was last sent; whether
    the real Snapchat counts from the first time is unknown.
    """

    id: str
    account_id: str
    name: str
    description: str
    retention_in_days: int
    created_at: float
    updated_at: float
    members: Members = field(default_factory=lambda: Members(KINDS))
    marks: set[str] = field(default_factory=set)
    settles_at: float | None = None
    matched: int | None = None

    def add(self, kind: str, values: Sequence[str], now: float) -> None:
        """The segment holds the values, each counted once."""
        self.members.add((kind,), [(value,) for value in values], at=now)

    def remove(self, kind: str, values: Sequence[str]) -> None:
        """The segment holds none of the values; strangers are no error."""
        self.members.remove((kind,), [(value,) for value in values])

    def empty(self) -> None:
        """Nobody is in the segment any more."""
        self.members = Members(KINDS)
        self.matched = 0

    def settle(self, now: float, share: float) -> None:
        """Members beyond their retention have left, and an upload that is due is processed and counted."""
        if self.retention_in_days < FOR_EVER:
            self.members.drop_before(now - self.retention_in_days * DAY_SECONDS)
        due = self.settles_at is not None and now >= self.settles_at and "never_settles" not in self.marks
        at_rest = self.settles_at is None and self.matched is not None
        if due or at_rest:
            self.settles_at = None
            self.matched = self.members.matched(share)

    def status(self, now: float, activation_seconds: float) -> str:
        """PENDING at first, then ACTIVE."""
        return "ACTIVE" if now >= self.created_at + activation_seconds else "PENDING"

    def upload_status(self) -> str:
        """NO_UPLOAD until something was sent, PROCESSING while it is being worked on, then COMPLETE."""
        if self.settles_at is not None:
            return "PROCESSING"
        return "NO_UPLOAD" if self.matched is None else "COMPLETE"

    def targetable_status(self, min_size: int) -> str:
        """NOT_READY until the first count, then by the number of matched members."""
        if self.matched is None:
            return "NOT_READY"
        return "READY" if self.matched >= min_size else "TOO_FEW_USERS"

    def shown_size(self, min_size: int) -> int:
        """The approximate number of users: 0 below the size at which Snapchat tells it."""
        return self.matched if self.matched is not None and self.matched >= min_size else 0
