"""After a rotation the newest key alone opens every sealed column."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from audience_sync.errors import SetupError
from audience_sync.store.columns import Base
from audience_sync.store.database import Database
from audience_sync.store.platforms import Connection, OAuthState
from audience_sync.store.rotation import SEALED, rotate
from audience_sync.store.vault import Vault

NOW = datetime(2026, 11, 24, tzinfo=UTC)
OLD, NEW = Vault({"old": b"o" * 32}), Vault({"new": b"n" * 32})
BOTH = Vault({**NEW.keys, **OLD.keys})


def connection(row: str, vault: Vault = OLD) -> Connection:
    token = vault.seal(f"token of {row}", table="connections", row=row, column="token")
    return Connection(
        id=row, platform="meta", kind="user", token=token, refresh_token="", scopes=[], declined=[], created_at=NOW
    )


def state(row: str) -> OAuthState:
    verifier = OLD.seal(f"verifier of {row}", table="oauth_states", row=row, column="verifier")
    return OAuthState(state_hash=row, platform="meta", verifier=verifier, expires_at=NOW)


async def add(database: Database, *rows: Base) -> None:
    async with database.write() as session:
        session.add_all(rows)


async def sealed(database: Database) -> list[tuple[str, str, str, str]]:
    """Table, row, column and content of every sealed column that is not empty."""
    found = []
    async with database.read() as session:
        for model, columns in SEALED.items():
            (key,) = sa.inspect(model).primary_key
            for name in columns:
                rows = await session.execute(sa.select(key, getattr(model, name)))
                found += [(model.__tablename__, row, name, text) for row, text in rows if text]
    return found


async def test_every_row_is_sealed_with_the_first_key(database: Database) -> None:
    await add(database, connection("c1"), connection("c2"), state("s1"))
    assert await rotate(database, BOTH) == 3
    opened = {NEW.open(text, table=t, row=r, column=c) for t, r, c, text in await sealed(database)}
    assert opened == {"token of c1", "token of c2", "verifier of s1"}


async def test_rotating_again_changes_nothing(database: Database) -> None:
    await add(database, connection("c1"), connection("c2", NEW))
    assert await rotate(database, BOTH) == 1
    assert await rotate(database, BOTH) == 0


async def test_a_row_that_does_not_open_leaves_its_table_as_it_was(database: Database) -> None:
    await add(database, connection("c1"), connection("c2", Vault({"lost": b"l" * 32})))
    before = await sealed(database)
    with pytest.raises(SetupError, match="key lost"):
        await rotate(database, BOTH)
    assert await sealed(database) == before


async def test_no_sealed_text_of_the_database_opens_in_another_place(database: Database) -> None:
    await add(database, connection("c1"), connection("c2"), state("s1"))
    places = await sealed(database)
    for table, row, column, _ in places:
        for text in (other[3] for other in places if other[:3] != (table, row, column)):
            with pytest.raises(SetupError):
                OLD.open(text, table=table, row=row, column=column)


async def test_an_empty_column_stays_empty(database: Database) -> None:
    await add(database, connection("c1"))
    await rotate(database, BOTH)
    async with database.read() as session:
        assert (await session.get_one(Connection, "c1")).refresh_token == ""
