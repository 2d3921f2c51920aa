"""Connections as people see them: never a token, always how long they last and which accounts they reach."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import NotFound
from audience_sync.flows import expiry
from audience_sync.flows.expiry import Health
from audience_sync.model.platforms import Readiness, ReadinessState
from audience_sync.store.audiences import Audience
from audience_sync.store.platforms import AdAccount, Connection


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
    readiness: tuple[Readiness, ...]
    """What the last look found; empty while nobody has looked."""
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """A connection as shown. `notice_days` is the tightest of 14, 7 and 1 reached; `problem` says what to do."""

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


async def shown(app: App, connection_id: str) -> ConnectionView:
    """That connection as it is now, for flows that have asked for their permission."""
    async with app.database.read() as session:
        found = await require_connection(session, connection_id)
        return (await views(app, session, Connection.id == found.id))[0]


async def views(app: App, session: AsyncSession, *only: sa.ColumnElement[bool]) -> list[ConnectionView]:
    """The connections that hold a grant, by platform and age."""
    wanted = sa.select(Connection).where(Connection.token != "", *only)
    found = (await session.scalars(wanted.order_by(Connection.platform, Connection.created_at))).all()
    accounts = await accounts_of(session, [each.id for each in found])
    living = await _living(session, accounts)
    return [_view(app, each, [_account(a, living) for a in accounts if a.connection_id == each.id]) for each in found]


async def require_connection(session: AsyncSession, connection_id: str) -> Connection:
    """The connection's row, or NotFound; a disconnected one is no connection."""
    found = await session.get(Connection, connection_id)
    if found is None or not found.token:
        raise NotFound("There is no such connection.", "Connected Platforms lists those there are.")
    return found


async def accounts_of(session: AsyncSession, connection_ids: Collection[str]) -> list[AdAccount]:
    """The ad accounts of these connections, by name."""
    wanted = sa.select(AdAccount).where(AdAccount.connection_id.in_(connection_ids))
    return list(await session.scalars(wanted.order_by(AdAccount.name, AdAccount.remote_id)))


def label_of(account: AdAccount) -> str:
    """The account as people know it: `act_123456789 - Main Account`."""
    return f"{account.remote_id} - {account.name}" if account.name else account.remote_id


def checks_of(account: AdAccount) -> tuple[Readiness, ...]:
    """The account's checks as they were found last."""
    return tuple(
        Readiness(each["code"], each["label"], ReadinessState(each["state"]), each["words"], each["link"])
        for each in account.readiness
    )


async def _living(session: AsyncSession, accounts: Iterable[AdAccount]) -> dict[str, int]:
    """How many audiences each account has, by its id."""
    rows = await session.execute(
        sa.select(Audience.ad_account_id, sa.func.count())
        .where(Audience.ad_account_id.in_([each.id for each in accounts]), Audience.state != "deleted")
        .group_by(Audience.ad_account_id)
    )
    return dict(rows.all())


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
        label=label_of(account),
        currency=account.currency,
        timezone=account.timezone,
        business=account.business,
        status=account.status,
        usable=account.usable,
        problem=account.problem,
        selected=account.selected,
        audiences=living.get(account.id, 0),
        readiness=checks_of(account),
        checked_at=account.checked_at,
    )
