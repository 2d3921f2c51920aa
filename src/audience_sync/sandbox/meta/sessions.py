"""Upload sessions: batches that belong together, their 90 minutes, and the rules of a replacement."""

import math
from dataclasses import dataclass, field
from typing import Literal

from audience_sync.sandbox.members import Members
from audience_sync.sandbox.meta.audience import IDENTIFYING, Audience
from audience_sync.sandbox.meta.errors import GraphError
from audience_sync.sandbox.meta.payload import Payload, Ticket

Operation = Literal["add", "remove", "replace"]


@dataclass
class Session:
    """One session as Meta keeps it. A replacement stages its rows until the last batch."""

    id: int
    audience: Audience
    operation: Operation
    started_at: float
    schema: tuple[str, ...]
    received: int = 0
    invalid: int = 0
    batches: set[int] = field(default_factory=set)
    finished_at: float | None = None
    timed_out: bool = False
    staged: Members = field(default_factory=lambda: Members(IDENTIFYING))

    @property
    def is_open(self) -> bool:
        return self.finished_at is None

    def count(self, payload: Payload, ticket: Ticket) -> None:
        """The batch is counted, once more if it is a repetition: Meta's totals are of what it received."""
        self.batches.add(ticket.seq)
        self.received += len(payload.rows)
        self.invalid += payload.invalid

    def close_if_late(self, now: float, session_seconds: float) -> None:
        """A session older than its time is closed; of a replacement the part that was uploaded is kept."""
        if not self.is_open or now < self.started_at + session_seconds:
            return
        self.finished_at = self.started_at + session_seconds
        self.timed_out = True
        if self.operation == "replace":
            self.audience.members = self.staged
            self.audience.edited(self.finished_at, 0.0, status=414, incomplete=True)

    def stage(self, payload: Payload, ticket: Ticket, now: float, delay_seconds: float) -> None:
        """The batch waits for the last one; with the last one the audience holds the staged rows and no others."""
        self.staged.add(payload.kinds, payload.rows)
        self.audience.busy, self.audience.settles_at = 414, math.inf
        if ticket.last:
            self.finished_at = now
            self.audience.members = self.staged
            self.audience.edited(now, delay_seconds, status=414)


def check_start(audience: Audience, ticket: Ticket, replace_limit: int) -> None:
    """A replacement may begin with this batch."""
    if audience.busy is not None:
        raise GraphError(2650, 1870145)
    if ticket.seq != 1:
        raise GraphError(2650, 1870147)
    if ticket.total >= replace_limit:
        raise GraphError(2650, 1870144)


def check_next(session: Session, payload: Payload, ticket: Ticket) -> None:
    """A running replacement takes this batch."""
    if session.timed_out:
        raise GraphError(2650, 1870158)
    if not session.is_open:
        raise GraphError(2650, 1870159)
    if ticket.seq == 1:
        raise GraphError(2650, 1870145, "Batch 1 has started this session already")
    if payload.kinds != session.schema:
        raise GraphError(100, message="Data is missing or does not match schema: every batch needs the same schema")
