"""Grants are looked at again: when somebody asks, and once a day by themselves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from audience_sync.app import App
from audience_sync.errors import AudienceSyncError, Reconnect
from audience_sync.flows import grants
from audience_sync.flows.connected import ConnectionView, require_connection, shown
from audience_sync.flows.expiry import Health, is_to_be_renewed
from audience_sync.flows.fresh import fresh, granted
from audience_sync.flows.grants import Reach
from audience_sync.flows.readiness import look_at_chosen
from audience_sync.model.permissions import SCHEDULE, Actor, Permission
from audience_sync.model.platforms import Grant
from audience_sync.store.platforms import Connection

log = structlog.get_logger(__name__)

CHECK_EVERY = timedelta(hours=24)
"""Meta asks for a look at least once a day.

Source: https://developers.facebook.com/docs/facebook-login/security, read 2026-11-24.
"""
OF_A_PERSON = "user"
"""Kind of the grants that a person must renew: lengthening them silently would outlive their consent."""


async def refresh(app: App, actor: Actor, connection_id: str) -> ConnectionView:
    """The connection, its expiry and its accounts are as the platform says now; renewed where the platform can.

    Reconnect: the platform no longer accepts the grant; the connection is marked broken then.
    """
    actor.require(Permission.ADMIN)
    async with app.database.read() as session:
        seen = await require_connection(session, connection_id)
    try:
        seen = await fresh(app, seen, now=True)
        reach = await _looked_at(app, seen, lambda grant: True)
    except Reconnect as problem:
        await grants.break_off(app, actor, seen, problem)
        raise
    await grants.keep_again(app, actor, seen, reach)
    await look_at_chosen(app, seen.id)
    return await shown(app, connection_id)


async def check_tokens(app: App) -> int:
    """Every connection was looked at within the last day; the number looked at now. Several workers may call it."""
    SCHEDULE.require(Permission.SYNC)
    now = app.now()
    async with app.database.read() as session:
        due = (await session.scalars(sa.select(Connection).where(*_is_due(now)))).all()
    claimed = [each for each in due if await _claim(app, each, now)]
    for seen in claimed:
        await _check(app, seen)
    return len(claimed)


async def _check(app: App, seen: Connection) -> None:
    async def look(fresh_one: Connection) -> tuple[Connection, Reach]:
        return fresh_one, await _looked_at(app, fresh_one, lambda grant: _renews_by_itself(grant, app.now()))

    try:
        seen, reach = await granted(app, SCHEDULE, seen, look)
    except Reconnect as problem:
        log.warning("connection broken", connection=seen.id, code=problem.code)
    except AudienceSyncError as problem:
        log.info("connection not checked", connection=seen.id, code=problem.code)
    else:
        await grants.keep_again(app, SCHEDULE, seen, reach)
        await look_at_chosen(app, seen.id)


async def _looked_at(app: App, seen: Connection, wants_renewal: Callable[[Grant], bool]) -> Reach:
    """The grant as the platform describes it now, renewed if wanted and possible, and what it reaches.

    One with a refresh token is renewed elsewhere, by one worker at a time: each of those may be good only once.
    """
    connector, api = app.connector(seen.platform), app.api_of(seen)
    found, known = await connector.inspect(api), grants.grant_of(app, seen)
    # The platform cannot always tell how a token was made, what it may do and how long it lasts; we were told with it.
    kept = {name: getattr(known, name) for name in found.unsaid if getattr(known, name)}
    grant = replace(found, kind=seen.kind, **kept)
    grants.require_scopes(connector.card, grant)
    if not seen.refresh_token and wants_renewal(grant):
        grant = await connector.renew(api, grant) or grant
    return Reach(seen.platform, grant, await connector.accounts(api.with_token(grant.token)))


def _renews_by_itself(grant: Grant, now: datetime) -> bool:
    return grant.kind != OF_A_PERSON and is_to_be_renewed(grant.expires_at, now)


def _is_due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Connection.token != "",
        Connection.state != Health.BROKEN,
        sa.or_(Connection.checked_at.is_(None), Connection.checked_at <= now - CHECK_EVERY),
    )


async def _claim(app: App, seen: Connection, now: datetime) -> bool:
    """Whether this worker is the one that looks: the first to write the time down."""
    async with app.database.write() as session:
        won = sa.update(Connection).where(Connection.id == seen.id, *_is_due(now)).values(checked_at=now)
        return await session.scalar(won.returning(Connection.id)) is not None
