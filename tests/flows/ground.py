"""The part of the App that the people flows touch."""

from dataclasses import dataclass
from datetime import datetime

from audience_sync.store.database import Database
from tests.clock import Clock


@dataclass(frozen=True)
class ClockedGround:
    database: Database
    clock: Clock

    def now(self) -> datetime:
        return self.clock.now()
