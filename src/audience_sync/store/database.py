"""One database, two kinds: SQLite in WAL, or PostgreSQL. Transactions say at their start whether they write."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

T = TypeVar("T")
Work = Callable[[sa.Connection], T]
"""Statements of one transaction. They may run in another thread, while whoever wants their answer waits for it."""


class Database:
    """The pool of connections. `write()` and `read()` each open one transaction and one session; see also `at_once`.

    Errors of the database show no values, which may be personal.
    """

    def __init__(self, url: str, data_dir: Path) -> None:
        self.url = async_url(url, data_dir)
        self.is_sqlite = self.url.startswith("sqlite")
        self.engine = (
            _sqlite(self.url)
            if self.is_sqlite
            else create_async_engine(self.url, pool_pre_ping=True, hide_parameters=True)
        )
        self.thread = OneThread(self.url) if self.is_sqlite else None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one state and changes nothing."""
        async with AsyncSession(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session whose changes are committed together at the end, or not at all."""
        engine = self.engine.execution_options(write=True)
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            yield session

    async def at_once(self, work: Work[T]) -> T:
        """What `work` answered; its changes are committed together, or not at all.

        For what is written often. SQLite's driver goes to its thread and back some twenty times for a session's
        transaction; this goes there once.
        """
        if self.thread:
            return await self.thread.committed(work)
        async with self.engine.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        if self.thread:
            await self.thread.close()
        await self.engine.dispose()


class OneThread:
    """A thread with a connection of its own to SQLite, which has one writer at a time anyway."""

    def __init__(self, url: str) -> None:
        self._engine = sync_engine(url).execution_options(write=True)
        self._thread = ThreadPoolExecutor(1, "database")
        self._connection: sa.Connection | None = None

    async def committed(self, work: Work[T]) -> T:
        """What `work` answered, and it is committed. Whoever is cancelled meanwhile waits for that end."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._commit, work)
        except asyncio.CancelledError:
            # Once the thread has come to this, it has nothing under way any more.
            await loop.run_in_executor(self._thread, bool)
            raise

    def _commit(self, work: Work[T]) -> T:
        # The connection stays ours between transactions: nobody else asks this engine for one.
        self._connection = self._connection or self._engine.connect()
        with self._connection.begin():
            return work(self._connection)

    async def close(self) -> None:
        """What is under way has ended, and nothing more is taken."""
        # By the thread itself: at a worker's end the loop's own threads take nothing any more.
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()


def async_url(url: str, data_dir: Path) -> str:
    """The SQLAlchemy address with its async driver."""
    if not url:
        return f"sqlite+aiosqlite:///{data_dir / 'audience-sync.db'}"
    scheme, _, rest = url.partition("://")
    driver = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg", "sqlite": "sqlite+aiosqlite"}
    return f"{driver.get(scheme, scheme)}://{rest}"


def sync_engine(url: str) -> sa.Engine:
    """A small pool for threads and processes without a loop, over the address that a `Database` has."""
    address = url.replace("sqlite+aiosqlite:", "sqlite:")
    if not address.startswith("sqlite"):
        return sa.create_engine(address, pool_size=2, pool_pre_ping=True, hide_parameters=True)
    engine = sa.create_engine(address, connect_args={"timeout": 30}, hide_parameters=True)
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _sqlite(url: str) -> AsyncEngine:
    """SQLite in WAL where a writer takes its lock at once, so that nobody upgrades a read and fails."""
    engine = create_async_engine(url, connect_args={"timeout": 30}, hide_parameters=True)
    sa.event.listen(engine.sync_engine, "connect", _prepare)
    sa.event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
