"""When a call may start so that no stretch of time holds more calls than a platform allows: pure reckoning."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

MARGIN = 0.045
"""A second is taken to be so much longer than it is. This leaves 45 ms for what delays one call and not the one that
comes a second later, between our turn and the platform's count; the price is a little more than 4 % of the rate."""
MOST_CALLS = 100
"""Above so many calls per second shorter stretches are kept, so that few turns need be remembered."""
MOST_LATE_SECONDS = 0.5
"""A turn that would be moved by more is given up: whoever took a later one may no longer look whether it still fits."""


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `calls` calls start within any `seconds`. Turns are seconds since the epoch, in ascending order."""

    calls: int
    seconds: float

    @classmethod
    def of(cls, rate: float) -> "Pace":
        """The pace of `rate` calls per second. Of 2.5 it makes 3 calls in 1.2 seconds, as a platform would count."""
        calls = min(math.ceil(rate), MOST_CALLS)
        return cls(calls, calls / rate * (1 + MARGIN))

    def next(self, taken: Sequence[float], earliest: float) -> float:
        """The turn behind all that were taken.

        Turns keep half the even distance at least, so that lost time can be made up for, but calls do not come in a
        burst.
        """
        gap = self.seconds / self.calls / 2
        return self.fitting(taken, max(earliest, taken[-1] + gap) if taken else earliest)

    def fitting(self, taken: Sequence[float], earliest: float) -> float:
        """The first moment from `earliest` on at which those that came before leave room for one more call."""
        at = earliest
        while (before := bisect_right(taken, at)) >= self.calls:
            free = taken[before - self.calls] + self.seconds
            if free <= at:
                break
            at = free
        return at

    def moved(self, others: Sequence[float], turn: float, earliest: float) -> float:
        """What becomes of a turn that is not used before `earliest`: it comes later, or is the last."""
        at = self.fitting(others, max(turn, earliest))
        return at if at <= turn + MOST_LATE_SECONDS else self.next(others, earliest)

    def remembered(self, taken: Sequence[float], now: float) -> list[float]:
        """The turns that still count, and one stretch more, because clocks differ and turns are moved."""
        return [turn for turn in taken if turn > now - 2 * self.seconds]
