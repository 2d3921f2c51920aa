"""The migrations build the tables, in both databases, however many nodes start at once."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from audience_sync.errors import SetupError
from audience_sync.model.permissions import ROLES
from audience_sync.store.database import Database
from audience_sync.store.migrate import config, connected, migrate, require_head, revision
from audience_sync.store.people import Role
from audience_sync.store.tables import METADATA

HEAD = "0002"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/audience-sync.db"
    return str(request.getfixturevalue("empty_postgres_url"))


@pytest.fixture
async def empty(empty_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(empty_url, tmp_path)
    yield opened
    await opened.close()


def alembic(database: Database, name: str, *words: str) -> None:
    with connected(database.url) as connection:
        getattr(command, name)(config(connection), *words)


async def roles(database: Database) -> dict[str, frozenset[str]]:
    async with database.read() as session:
        return {role.name: frozenset(role.permissions) for role in await session.scalars(sa.select(Role))}


async def test_up_check_down_up_is_clean(empty: Database) -> None:
    await migrate(empty)
    alembic(empty, "check")
    alembic(empty, "downgrade", "base")
    assert await revision(empty) == ""
    await migrate(empty)
    assert await revision(empty) == HEAD


async def test_a_downgrade_leaves_no_table(database: Database) -> None:
    alembic(database, "downgrade", "base")
    with connected(database.url) as connection:
        left = set(sa.inspect(connection).get_table_names())
    assert not left & set(METADATA.tables)


async def test_a_new_database_has_the_first_roles(empty: Database) -> None:
    await migrate(empty)
    assert await roles(empty) == ROLES


async def test_a_changed_role_survives_the_next_start(database: Database) -> None:
    async with database.write() as session:
        await session.execute(sa.delete(Role).where(Role.name != "admin"))
    await migrate(database)
    assert set(await roles(database)) == {"admin"}


async def test_nodes_starting_together_all_find_the_tables(empty: Database, empty_url: str) -> None:
    words = "import sys; from audience_sync.store import migrate as m; m.migrate_url(sys.argv[1])"
    nodes = [await asyncio.create_subprocess_exec(sys.executable, "-c", words, empty.url) for _ in range(3)]
    assert [await node.wait() for node in nodes] == [0, 0, 0]
    await require_head(empty)
    assert await roles(empty) == ROLES


async def test_a_node_waits_for_the_one_that_migrates(database: Database) -> None:
    with connected(database.url):
        second = asyncio.create_task(migrate(database))
        done, _ = await asyncio.wait({second}, timeout=0.3)
        assert not done
    await second


async def test_a_database_that_is_behind_names_the_command(empty: Database) -> None:
    await migrate(empty)
    alembic(empty, "downgrade", "base")
    with pytest.raises(SetupError, match="audience-sync migrate"):
        await require_head(empty)


async def test_a_migrated_database_is_accepted(database: Database) -> None:
    await require_head(database)
    assert await revision(database) == HEAD


@pytest.mark.parametrize("attempt", [migrate, require_head])
async def test_a_newer_database_is_left_alone(database: Database, attempt: object) -> None:
    async with database.write() as session:
        await session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SetupError, match="does not know"):
        await attempt(database)  # type: ignore[operator]  # One of the two above.


async def test_a_database_out_of_reach_is_a_setup_error_without_its_password(tmp_path: Path) -> None:
    gone = Database("postgresql://anna:pass-of-anna@127.0.0.1:1/x", tmp_path)
    with pytest.raises(SetupError) as caught:
        await migrate(gone)
    assert "pass-of-anna" not in str(caught.value)


def test_migrations_import_nothing_of_ours() -> None:
    folder = Path(__file__).parents[2] / "src/audience_sync/store/migrations/versions"
    texts = [path.read_text() for path in folder.glob("0*.py")]
    assert texts
    assert not [text for text in texts if "audience_sync" in text]
