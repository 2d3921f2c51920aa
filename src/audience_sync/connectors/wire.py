"""What passes between the one caller and the platforms' dialects: calls, answers and the rate limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from audience_sync.connectors.faults import Fault, Subject
from audience_sync.model.cards import PlatformCard

PATIENCE_SECONDS = 20.0
"""Longest wait that a call sleeps; the engine sleeps longer ones durably."""

JsonObject = dict[str, Any]
NOTHING = Subject()


class Limiter(Protocol):
    """The rate limit that all workers share."""

    async def acquire(self, key: str, rate: float) -> float:
        """A turn at `rate` per second is taken; the seconds to wait before using it, below 0 when it began already.

        A wait above PATIENCE_SECONDS is not used by the caller, so an implementation need not keep such a turn.
        """
        ...

    async def move(self, key: str, rate: float, late_seconds: float, *, ahead_seconds: float = 0.0) -> float:
        """The turn that began so long ago (below 0: that is yet to begin) is moved to where it fits; the new wait.

        With `ahead_seconds` it is not used before these have passed.
        """
        ...

    async def push(self, key: str, seconds: float) -> None:
        """Nobody gets a turn of that key before so many seconds have passed."""
        ...


class Unlimited:
    """The limiter of a process that works alone: nobody waits."""

    async def acquire(self, key: str, rate: float) -> float:
        return 0.0

    async def move(self, key: str, rate: float, late_seconds: float, *, ahead_seconds: float = 0.0) -> float:
        return ahead_seconds

    async def push(self, key: str, seconds: float) -> None:
        return None


class Ending(StrEnum):
    """What became of a request that changes something over there, as far as its sender can tell."""

    TAKEN = "taken"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """It went out, and no answer says that nothing came of it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is None when it was not a JSON object."""

    status: int
    headers: Mapping[str, str]
    body: JsonObject | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Turn:
    """A rate limit that a call spends: its key, shared by all workers, and how many calls per second it allows."""

    key: str
    rate: float


class Dialect(Protocol):
    """How one platform signs calls, words its errors and asks for patience."""

    @property
    def card(self) -> PlatformCard: ...

    def headers(self, token: str) -> Mapping[str, str]:
        """How a call carries the token."""
        ...

    def turns(self, call: "Call", connection: str, options: Mapping[str, str]) -> Sequence[Turn]:
        """The rate limits that the call spends, the narrowest first; `options` are the platform's settings."""
        ...

    def sign(self, token: str, app_secret: str) -> Mapping[str, str]:
        """Parameters that prove a call; none without both."""
        ...

    def fault(self, answer: Answer) -> Fault | None:
        """The error that the answer carries, whatever its HTTP status."""
        ...

    def pause(self, answer: Answer) -> float:
        """Seconds that the answer's headers ask everybody on this ad account to wait; 0 for none."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One request in the platform's terms. `body` is sent as it is. Its `repr` holds neither keys nor secrets."""

    method: str
    path: str
    """Below the platform's address, or an address of its own that begins with http."""
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    media: str = "application/json"
    about: Subject = NOTHING
    repeatable: bool = True
    """False for a create: sending it twice would make two."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    silent: bool = False
    """Whether an answer without a body is a yes."""
