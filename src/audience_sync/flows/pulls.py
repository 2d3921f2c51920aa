"""Pulls of warehouses: asked for, looked at, stopped."""

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.errors import Conflict
from audience_sync.flows.views import Page
from audience_sync.flows.warehousing.showing import PullView, pull_view
from audience_sync.flows.warehousing.starting import queued
from audience_sync.model.permissions import Actor, Permission
from audience_sync.store import audit, warehouses
from audience_sync.store.warehouses import UNFINISHED, Pull


async def start(app: App, actor: Actor, warehouse_id: str, *, believe_gone: bool = False) -> PullView:
    """A queued pull; with `believe_gone` any number of profiles may leave. PULL_IN_PROGRESS while another runs."""
    actor.require(Permission.ADMIN)
    async with app.database.write() as session:
        warehouse = await warehouses.load(session, warehouse_id)
        row = await queued(session, warehouse.id, actor, now=app.now(), believe_gone=believe_gone)
        detail = {"name": warehouse.name, "believe_gone": believe_gone}
        audit.record(session, actor, "warehouse.pull", on=_thing(warehouse.id), at=app.now(), **detail)
    return pull_view(row)


async def get(app: App, actor: Actor, pull_id: str) -> PullView:
    """One pull, with how far it is."""
    actor.require(Permission.ADMIN)
    async with app.database.read() as session:
        return pull_view(await warehouses.load_pull(session, pull_id))


async def list_pulls(app: App, actor: Actor, warehouse_id: str, *, limit: int = 50) -> Page[PullView]:
    """The newest pulls of a warehouse, the newest first."""
    actor.require(Permission.ADMIN)
    async with app.database.read() as session:
        await warehouses.load(session, warehouse_id)
        wanted = sa.select(Pull).where(Pull.warehouse_id == warehouse_id).order_by(Pull.created_at.desc(), Pull.id)
        return Page(tuple(map(pull_view, await session.scalars(wanted.limit(limit)))))


async def cancel(app: App, actor: Actor, pull_id: str) -> PullView:
    """The pull stops within a second and changes nothing. Asking twice is harmless."""
    actor.require(Permission.ADMIN)
    async with app.database.write() as session:
        row = await warehouses.load_pull(session, pull_id)
        if row.status not in UNFINISHED:
            raise Conflict("This pull has ended already.", "Nothing is left to cancel.", code="PULL_ENDED")
        row.cancel_requested = True
        if row.status == "queued":
            row.status, row.ended_at = "cancelled", app.now()
        audit.record(session, actor, "warehouse.cancel", on=_thing(row.warehouse_id), at=app.now())
    return pull_view(row)


def _thing(warehouse_id: str) -> audit.Thing:
    return audit.Thing("warehouse", warehouse_id)
