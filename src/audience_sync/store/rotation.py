"""Every sealed column is sealed with the newest key."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.store.columns import Base
from audience_sync.store.database import Database
from audience_sync.store.hot import Arrival
from audience_sync.store.platforms import Connection, OAuthState
from audience_sync.store.vault import Vault, key_id_of
from audience_sync.store.warehouses import Warehouse

SEALED: dict[type[Base], tuple[str, ...]] = {
    Connection: ("token", "refresh_token"),
    OAuthState: ("verifier",),
    Arrival: ("sealed",),
    Warehouse: ("address",),
}
"""Which columns hold sealed secrets. A row is named by its primary key; an empty column holds none."""


async def rotate(database: Database, vault: Vault) -> int:
    """How many rows were sealed anew, because their key is no longer the first. One transaction per table."""
    changed = 0
    for model, columns in SEALED.items():
        async with database.write() as session:
            changed += await _rotate(session, vault, model, columns)
    return changed


async def _rotate(session: AsyncSession, vault: Vault, model: type[Base], columns: tuple[str, ...]) -> int:
    (key,) = sa.inspect(model).primary_key
    # Locked, so that a token renewed meanwhile is not overwritten by the older one.
    rows = await session.execute(sa.select(key, *(getattr(model, name) for name in columns)).with_for_update())
    changed = 0
    for row, *values in rows.all():
        place = {"table": model.__tablename__, "row": row}
        stale = {name: value for name, value in zip(columns, values, strict=True) if _is_stale(vault, value)}
        anew = {name: _sealed_anew(vault, value, {**place, "column": name}) for name, value in stale.items()}
        if anew:
            await session.execute(sa.update(model).where(key == row).values(anew))
            changed += 1
    return changed


def _is_stale(vault: Vault, sealed: str) -> bool:
    return bool(sealed) and key_id_of(sealed) != vault.current


def _sealed_anew(vault: Vault, sealed: str, place: dict[str, str]) -> str:
    return vault.seal(vault.open(sealed, **place), **place)
