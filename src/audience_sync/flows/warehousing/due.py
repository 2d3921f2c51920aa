"""Warehouses whose time has come are pulled."""

from datetime import datetime

from audience_sync.app import App
from audience_sync.errors import Conflict
from audience_sync.flows.schedule import claimed, next_due
from audience_sync.flows.warehousing.starting import queued
from audience_sync.model.permissions import SCHEDULE, Permission
from audience_sync.store import warehouses
from audience_sync.store.warehouses import Warehouse


async def pull_due(app: App) -> int:
    """Every warehouse that is due has a queued pull; the number of pulls. Several workers may tick at once."""
    SCHEDULE.require(Permission.SYNC)
    now = app.now()
    async with app.database.read() as session:
        due = await warehouses.due(session, now)
    return sum([await _start(app, warehouse, now) for warehouse in due])


async def _start(app: App, warehouse: Warehouse, now: datetime) -> bool:
    """Claimed and queued. A busy warehouse is due again next time."""
    due = warehouse.next_pull_at
    if due is None:
        return False
    try:
        async with app.database.write() as session:
            then = next_due(due, warehouse.interval_hours, now)
            if not await claimed(session, Warehouse.next_pull_at, warehouse.id, from_to=(due, then)):
                return False
            await queued(session, warehouse.id, SCHEDULE, now=now)
    except Conflict:
        return False
    return True
