"""How fast all processes together may call a platform, kept in the database so that they agree."""

import asyncio
import json
import time
from bisect import insort
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.store.database import Database
from audience_sync.store.pace import Pace

LOCK = sa.text(
    "INSERT INTO rate_limits (key, tat, turns) VALUES (:key, 0, '[]') "
    "ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING tat, turns"
)
"""The key's row, which nobody else changes before the transaction ends."""

KEEP = sa.text("UPDATE rate_limits SET turns = :turns WHERE key = :key")

PUSH = sa.text(
    "INSERT INTO rate_limits (key, tat, turns) VALUES (:key, :until, '[]') "
    "ON CONFLICT (key) DO UPDATE SET tat = "
    "CASE WHEN rate_limits.tat > :until THEN rate_limits.tat ELSE :until END"
)


@dataclass(frozen=True, slots=True)
class _Book:
    """One key's row as it was locked: the turns that count, the present, and what the platform pushed us off to."""

    turns: list[float]
    now: float
    pushed: float


@dataclass(slots=True, eq=False)
class _Asking:
    """A caller of this process who waits for a turn, and has one when `served`."""

    turn: float = 0.0
    served: bool = False


class DatabaseLimiter:
    """A sliding window on one row per key: over any second at most `rate` calls start, whoever makes them.

    The row has the turns that were given lately. A turn that is late is moved where it is really used, so a busy
    machine loses only the time by which it is late, and that for one call of a second. The clocks of several machines
    are assumed to agree within a hundredth of a second.
    """

    def __init__(
        self, database: Database, clock: Callable[[], float] = time.time, *, patience_seconds: float = 20.0
    ) -> None:
        self._database = database
        self._clock = clock
        self._patience = patience_seconds
        # SQLite lets its writers sleep before they try again, so this process sends it one at a time.
        self._alone = asyncio.Lock()
        self._asked: defaultdict[tuple[str, float], list[_Asking]] = defaultdict(list)

    async def acquire(self, key: str, rate: float) -> float:
        """Seconds until the turn that is reserved; below 0 where the database gave it late. `rate` is per second.

        Above the patience nothing is reserved: the caller goes away and asks again then.
        """
        asking, asked = _Asking(), self._asked[key, rate]
        asked.append(asking)
        try:
            async with self._alone:
                if not asking.served:
                    await self._serve(key, Pace.of(rate), asked)
        finally:
            asked.remove(asking)
        return asking.turn - self._clock()

    async def _serve(self, key: str, pace: Pace, asked: list[_Asking]) -> None:
        """Whoever of this process asked meanwhile has a turn: one transaction for many is as quick as one for one."""
        async with self._database.write() as session:
            book = await self._locked(session, key, pace)
            waiting = [each for each in asked if not each.served]
            for each in waiting:
                each.turn = pace.next(book.turns, max(book.now, book.pushed))
                if each.turn <= book.now + self._patience:
                    book.turns.append(each.turn)
            await self._keep(session, key, book.turns)
        for each in waiting:
            each.served = True

    async def move(self, key: str, rate: float, late_seconds: float, *, ahead_seconds: float = 0.0) -> float:
        """Seconds until the turn that began `late_seconds` ago is used (below 0: will begin): as soon as it fits."""
        # Looked at before the row is waited for: the call that the turn belongs to may have gone out already.
        pace, used = Pace.of(rate), self._clock()
        async with self._alone, self._database.write() as session:
            book = await self._locked(session, key, pace)
            turn = _nearest(book.turns, used - late_seconds)
            others = [other for other in book.turns if other != turn]
            moved = pace.moved(others, turn, max(used + ahead_seconds, book.pushed))
            insort(others, moved)
            await self._keep(session, key, others)
        return moved - self._clock()

    async def push(self, key: str, seconds: float) -> None:
        """Nobody is given a turn of `key` before `seconds` have passed: the platform asked for it."""
        async with self._alone, self._database.write() as session:
            await session.execute(PUSH, {"key": key, "until": self._clock() + seconds})

    async def _locked(self, session: AsyncSession, key: str, pace: Pace) -> _Book:
        pushed, turns = (await session.execute(LOCK, {"key": key})).one()
        # Looked at only now: waiting for the lock is not to make a turn late.
        now = self._clock()
        return _Book(pace.remembered(json.loads(turns), now), now, float(pushed))

    async def _keep(self, session: AsyncSession, key: str, turns: list[float]) -> None:
        await session.execute(KEEP, {"key": key, "turns": json.dumps(turns)})


def _nearest(turns: list[float], moment: float) -> float:
    """The turn of whoever says that it began then; the moment itself where none is remembered."""
    return min(turns, key=lambda turn: abs(turn - moment), default=moment)
