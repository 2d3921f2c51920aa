"""What happens by itself: syncs that are due, sizes to ask for again, plans that nobody ran."""

from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from audience_sync.app import App
from audience_sync.errors import AudienceSyncError, SyncInProgress
from audience_sync.flows.fresh import granted
from audience_sync.flows.measures import measured
from audience_sync.model.permissions import SCHEDULE, Permission
from audience_sync.model.plans import Operation
from audience_sync.store import runs
from audience_sync.store.audiences import UNFINISHED, Audience, Plan, Run
from audience_sync.store.platforms import AdAccount, Connection

log = structlog.get_logger(__name__)

Due = InstrumentedAttribute[datetime | None]
"""A column that says when something is due."""

INTERVALS = (1, 6, 12, 24, 168)
"""Hours between scheduled syncs that a user may choose."""
MEASURED_AFTER = (0.5, 1.0, 3.0, 6.0, 12.0, 24.0, 48.0)
"""Hours after a sync at which the platform is asked what became of it; then daily.

Sizes settle within a day or two, and a failure that comes late is told within the same time.
"""


async def tick(app: App) -> int:
    """Every audience that is due has a queued run; the number of runs. Several workers may tick at once."""
    SCHEDULE.require(Permission.SYNC)
    now = app.now()
    async with app.database.read() as session:
        due = (
            await session.scalars(
                sa.select(Audience).where(Audience.auto_sync, Audience.state == "active", Audience.next_run_at <= now)
            )
        ).all()
    return sum([await _start(app, audience, now) for audience in due])


async def _start(app: App, audience: Audience, now: datetime) -> bool:
    """Claimed and queued. A busy audience is due again next time."""
    due = audience.next_run_at
    if due is None:
        return False
    try:
        async with app.database.write() as session:
            then = next_due(due, audience.interval_hours, now)
            if not await claimed(session, Audience.next_run_at, audience.id, from_to=(due, then)):
                return False
            await runs.start(session, audience.id, runs.Request(Operation.UPDATE, "scheduled", SCHEDULE), now=now)
    except SyncInProgress:
        return False
    return True


async def claimed(session: AsyncSession, column: Due, row_id: str, *, from_to: tuple[datetime, datetime]) -> bool:
    """Claimed by moving the row's due time: only one of several workers gets it."""
    table, (due, then) = column.class_, from_to
    claim = sa.update(table).where(table.id == row_id, column == due).values({column: then})
    return await session.scalar(claim.returning(table.id)) is not None


def next_due(due: datetime, interval_hours: int, now: datetime) -> datetime:
    """The first time after `now` that lies a whole number of intervals after the last due time."""
    interval = timedelta(hours=interval_hours)
    missed = max((now - due) // interval, 0)
    return due + (missed + 1) * interval


async def measure_due(app: App) -> int:
    """Audiences whose size was to be asked for have been asked; their number."""
    now = app.now()
    async with app.database.read() as session:
        rows = await session.execute(
            sa.select(Audience, AdAccount, Connection)
            .join(AdAccount, AdAccount.id == Audience.ad_account_id)
            .join(Connection, Connection.id == AdAccount.connection_id)
            .where(Audience.measure_at <= now, Audience.state == "active", Connection.state != "broken")
            .limit(20)
        )
        due = [(audience, account, connection) for audience, account, connection in rows]
    for audience, account, connection in due:
        await _measure(app, audience, account, connection)
    return len(due)


async def _measure(app: App, audience: Audience, account: AdAccount, connection: Connection) -> None:
    now = app.now()
    async with app.database.write() as session:
        row = await session.get_one(Audience, audience.id)
        row.measure_at = next_measure(row.last_synced_at, now)
    try:
        await granted(app, SCHEDULE, connection, partial(measured, app, audience, account))
    except AudienceSyncError as problem:
        log.info("size not known", audience=audience.id, code=problem.code)


def next_measure(synced_at: datetime | None, now: datetime) -> datetime:
    """The next of the times after the sync at which the platform is asked."""
    times = (synced_at + timedelta(hours=hours) for hours in MEASURED_AFTER) if synced_at else iter(())
    return next((at for at in times if at > now), now + timedelta(days=1))


async def drop_old_plans(app: App) -> int:
    """Plans that nobody ran in time are dropped; their number. Their files go with the next run's sweep."""
    before = app.now() - timedelta(hours=app.settings.keep_plans_hours)
    async with app.database.write() as session:
        return await _drop(session, before)


async def _drop(session: AsyncSession, before: datetime) -> int:
    used = sa.select(Run.plan_id).where(Run.status.in_(UNFINISHED), Run.plan_id.is_not(None))
    old = sa.update(Plan).where(Plan.state == "frozen", Plan.created_at < before, Plan.id.not_in(used))
    return len((await session.scalars(old.values(state="dropped").returning(Plan.id))).all())
