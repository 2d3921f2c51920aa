"""Noticing that another worker died, on PostgreSQL: no heartbeats, no clocks.

A worker is alive as long as PostgreSQL holds the session lock that is named after it. A peer that can take that
lock knows that its owner is gone, and puts what it left back into the queue.
"""

import asyncio
import contextlib
import logging

import psycopg

from audience_sync.engine.engine import Engine
from audience_sync.errors import SetupError

EVERY_SECONDS = 2.0
SPACE = "audience-sync worker "
"""Prefix that keeps our lock names apart from anybody else's."""

log = logging.getLogger(__name__)


class Liveness:
    """Holds this worker's lock and watches the others. `acquire` before the engine starts, `watch` afterwards."""

    def __init__(self, database_url: str, engine: Engine) -> None:
        self._url = database_url
        self._engine = engine
        self._connection: psycopg.AsyncConnection | None = None

    async def acquire(self) -> None:
        """This worker's lock is held, or SetupError: a second worker of that name would steal its runs."""
        self._connection = await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, keepalives_idle=10, keepalives_interval=5, keepalives_count=3
        )
        for _ in range(5):
            if await self._try(self._engine.worker_id):
                return
            await asyncio.sleep(1)
        raise SetupError(
            f"A worker named {self._engine.worker_id!r} is already running.",
            "Give each worker a name of its own with AUDIENCE_SYNC_WORKER_ID.",
        )

    async def watch(self) -> None:
        """For ever: what a dead worker left is taken over within a few seconds."""
        while True:
            try:
                await self._look()
            except psycopg.Error as problem:
                # The lock went with the connection. This worker goes on: it is fenced if a peer has taken over.
                log.warning("lost the liveness connection (%s); taking the lock again", type(problem).__name__)
                with contextlib.suppress(psycopg.Error, SetupError):
                    await self.acquire()
            await asyncio.sleep(EVERY_SECONDS)

    async def release(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def _look(self) -> None:
        for other in await self._engine.executors() - {self._engine.worker_id}:
            if await self._try(other):
                try:
                    taken = await self._engine.takeover(other)
                    log.warning("worker %s is gone; took over %d runs", other, taken)
                finally:
                    await self._unlock(other)

    async def _try(self, worker: str) -> bool:
        row = await self._ask("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", worker)
        return bool(row and row[0])

    async def _unlock(self, worker: str) -> None:
        await self._ask("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", worker)

    async def _ask(self, sql: str, worker: str) -> tuple[object, ...] | None:
        if self._connection is None:
            raise psycopg.OperationalError("not connected")
        cursor = await self._connection.execute(sql.encode(), [SPACE + worker])
        return await cursor.fetchone()
