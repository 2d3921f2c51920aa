"""The platforms' connections as people see them: their accounts, how long they last, which are used, and their end."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import AudienceSyncError, Conflict, Invalid, NotFound
from audience_sync.flows import expiry, grants
from audience_sync.flows.expiry import Health
from audience_sync.model.permissions import Actor, Permission
from audience_sync.store import audit
from audience_sync.store.audiences import Audience
from audience_sync.store.platforms import AdAccount, Connection

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AccountView:
    """An ad account as shown. `label` reads `act_123456789 - Main Account`; `audiences` counts those that still live.

    `problem` may stand beside `usable`: terms that are not accepted yet can be accepted later.
    """

    id: str
    remote_id: str
    name: str
    label: str
    currency: str
    timezone: str
    business: str
    status: str
    usable: bool
    problem: str
    selected: bool
    audiences: int


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """A connection as shown. `notice_days` is the tightest of 14, 7 and 1 reached; `problem` says what to do, if anything."""

    id: str
    platform: str
    platform_name: str
    label: str
    kind: str
    scopes: tuple[str, ...]
    state: Health
    problem: str
    ends_at: datetime | None
    days_left: int | None
    notice_days: int | None
    accounts: tuple[AccountView, ...]
    audiences: int
    created_by: str
    created_at: datetime
    checked_at: datetime | None


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
        return await _views(app, session)


async def connection(app: App, actor: Actor, connection_id: str) -> ConnectionView:
    """That connection, or NotFound."""
    actor.require(Permission.READ)
    async with app.database.read() as session:
        found = await require_connection(session, connection_id)
        return (await _views(app, session, Connection.id == found.id))[0]


async def choose_accounts(app: App, actor: Actor, connection_id: str, remote_ids: Collection[str]) -> ConnectionView:
    """Exactly these accounts are offered for audiences.

    Invalid for accounts that are unknown or cannot be used; Conflict for taking away one that has audiences.
    """
    actor.require(Permission.ADMIN)
    wanted = set(remote_ids)
    async with app.database.write() as session:
        found = await require_connection(session, connection_id)
        accounts = await _accounts(session, (found.id,))
        _require_choosable(accounts, wanted)
        await _require_unused(session, [each for each in accounts if each.selected and each.remote_id not in wanted])
        for account in accounts:
            account.selected = account.remote_id in wanted
        chosen = sorted(wanted)
        audit.record(
            session, actor, "connection.accounts_chosen", on=grants.thing(found.id), at=app.now(), accounts=chosen
        )
        await session.flush()
        return (await _views(app, session, Connection.id == found.id))[0]


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


async def require_connection(session: AsyncSession, connection_id: str) -> Connection:
    """The connection's row, or NotFound; a disconnected one is no connection."""
    found = await session.get(Connection, connection_id)
    if found is None or not found.token:
        raise NotFound("There is no such connection.", "Connected Platforms lists those there are.")
    return found


async def _revoked(app: App, found: Connection) -> bool:
    """Whether the platform took the grant back. One that is broken already often cannot be."""
    try:
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
            raise Invalid(f"{_label(account)} cannot be used.", account.problem, code="AD_ACCOUNT_UNUSABLE")


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


async def _accounts(session: AsyncSession, connection_ids: Collection[str]) -> list[AdAccount]:
    wanted = sa.select(AdAccount).where(AdAccount.connection_id.in_(connection_ids))
    return list(await session.scalars(wanted.order_by(AdAccount.name, AdAccount.remote_id)))


async def _affected(session: AsyncSession, connection_id: str) -> list[AffectedAudience]:
    rows = await session.execute(
        sa.select(Audience, AdAccount)
        .join(AdAccount, AdAccount.id == Audience.ad_account_id)
        .where(AdAccount.connection_id == connection_id, Audience.state != "deleted")
        .order_by(Audience.name, Audience.id)
    )
    return [AffectedAudience(each.id, each.name, _label(account), each.state) for each, account in rows]


async def _views(app: App, session: AsyncSession, *only: sa.ColumnElement[bool]) -> list[ConnectionView]:
    wanted = sa.select(Connection).where(Connection.token != "", *only)
    found = (await session.scalars(wanted.order_by(Connection.platform, Connection.created_at))).all()
    accounts = await _accounts(session, [each.id for each in found])
    living = await _living(session, accounts)
    return [_view(app, each, [_account(a, living) for a in accounts if a.connection_id == each.id]) for each in found]


async def _living(session: AsyncSession, accounts: Iterable[AdAccount]) -> dict[str, int]:
    """How many audiences each account has, by its id."""
    rows = await session.execute(
        sa.select(Audience.ad_account_id, sa.func.count())
        .where(Audience.ad_account_id.in_([each.id for each in accounts]), Audience.state != "deleted")
        .group_by(Audience.ad_account_id)
    )
    return {account: count for account, count in rows}


def _view(app: App, found: Connection, accounts: list[AccountView]) -> ConnectionView:
    now = app.now()
    state = expiry.health(found, now)
    return ConnectionView(
        id=found.id,
        platform=found.platform,
        platform_name=app.connector(found.platform).card.name,
        label=found.label,
        kind=found.kind,
        scopes=tuple(found.scopes),
        state=state,
        problem=found.problem or _notice(app, found, state),
        ends_at=expiry.ends_at(found),
        days_left=expiry.days_left(found, now),
        notice_days=expiry.notice_days(found, now),
        accounts=tuple(accounts),
        audiences=sum(each.audiences for each in accounts),
        created_by=found.created_by,
        created_at=found.created_at,
        checked_at=found.checked_at,
    )


def _notice(app: App, found: Connection, state: Health) -> str:
    end = expiry.ends_at(found)
    if state is Health.LIVE or end is None:
        return ""
    name = app.connector(found.platform).card.name
    day = f"{end.day} {end:%b %Y}"
    if state is Health.BROKEN:
        return f"The access that {found.label} granted ended on {day}. Reconnect {name}; auto-sync waits until then."
    return f"The access that {found.label} granted ends on {day}. Reconnect {name} before, so that syncs go on."


def _account(account: AdAccount, living: dict[str, int]) -> AccountView:
    return AccountView(
        id=account.id,
        remote_id=account.remote_id,
        name=account.name,
        label=_label(account),
        currency=account.currency,
        timezone=account.timezone,
        business=account.business,
        status=account.status,
        usable=account.usable,
        problem=account.problem,
        selected=account.selected,
        audiences=living.get(account.id, 0),
    )


def _label(account: AdAccount) -> str:
    return f"{account.remote_id} - {account.name}" if account.name else account.remote_id
