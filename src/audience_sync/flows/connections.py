"""Connections in use: which there are, which of their ad accounts are used, and how one ends."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import AudienceSyncError, Conflict, Invalid
from audience_sync.flows import grants
from audience_sync.flows.connected import ConnectionView, accounts_of, label_of, require_connection, shown, views
from audience_sync.flows.expiry import Health
from audience_sync.flows.fresh import fresh
from audience_sync.flows.readiness import look_at_chosen
from audience_sync.model.permissions import Actor, Permission
from audience_sync.store import audit
from audience_sync.store.audiences import Audience
from audience_sync.store.platforms import AdAccount, Connection

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AffectedAudience:
    """An audience that a disconnection stops. It stays on the platform as it is."""

    id: str
    name: str
    account: str
    state: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A connection that is no more. `advice` is empty when the platform, too, has forgotten us."""

    connection_id: str
    platform: str
    audiences: tuple[AffectedAudience, ...]
    advice: str


async def connections(app: App, actor: Actor) -> list[ConnectionView]:
    """Every connection, by platform and age."""
    actor.require(Permission.READ)
    async with app.database.read() as session:
        return await views(app, session)


async def connection(app: App, actor: Actor, connection_id: str) -> ConnectionView:
    """That connection, or NotFound."""
    actor.require(Permission.READ)
    return await shown(app, connection_id)


async def choose_accounts(app: App, actor: Actor, connection_id: str, remote_ids: Collection[str]) -> ConnectionView:
    """Exactly these accounts are offered for audiences.

    Invalid for accounts that are unknown or cannot be used; Conflict for taking away one that has audiences.
    """
    actor.require(Permission.ADMIN)
    wanted = set(remote_ids)
    async with app.database.write() as session:
        found = await require_connection(session, connection_id)
        accounts = await accounts_of(session, (found.id,))
        _require_choosable(accounts, wanted)
        await _require_unused(session, [each for each in accounts if each.selected and each.remote_id not in wanted])
        for account in accounts:
            account.selected = account.remote_id in wanted
        chosen = sorted(wanted)
        audit.record(
            session, actor, "connection.accounts_chosen", on=grants.thing(found.id), at=app.now(), accounts=chosen
        )
    await look_at_chosen(app, found.id)
    return await shown(app, found.id)


async def affected(app: App, actor: Actor, connection_id: str) -> list[AffectedAudience]:
    """The audiences that would stop if this connection were disconnected, by name."""
    actor.require(Permission.READ)
    async with app.database.read() as session:
        found = await require_connection(session, connection_id)
        return await _affected(session, found.id)


async def disconnect(app: App, actor: Actor, connection_id: str) -> Disconnected:
    """We hold no token any more, and the platform was asked to forget us; audiences wait, with the reason.

    The row stays, so that accounts, audiences and history do; connecting the same person again takes it up.
    """
    actor.require(Permission.ADMIN)
    async with app.database.read() as session:
        found = await require_connection(session, connection_id)
    name = app.connector(found.platform).card.name
    is_revoked = await _revoked(app, found)
    async with app.database.write() as session:
        stopped = await _affected(session, found.id)
        row = await session.get_one(Connection, found.id, with_for_update=True)
        row.token = row.refresh_token = ""
        row.state = Health.BROKEN
        row.problem = f"{name} was disconnected by {actor.name}. Connect it again under Connected Platforms."
        await grants.pause(session, row.id, row.problem)
        audit.record(
            session,
            actor,
            "connection.disconnected",
            on=grants.thing(row.id),
            at=app.now(),
            platform=row.platform,
            revoked=is_revoked,
            audiences=[each.id for each in stopped],
        )
    advice = "" if is_revoked else f"{name} could not be told. Remove {app.settings.app_name} in your settings there."
    return Disconnected(found.id, found.platform, tuple(stopped), advice)


async def _revoked(app: App, found: Connection) -> bool:
    """Whether the platform took the grant back. One that is broken already often cannot be."""
    try:
        found = await fresh(app, found)
        await app.connector(found.platform).revoke(app.api_of(found), grants.grant_of(app, found))
    except AudienceSyncError as problem:
        log.info("grant not revoked", connection=found.id, code=problem.code)
        return False
    return True


def _require_choosable(accounts: Collection[AdAccount], wanted: set[str]) -> None:
    known = {account.remote_id: account for account in accounts}
    if unknown := sorted(wanted - known.keys()):
        raise Invalid(
            f"This connection does not reach {', '.join(unknown)}.",
            f"It reaches {', '.join(sorted(known)) or 'no ad account'}. Refresh it if that has changed.",
            code="UNKNOWN_AD_ACCOUNT",
        )
    # One that was chosen while it worked may stay chosen: its audiences are there.
    for account in (known[each] for each in sorted(wanted)):
        if not account.usable and not account.selected:
            raise Invalid(f"{label_of(account)} cannot be used.", account.problem, code="AD_ACCOUNT_UNUSABLE")


async def _require_unused(session: AsyncSession, dropped: Collection[AdAccount]) -> None:
    living = sa.select(Audience.name).where(
        Audience.ad_account_id.in_([each.id for each in dropped]), Audience.state != "deleted"
    )
    if names := (await session.scalars(living.order_by(Audience.name))).all():
        raise Conflict(
            f"These audiences are in the ad accounts that would be taken away: {', '.join(names)}.",
            "Delete or unlink them first.",
            code="AD_ACCOUNT_IN_USE",
            details={"audiences": list(names)},
        )


async def _affected(session: AsyncSession, connection_id: str) -> list[AffectedAudience]:
    rows = await session.execute(
        sa.select(Audience, AdAccount)
        .join(AdAccount, AdAccount.id == Audience.ad_account_id)
        .where(AdAccount.connection_id == connection_id, Audience.state != "deleted")
        .order_by(Audience.name, Audience.id)
    )
    return [AffectedAudience(each.id, each.name, label_of(account), each.state) for each, account in rows]
