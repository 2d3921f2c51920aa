"""One database, two kinds: SQLite in WAL, or PostgreSQL. Transactions say at their start whether they write."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine


class Database:
    """The pool of connections. `write()` and `read()` each open one transaction and one session.

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

    async def close(self) -> None:
        await self.engine.dispose()


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
