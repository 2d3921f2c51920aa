"""A clock that stands still until a test moves it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class Clock:
    """`now()` for what takes a moment, `seconds()` for what counts seconds since the epoch."""

    moment: datetime = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def seconds(self) -> float:
        return self.moment.timestamp()

    def advance(self, **by: float) -> datetime:
        """The new time, moved on as `timedelta(**by)` says."""
        self.moment += timedelta(**by)
        return self.moment
