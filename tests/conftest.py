"""What every test may ask for: a migrated database of each kind, and a clock that stands still."""

import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import structlog

from audience_sync.store.database import Database, async_url
from audience_sync.store.migrate import migrate_url
from tests import clickhouse, postgres
from tests.clock import Clock
from tests.migrated import put_database


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """Whatever a test does to this process's log is undone: commands configure it."""
    root = logging.getLogger()
    before = root.handlers, root.level
    yield
    structlog.reset_defaults()
    root.handlers, root.level = before


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{put_database(tmp_path)}"


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The address of a running PostgreSQL: `AUDIENCE_SYNC_TEST_DATABASE_URL`, or one that the tests start."""
    return os.environ.get("AUDIENCE_SYNC_TEST_DATABASE_URL") or postgres.start()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a migrated database that tests copy."""
    with postgres.database(postgres_server) as address:
        migrate_url(async_url(address, Path()))
        yield postgres.name_of(address)


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    with postgres.database(postgres_server, template=postgres_template) as address:
        yield address


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    with postgres.database(postgres_server) as address:
        yield address


@pytest.fixture(scope="session")
def clickhouse_server() -> Iterator[clickhouse.Server]:
    """A ClickHouse of this worker's own; see there what of it is real."""
    with clickhouse.running(f"s3cr3t-{uuid4().hex}") as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database of each kind, fresh for the test."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def database(database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(database_url, tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_database(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(sqlite_url, tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def postgres_database(postgres_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(postgres_url, tmp_path)
    yield opened
    await opened.close()
