"""How fast all processes together may call a platform, kept in the database so that they agree."""

import time
from collections.abc import Callable

import sqlalchemy as sa

from audience_sync.store.database import Database

RESERVE = sa.text(
    "INSERT INTO rate_limits (key, tat) VALUES (:key, :idle + :step) "
    "ON CONFLICT (key) DO UPDATE SET tat = "
    "CASE WHEN rate_limits.tat > :idle THEN rate_limits.tat ELSE :idle END + :step "
    "RETURNING tat"
)
"""One call's turn. `idle` is what `tat` may fall behind the present, which is the burst after a rest."""

PUSH = sa.text(
    "INSERT INTO rate_limits (key, tat) VALUES (:key, :until) "
    "ON CONFLICT (key) DO UPDATE SET tat = "
    "CASE WHEN rate_limits.tat > :until THEN rate_limits.tat ELSE :until END"
)


class DatabaseLimiter:
    """GCRA on one row per key. Over any w seconds at most `rate * w` calls start, plus one burst after a rest.

    The clocks of several machines are assumed to agree within the burst.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def acquire(self, key: str, rate: float, cost: float = 1.0) -> float:
        """Seconds to wait before sending, 0 when free; the turn is reserved. `rate` is calls per second.

        The burst is one second's worth of calls, at least one call.
        """
        now = self._clock()
        turn = {"key": key, "idle": now - max(1.0, rate) / rate, "step": cost / rate}
        async with self._database.write() as session:
            at = (await session.execute(RESERVE, turn)).scalar_one()
        return max(0.0, float(at) - now)

    async def push(self, key: str, seconds: float) -> None:
        """Nobody sends for `key` before `seconds` have passed, and then without a burst: the platform asked for it."""
        async with self._database.write() as session:
            await session.execute(PUSH, {"key": key, "until": self._clock() + seconds})
