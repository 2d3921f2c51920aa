"""A grant is kept as the connection of whoever gave it, or its connection is broken; its audiences follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import Reconnect
from audience_sync.model.cards import PlatformCard
from audience_sync.model.ids import new_id
from audience_sync.model.permissions import SCHEDULE, Actor
from audience_sync.model.platforms import Grant, RemoteAccount
from audience_sync.store import audit, runs
from audience_sync.store.audiences import Audience, Run
from audience_sync.store.platforms import AdAccount, Connection

TABLE = "connections"
BY_A_PERSON = "Paused by a person."
"""The problem of an audience that somebody paused; it does not wait for its connection."""
IN_USE = ("creating", "active")
"""States of an audience that nothing keeps from being synced."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A grant on a platform and the ad accounts that it reaches."""

    platform: str
    grant: Grant
    accounts: Sequence[RemoteAccount]


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a grant. `resumed` names the audiences that had waited for it."""

    connection_id: str
    is_new: bool
    resumed: tuple[str, ...]


def require_scopes(card: PlatformCard, grant: Grant) -> None:
    """Nothing, or Reconnect SCOPES_MISSING naming each permission that was not granted.

    Of what the platform does not tell nothing is missing: its first refusal will say so.
    """
    if not grant.scopes and "scopes" in grant.unsaid:
        return
    if missing := [scope for scope in card.scopes if scope not in grant.scopes]:
        raise Reconnect(
            f"{card.name} is not connected: without {', '.join(missing)} we can keep no audience there.",
            f"Connect {card.name} again and leave every permission on.",
            code="SCOPES_MISSING",
            details={"missing": missing},
        )


async def keep(app: App, actor: Actor, reach: Reach) -> Kept:
    """The grant is the live connection of its subject; a connection that this subject had is the same one again."""
    async with app.database.write() as session:
        made = await _made(session, _new(app, actor, reach))
        row, is_new = made or await _of_subject(session, reach), made is not None
        resumed = await _hold(app, session, row, reach)
        detail = {"platform": row.platform, "kind": row.kind, "accounts": len(reach.accounts), "resumed": len(resumed)}
        action = "connection.created" if is_new else "connection.renewed"
        audit.record(session, actor, action, on=thing(row.id), at=app.now(), **detail)
    return Kept(row.id, is_new, resumed)


async def keep_again(app: App, actor: Actor, seen: Connection, reach: Reach) -> None:
    """The connection that was looked at holds what was found; one that was changed meanwhile is left alone."""
    async with app.database.write() as session:
        row = await _unchanged(session, seen)
        if row is None:
            return
        is_renewed = reach.grant.token != opened(app, row)
        resumed = await _hold(app, session, row, reach)
        detail = {"accounts": len(reach.accounts), "resumed": len(resumed), "renewed": is_renewed}
        audit.record(session, actor, "connection.refreshed", on=thing(row.id), at=app.now(), **detail)


async def break_off(app: App, actor: Actor, seen: Connection, problem: Reconnect) -> bool:
    """The connection that was looked at is broken and its audiences wait.

    False when it was changed meanwhile: then it is left alone, and what failed may be tried again.
    """
    async with app.database.write() as session:
        row = await _unchanged(session, seen)
        if row is None:
            return False
        row.state, row.problem, row.checked_at = "broken", str(problem), app.now()
        await pause(session, row.id, str(problem))
        audit.record(session, actor, "connection.broken", on=thing(row.id), at=app.now(), code=problem.code)
    return True


async def pause(session: AsyncSession, connection_id: str, why: str) -> None:
    """Every audience of the connection waits for it, with the reason, also one that has no list yet.

    One that a person paused is left alone.
    """
    waits = sa.or_(Audience.state.in_(IN_USE), is_waiting())
    await session.execute(
        sa.update(Audience)
        .where(Audience.ad_account_id.in_(_accounts_of(connection_id)), waits)
        .values(state="paused", problem=why)
    )


def is_waiting() -> sa.ColumnElement[bool]:
    """Whether an audience is paused because of its connection, and not by a person."""
    return sa.and_(Audience.state == "paused", Audience.problem.not_in(("", BY_A_PERSON)))


def opened(app: App, connection: Connection) -> str:
    """The connection's token."""
    return _open(app, connection, "token")


def put_tokens(app: App, row: Connection, grant: Grant) -> None:
    """The connection goes on with the grant's tokens; a refresh token that was not given anew stays."""
    # One that is the same stays sealed as it is: others tell by that whether the connection was changed.
    if not row.token or opened(app, row) != grant.token:
        row.token = _sealed(app, row, "token", grant.token)
    if grant.refresh_token:
        row.refresh_token = _sealed(app, row, "refresh_token", grant.refresh_token)
    row.expires_at = grant.expires_at


def _open(app: App, connection: Connection, column: str) -> str:
    sealed = connection.token if column == "token" else connection.refresh_token
    return app.vault.open(sealed, table=TABLE, row=connection.id, column=column)


def grant_of(app: App, connection: Connection) -> Grant:
    """The grant as it is stored, for the connector."""
    return Grant(
        token=opened(app, connection),
        kind=connection.kind,
        scopes=tuple(connection.scopes),
        declined=tuple(connection.declined),
        expires_at=connection.expires_at,
        refresh_token=_open(app, connection, "refresh_token") if connection.refresh_token else "",
        data_access_expires_at=connection.data_access_expires_at,
        subject=connection.subject,
        label=connection.label,
    )


def thing(connection_id: str) -> audit.Thing:
    return audit.Thing("connection", connection_id)


def _new(app: App, actor: Actor, reach: Reach) -> Connection:
    return Connection(
        id=new_id(),
        platform=reach.platform,
        subject=reach.grant.subject,
        kind=reach.grant.kind,
        created_by=actor.name,
        created_at=app.now(),
    )


async def _made(session: AsyncSession, row: Connection) -> Connection | None:
    """The new connection; None when its subject has one: of two who come at once, the second finds the first one's."""
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return None
    return row


async def _of_subject(session: AsyncSession, reach: Reach) -> Connection:
    same = sa.select(Connection).where(Connection.platform == reach.platform, Connection.subject == reach.grant.subject)
    return (await session.scalars(same.with_for_update())).one()


async def _unchanged(session: AsyncSession, seen: Connection) -> Connection | None:
    """The row, locked, unless its token is no longer the one that was seen."""
    return await session.scalar(
        sa.select(Connection).where(Connection.id == seen.id, Connection.token == seen.token).with_for_update()
    )


async def _hold(app: App, session: AsyncSession, row: Connection, reach: Reach) -> tuple[str, ...]:
    """The row is live with this grant and its accounts; the names of the audiences that go on."""
    _write_down(app, row, reach.grant)
    await session.flush()
    await _list_accounts(session, row, reach.accounts, app.now())
    return await _resume(session, row, app.now())


def _write_down(app: App, row: Connection, grant: Grant) -> None:
    row.label, row.kind = grant.label, grant.kind
    put_tokens(app, row, grant)
    row.scopes, row.declined = list(grant.scopes), list(grant.declined)
    row.data_access_expires_at = grant.data_access_expires_at
    row.state, row.problem, row.checked_at = "live", "", app.now()


def _sealed(app: App, row: Connection, column: str, secret: str) -> str:
    return app.vault.seal(secret, table=TABLE, row=row.id, column=column) if secret else ""


async def _list_accounts(
    session: AsyncSession, row: Connection, accounts: Sequence[RemoteAccount], now: datetime
) -> None:
    """The accounts are stored as the platform lists them; what a person chose stays chosen."""
    stored = await session.scalars(sa.select(AdAccount).where(AdAccount.connection_id == row.id))
    known = {account.remote_id: account for account in stored}
    for remote in accounts:
        account = known.pop(remote.remote_id, None) or _new_account(row, remote)
        account.name, account.currency, account.timezone = remote.name, remote.currency, remote.timezone
        account.business, account.status = remote.business, remote.status
        account.usable, account.problem, account.seen_at = remote.usable, remote.problem, now
        account.via = remote.via
        session.add(account)
    for lost in known.values():
        lost.usable, lost.problem = False, f"It is no longer among the ad accounts that {row.label} can reach."


def _new_account(row: Connection, remote: RemoteAccount) -> AdAccount:
    return AdAccount(id=new_id(), connection_id=row.id, platform=row.platform, remote_id=remote.remote_id)


async def _resume(session: AsyncSession, row: Connection, now: datetime) -> tuple[str, ...]:
    """Audiences that waited go on where their account can be used; those that sync by themselves are due now."""
    usable = _accounts_of(row.id).where(AdAccount.usable)
    waiting = sa.select(Audience).where(Audience.ad_account_id.in_(usable), is_waiting()).order_by(Audience.name)
    resumed = (await session.scalars(waiting)).all()
    for audience in resumed:
        audience.state, audience.problem = "active" if audience.remote_id else "creating", ""
        if audience.auto_sync:
            audience.next_run_at = now
        await go_on(session, audience, now)
    return tuple(audience.name for audience in resumed)


async def go_on(session: AsyncSession, audience: Audience, now: datetime) -> None:
    """The audience's newest run, if the connection broke under it, has a successor that goes on with its work."""
    newest = await runs.newest(session, audience.id)
    if newest is None or newest.ended_at is None or newest.cancel_requested or not lost_grant(newest):
        return
    await runs.start(session, audience.id, runs.Request(newest.operation, "scheduled", SCHEDULE), now=now)


def lost_grant(run: Run) -> bool:
    """Whether the run stopped because its platform no longer accepted the grant."""
    return bool(run.error.get("kind") == Reconnect.__name__)


def _accounts_of(connection_id: str) -> sa.Select[str]:
    return sa.select(AdAccount.id).where(AdAccount.connection_id == connection_id)
