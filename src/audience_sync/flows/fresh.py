"""Tokens that live an hour are exchanged in time, by one worker at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.connectors.http import Api
from audience_sync.errors import Reconnect, RetryLater
from audience_sync.flows import grants
from audience_sync.flows.expiry import Health
from audience_sync.model.permissions import Actor
from audience_sync.model.platforms import Grant
from audience_sync.store.platforms import AdAccount, Connection

T = TypeVar("T")
EARLY = timedelta(minutes=5)
"""A token that ends sooner than this is exchanged before it is used."""
CLAIM = timedelta(seconds=60)
"""How long one worker may take; then another one tries."""
LOOK_SECONDS = 0.2
LOOKS = 100


async def fresh(app: App, seen: Connection, *, now: bool = False) -> Connection:
    """The connection with a token that lasts; with `now` another token than the one that was seen.

    One without a refresh token is given back as it is. Reconnect: the platform does not renew it any more.
    """
    if not seen.refresh_token or not (now or _ends_soon(seen, app.now())):
        return seen
    if await _claim(app, seen):
        return await _renewed(app, seen)
    return await _renewed_by_another(app, seen)


async def granted(app: App, actor: Actor, seen: Connection, work: Callable[[Connection], Awaitable[T]]) -> T:
    """What the work yields with a token that lasts; done once more with another one when the platform refuses that.

    Reconnect: the platform accepts neither, and the connection is broken now.
    """
    try:
        seen = await fresh(app, seen)
        try:
            return await work(seen)
        except Reconnect:
            if not seen.refresh_token or seen.state == Health.BROKEN:
                raise
        seen = await fresh(app, seen, now=True)
        return await work(seen)
    except Reconnect as problem:
        await grants.break_off(app, actor, seen, problem)
        raise


async def way(app: App, connection: Connection, account: AdAccount | None = None) -> Api:
    """The way to the connection's platform, with a token that lasts."""
    return app.api_of(await fresh(app, connection), account)


def _ends_soon(seen: Connection, now: datetime) -> bool:
    return seen.expires_at is not None and seen.expires_at - now < EARLY


async def _claim(app: App, seen: Connection) -> bool:
    """Whether this worker is the one that exchanges the token which was seen."""
    at = app.now()
    free = sa.or_(Connection.renewing_until.is_(None), Connection.renewing_until < at)
    mine = sa.update(Connection).where(Connection.id == seen.id, Connection.token == seen.token, free)
    async with app.database.write() as session:
        won = mine.values(renewing_until=at + CLAIM).returning(Connection.id)
        return await session.scalar(won) is not None


async def _renewed(app: App, seen: Connection) -> Connection:
    grant: Grant | None = None
    try:
        grant = await app.connector(seen.platform).renew(app.api_of(seen), grants.grant_of(app, seen))
    finally:
        async with app.database.write() as session:
            row = await session.get_one(Connection, seen.id, with_for_update=True)
            row.renewing_until = None
            if grant is not None and row.token == seen.token:
                grants.put_tokens(app, row, grant)
    if grant is None:
        raise Reconnect(f"The access to {seen.label or seen.platform} has ended.", "Connect it again.")
    return row


async def _renewed_by_another(app: App, seen: Connection) -> Connection:
    """The row once another worker has exchanged its token."""
    for _ in range(LOOKS):
        async with app.database.read() as session:
            row = await session.get_one(Connection, seen.id)
        if row.token != seen.token:
            return row
        if row.renewing_until is None:
            return await fresh(app, row, now=True)
        await asyncio.sleep(LOOK_SECONDS)
    raise RetryLater("The token is being renewed.", "It goes on by itself.", after_seconds=30.0)
