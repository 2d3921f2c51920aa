"""The demo's time: it begins some days ago and is moved on to now, so that a day passes in a moment."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class DemoClock:
    """`behind` the real time by so much."""

    behind: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) - self.behind

    def advance(self, by: timedelta) -> None:
        """Every later `now` is so much further on."""
        self.behind -= by
