"""How fast all processes together may call a platform, kept in the database so that they agree."""

import time
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from audience_sync.store.database import Database

MARGIN = 0.03
"""Calls are spaced by so much more than 1 / rate. Over a second this leaves 30 ms for what delays one call and not
another, between our turn and the platform's count; the price is 3 % of the rate."""
LATE_SECONDS = 0.01
"""A turn that was given later than this is let go and another one taken: a late call comes too close to the next."""
LEAST_SECONDS = 0.001
"""Shorter waits are not slept: MARGIN leaves room for them."""
MOST_LEAD_SECONDS = 1.0
"""How far ahead of the present a turn is taken at most, because the database takes so long to give it."""
MOST_TURNS = 20
"""Turns that are let go before one is used however late it is: a machine as slow as that is below any rate."""

RESERVE = sa.text(
    "INSERT INTO rate_limits (key, tat) VALUES (:key, :now + :step) "
    "ON CONFLICT (key) DO UPDATE SET tat = "
    "CASE WHEN rate_limits.tat > :now THEN rate_limits.tat ELSE :now END + :step "
    "WHERE rate_limits.tat <= :latest "
    "RETURNING tat"
)
"""One call's turn; `tat` is when the next one may start. No row when that is later than the caller waits."""

LOOK = sa.text("SELECT tat FROM rate_limits WHERE key = :key")

PUSH = sa.text(
    "INSERT INTO rate_limits (key, tat) VALUES (:key, :until) "
    "ON CONFLICT (key) DO UPDATE SET tat = "
    "CASE WHEN rate_limits.tat > :until THEN rate_limits.tat ELSE :until END"
)


class DatabaseLimiter:
    """GCRA without a burst on one row per key: over any second at most `rate` calls start, whoever makes them.

    A burst would be added to the calls of the second that follows, and platforms count every second. The clocks of
    several machines are assumed to agree within MARGIN of a second.
    """

    def __init__(
        self, database: Database, clock: Callable[[], float] = time.time, *, patience_seconds: float = 20.0
    ) -> None:
        self._database = database
        self._clock = clock
        self._patience = patience_seconds
        self._lead = 0.0

    async def acquire(self, key: str, rate: float, cost: float = 1.0) -> float:
        """Seconds to wait before sending, 0 when free; the turn is reserved. `rate` is calls per second.

        Above the patience nothing is reserved: the caller goes away and asks again then.
        """
        step = cost * (1 + MARGIN) / rate
        for _ in range(MOST_TURNS):
            now = self._clock()
            turn = {"key": key, "now": now + self._lead, "step": step, "latest": now + self._patience}
            at = await self._reserved(turn)
            seen = self._clock()
            # A slow database must not make every turn a late one: the next is taken as far ahead as this one took.
            self._lead = min(seen - now, MOST_LEAD_SECONDS)
            if seen - at <= LATE_SECONDS:
                break
        wait = at - seen
        return wait if wait > LEAST_SECONDS else 0.0

    async def _reserved(self, turn: Mapping[str, object]) -> float:
        """When the turn begins, or when the next free one would."""
        async with self._database.write() as session:
            after = (await session.execute(RESERVE, turn)).scalar_one_or_none()
            if after is not None:
                return float(after) - float(str(turn["step"]))
            return float((await session.execute(LOOK, {"key": turn["key"]})).scalar_one())

    async def push(self, key: str, seconds: float) -> None:
        """Nobody sends for `key` before `seconds` have passed: the platform asked for it."""
        async with self._database.write() as session:
            await session.execute(PUSH, {"key": key, "until": self._clock() + seconds})
