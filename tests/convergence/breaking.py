"""Ways to die: a crash at any message to the platform and at any transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.store.database import Database, T, Work


class Crash(BaseException):
    """The process is gone. Nothing of ours may catch it."""


@dataclass
class Fuse:
    """Burns down by one at each place where a process may die; `None` never ends."""

    left: int | None = None

    def burn(self) -> None:
        if self.left is None:
            return
        if self.left <= 0:
            self.left = None
            raise Crash
        self.left -= 1


class BreakingTransport(httpx2.AsyncBaseTransport):
    """The way to the sandbox, on which the process may die before a request and before its answer is read."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._fuse.burn()
        try:
            answer = await self._inner.handle_async_request(request)
        except ConnectionResetError as reset:
            raise httpx2.ReadError(str(reset), request=request) from reset
        self._fuse.burn()
        return answer


class BreakingDatabase(Database):
    """The database of another one, in whose transactions the process may die before and after the commit."""

    def __init__(self, inner: Database, fuse: Fuse) -> None:
        self.url, self.is_sqlite, self.engine, self.thread = inner.url, inner.is_sqlite, inner.engine, inner.thread
        self._fuse = fuse

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        self._fuse.burn()
        async with super().write() as session:
            yield session
            self._fuse.burn()
        self._fuse.burn()

    async def at_once(self, work: Work[T]) -> T:
        def broken_off(connection: Connection) -> T:
            done = work(connection)
            self._fuse.burn()
            return done

        self._fuse.burn()
        done = await super().at_once(broken_off)
        self._fuse.burn()
        return done
