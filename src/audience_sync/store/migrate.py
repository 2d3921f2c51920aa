"""The tables of the database are those that this version of the program needs."""

import asyncio
import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from audience_sync.errors import SetupError
from audience_sync.model.permissions import ROLES
from audience_sync.store.database import Database
from audience_sync.store.people import Role

ADVISORY_LOCK = 0x6175_6469_656E_6365
"""Held on PostgreSQL while migrating; "audience" in ASCII, so that no other program takes it by chance."""

_IN_PROCESS = threading.Lock()
"""Alembic keeps its context in module globals, so one process migrates one database at a time."""


async def migrate(database: Database) -> None:
    """The database has the newest tables, and its roles if it had none; SetupError when it is out of reach or newer.

    Nodes that start together wait for the one that migrates.
    """
    await asyncio.to_thread(migrate_url, database.url)


async def revision(database: Database) -> str:
    """The migration that the database stands at, such as `0001`; empty for a database without tables."""
    with _words_for_unreachable():
        async with database.engine.connect() as connection:
            return await connection.run_sync(_revision)


async def require_head(database: Database) -> None:
    """Nothing, or SetupError with the command that brings the database to this version."""
    found, head = await revision(database), _scripts().get_current_head()
    if found != head:
        _refuse_newer(found)
        raise SetupError(
            f"The database is at migration {found or 'none'}, this version needs {head}.",
            "Run: audience-sync migrate",
        )


def migrate_url(url: str) -> None:
    """As `migrate`, in the calling thread."""
    with _words_for_unreachable(), _IN_PROCESS, _alone(url), connected(url) as connection:
        found = _revision(connection)
        _refuse_newer(found)
        if found != _scripts().get_current_head():
            command.upgrade(config(connection), "head")
        _seed_roles(connection)


def config(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration without a file: its commands run in the transaction of `connection`."""
    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", "audience_sync.store:migrations")
    made.set_main_option("path_separator", "os")
    return made


@contextmanager
def connected(url: str) -> Iterator[sa.Connection]:
    """One transaction in which tables may be rebuilt; committed as a whole at the end."""
    engine = _sqlite(url) if url.startswith("sqlite") else sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
        yield connection


def _sqlite(url: str) -> sa.Engine:
    """SQLite with foreign keys off, its default, because a table is altered by dropping and rebuilding it."""
    address = sa.make_url(url).set(drivername="sqlite")
    engine = sa.create_engine(address, poolclass=sa.NullPool, connect_args={"isolation_level": None, "timeout": 30})
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA journal_mode=WAL"))
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """On SQLite a lock file beside the database is held; PostgreSQL has its own lock in the transaction."""
    path = sa.make_url(url).database or ""
    if not url.startswith("sqlite"):
        yield
        return
    Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with Path(f"{path}.migrate-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _words_for_unreachable() -> Iterator[None]:
    try:
        yield
    except OperationalError as problem:
        raise SetupError(
            f"The database cannot be used: {problem.orig}", "Check AUDIENCE_SYNC_DATABASE_URL and that it is running."
        ) from None


def _revision(connection: sa.Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config())


def _refuse_newer(found: str) -> None:
    """A database of a newer version is left alone: an older program would write rows it cannot read."""
    if found and found not in {script.revision for script in _scripts().walk_revisions()}:
        raise SetupError(
            f"The database is at migration {found}, which this version does not know.", "Install the newer version."
        )


def _seed_roles(connection: sa.Connection) -> None:
    """The roles that every installation begins with, unless it has roles already."""
    if connection.scalar(sa.select(sa.func.count()).select_from(Role)):
        return
    rows = [{"name": name, "permissions": sorted(permissions)} for name, permissions in ROLES.items()]
    connection.execute(sa.insert(Role), rows)
