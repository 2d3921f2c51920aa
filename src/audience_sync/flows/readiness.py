"""What an ad account needs before it takes audiences in: looked at after connecting, daily, and when somebody asks."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import AudienceSyncError, NotFound
from audience_sync.flows import expiry
from audience_sync.flows.connected import checks_of, label_of, require_connection
from audience_sync.flows.expiry import Health
from audience_sync.flows.fresh import fresh
from audience_sync.model.cards import PlatformCard
from audience_sync.model.permissions import Actor, Permission
from audience_sync.model.platforms import Readiness, ReadinessState
from audience_sync.store import audit
from audience_sync.store.platforms import AdAccount, Connection

log = structlog.get_logger(__name__)

OK, MISSING, UNKNOWN = ReadinessState.OK, ReadinessState.MISSING, ReadinessState.UNKNOWN


@dataclass(frozen=True, slots=True)
class Checklist:
    """An ad account's checks. `ready`: nothing is known to be missing. `checked_at` None: nobody has looked yet."""

    ad_account_id: str
    account: str
    platform: str
    ready: bool
    checks: tuple[Readiness, ...]
    checked_at: datetime | None


async def checklist(app: App, actor: Actor, ad_account_id: str) -> Checklist:
    """What the last look found."""
    actor.require(Permission.READ)
    async with app.database.read() as session:
        return _shown(await _account(session, ad_account_id))


async def look(app: App, actor: Actor, ad_account_id: str) -> Checklist:
    """What the platform says now, and our own checks of the connection; kept as the newest look.

    Raises what the platform answers when it cannot be asked; what was found before stays then.
    """
    actor.require(Permission.ADMIN)
    async with app.database.read() as session:
        account = await _account(session, ad_account_id)
        connection = await require_connection(session, account.connection_id)
    connection = await fresh(app, connection)
    found = await app.connector(account.platform).readiness(app.api_of(connection, account), account.remote_id)
    async with app.database.write() as session:
        row = await _account(session, ad_account_id)
        _keep(row, [*_own(app, connection), *found], app.now())
        thing = audit.Thing("ad_account", row.id)
        audit.record(session, actor, "ad_account.checked", on=thing, at=app.now(), missing=_missing(row))
    return _shown(row)


async def look_at_chosen(app: App, connection_id: str) -> None:
    """Every chosen account of the connection was looked at; one that its platform does not tell of keeps its last."""
    async with app.database.read() as session:
        connection = await session.get_one(Connection, connection_id)
        chosen = sa.select(AdAccount).where(AdAccount.connection_id == connection_id, AdAccount.selected)
        accounts = list(await session.scalars(chosen))
    for account in accounts:
        try:
            connection = await fresh(app, connection)
            found = await app.connector(account.platform).readiness(app.api_of(connection, account), account.remote_id)
        except AudienceSyncError as problem:
            log.info("readiness not known", account=account.id, code=problem.code)
            continue
        async with app.database.write() as session:
            _keep(await session.get_one(AdAccount, account.id), [*_own(app, connection), *found], app.now())


def _own(app: App, connection: Connection) -> Iterator[Readiness]:
    """Our own checks: what was granted, and how long it lasts."""
    card, link = app.connector(connection.platform).card, f"{app.settings.base_url.rstrip('/')}/platforms"
    yield _granted(card, connection, link)
    health, days = expiry.health(connection, app.now()), expiry.days_left(connection, app.now())
    if health is Health.BROKEN:
        words = connection.problem or f"The access has ended. Reconnect {card.name}."
        yield Readiness("token", "Access lasts", MISSING, words, link)
    else:
        soon = f"It ends in {days} days. Reconnect {card.name} before." if health is Health.EXPIRING else ""
        yield Readiness("token", "Access lasts", OK, soon, link if soon else "")


def _granted(card: PlatformCard, connection: Connection, link: str) -> Readiness:
    """Whether everything was granted that we need; unknown of a token that came without its scopes."""
    code, label = "scopes", "Every permission granted"
    if not connection.scopes:
        words = f"{card.name} does not tell what a token may do that was made elsewhere."
        return Readiness(code, label, UNKNOWN, words, link)
    if missing := [scope for scope in card.scopes if scope not in connection.scopes]:
        return Readiness(code, label, MISSING, f"Reconnect {card.name} and grant {', '.join(missing)}.", link)
    return Readiness(code, label, OK)


def _keep(row: AdAccount, found: list[Readiness], now: datetime) -> None:
    """The account has these checks; where the platform has one of the same code as ours, the platform's counts.

    Whatever is missing leads somewhere: where the platform's check names no page, to that of ours.
    """
    checks: dict[str, Readiness] = {}
    for each in found:
        ours = checks.get(each.code, each)
        checks[each.code] = replace(each, link=each.link or ours.link) if each.state is MISSING else each
    row.readiness = [{**asdict(each), "state": str(each.state)} for each in checks.values()]
    row.checked_at = now


def _missing(row: AdAccount) -> list[str]:
    return [each.code for each in checks_of(row) if each.state is MISSING]


async def _account(session: AsyncSession, ad_account_id: str) -> AdAccount:
    account = await session.get(AdAccount, ad_account_id)
    if account is None:
        raise NotFound("There is no such ad account.", "GET /connections lists them.")
    return account


def _shown(row: AdAccount) -> Checklist:
    ready = not _missing(row)
    return Checklist(row.id, label_of(row), row.platform, ready, checks_of(row), row.checked_at)
