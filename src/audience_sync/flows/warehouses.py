"""Warehouses: described, looked at, kept, changed and left; their credentials are sealed and shown to nobody."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import Conflict, Invalid
from audience_sync.flows.warehousing.drafts import WarehouseDraft, checked, statement_of
from audience_sync.flows.warehousing.leaving import Left, States, leave_states
from audience_sync.flows.warehousing.looking import Look, Tested, looked, tested
from audience_sync.flows.warehousing.showing import WarehouseView, warehouse_view
from audience_sync.model.ids import new_id
from audience_sync.model.permissions import Actor, Permission
from audience_sync.sources.builtin.replacing import forget
from audience_sync.sources.builtin.rosters import given_by
from audience_sync.sources.warehouses.protocol import Access
from audience_sync.store import audit, warehouses
from audience_sync.store.warehouses import Pull, Warehouse

LOOK_SECONDS = 60.0
"""Longest that a test or a look may take: somebody is waiting for it."""
SEALED = {"table": "warehouses", "column": "address"}
CHANGEABLE = {"name", "address", "sql", "table", "mapping", "seconds", "most_gone_percent", "interval_hours", "state"}


async def list_warehouses(app: App, actor: Actor) -> tuple[WarehouseView, ...]:
    """All of them by name, each with its last pull."""
    actor.require(Permission.ADMIN)
    async with app.database.read() as session:
        rows = list(await session.scalars(sa.select(Warehouse).order_by(Warehouse.name)))
        return tuple([warehouse_view(row, await _last(session, row.id)) for row in rows])


async def get(app: App, actor: Actor, warehouse_id: str) -> WarehouseView:
    """One warehouse with its last pull, or NotFound."""
    actor.require(Permission.ADMIN)
    async with app.database.read() as session:
        row = await warehouses.load(session, warehouse_id)
        return warehouse_view(row, await _last(session, row.id))


async def add(app: App, actor: Actor, draft: WarehouseDraft) -> WarehouseView:
    """The warehouse is kept, not yet pulled; Invalid or NAME_TAKEN when it cannot be."""
    actor.require(Permission.ADMIN)
    checked(draft)
    row = Warehouse(id=new_id(), kind=draft.kind, created_by=actor.name, created_at=app.now(), next_pull_at=None)
    _fill(app, row, draft)
    async with app.database.write() as session:
        session.add(row)
        await _named(session, draft.name)
        audit.record(session, actor, "warehouse.add", on=_thing(row.id), at=app.now(), **_told(row))
    return warehouse_view(row, None)


async def change(app: App, actor: Actor, warehouse_id: str, **wanted: Any) -> WarehouseView:
    """It is as wanted; what is None stays, so the address is given again only to be another."""
    actor.require(Permission.ADMIN)
    wanted = _changes(wanted)
    async with app.database.write() as session:
        row = await warehouses.load(session, warehouse_id)
        draft = replace(_draft_of(app, row), **wanted)
        checked(draft)
        _fill(app, row, draft)
        await _named(session, draft.name)
        audit.record(
            session, actor, "warehouse.change", on=_thing(row.id), at=app.now(), changed=sorted(wanted), **_told(row)
        )
        last = await _last(session, row.id)
    return warehouse_view(row, last)


async def held(app: App, actor: Actor) -> dict[str, int]:
    """How many profiles each warehouse gave the last time, by its id; one that never gave any is left out."""
    actor.require(Permission.ADMIN)
    return await asyncio.to_thread(given_by, app.source.folder)


async def delete(app: App, actor: Actor, warehouse_id: str, *, delete_profiles: bool = False) -> Left:
    """There is no such warehouse any more. None of its profiles left with it unless that is wanted.

    The tables of its states are dropped first: if it breaks off there, it can be deleted again, and a pull without them
    reads everything.
    """
    actor.require(Permission.ADMIN)
    async with app.database.read() as session:
        row = await _idle(session, warehouse_id)
    states = await _leave_states(app, row)
    async with app.database.write() as session:
        row = await _idle(session, warehouse_id)
        audit.record(
            session,
            actor,
            "warehouse.delete",
            on=_thing(row.id),
            at=app.now(),
            delete_profiles=delete_profiles,
            tables=states.told,
            **_told(row),
        )
        await session.delete(row)
    profiles = await asyncio.to_thread(
        forget, app.source.folder, warehouse_id, delete_profiles=delete_profiles, bounds=app.source.bounds
    )
    return Left(profiles, states)


async def test(app: App, actor: Actor, warehouse_id: str) -> Tested:
    """What answers, and how many rows are expected; Unreadable with the way out when nothing does."""
    actor.require(Permission.ADMIN)
    async with app.database.read() as session:
        row = await warehouses.load(session, warehouse_id)
    draft = _draft_of(app, row)
    return await asyncio.to_thread(tested, checked(draft), _access(app, draft), row.sql)


async def look(app: App, actor: Actor, what: str | WarehouseDraft, **wanted: Any) -> Look:
    """The columns with their guessed fields and a few masked rows, of a warehouse by its id, or of a mere draft.

    One by its id is looked at as `change` would make it; nothing of that is kept.
    """
    actor.require(Permission.ADMIN)
    if isinstance(what, str):
        async with app.database.read() as session:
            what = _draft_of(app, await warehouses.load(session, what))
    what = replace(what, **_changes(wanted))
    kind = checked(what)
    sql = statement_of(what, kind)
    return await asyncio.to_thread(looked, kind, _access(app, what), sql, what.mapping)


async def _idle(session: AsyncSession, warehouse_id: str) -> Warehouse:
    """The warehouse, of which no pull is under way; Conflict otherwise."""
    row = await warehouses.load(session, warehouse_id)
    if await warehouses.unfinished(session, row.id):
        raise Conflict("A pull of this warehouse is under way.", "Cancel it first.", code="PULL_IN_PROGRESS")
    return row


async def _leave_states(app: App, row: Warehouse) -> States:
    if not row.state:
        return States()
    return await asyncio.to_thread(leave_states, row.kind, row.state, row.id, lambda: _access(app, _draft_of(app, row)))


def _changes(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be different. A table takes the place of SQL that is not given anew."""
    changes = {name: value for name, value in wanted.items() if value is not None}
    if unknown := set(changes) - CHANGEABLE:
        raise Invalid(f"A warehouse's {', '.join(sorted(unknown))} cannot be changed.", "Add another warehouse.")
    return {"sql": "", **changes} if "table" in changes else changes


def _access(app: App, draft: WarehouseDraft) -> Access:
    settings = app.settings
    folder = Path(settings.warehouse_dir) if settings.warehouse_dir else None
    work = settings.profiles_dir / "work"
    return Access(draft.address, min(draft.seconds, LOOK_SECONDS), work, folder, settings.memory_limit_mb)


def _fill(app: App, row: Warehouse, draft: WarehouseDraft) -> None:
    """The row is as the draft has it; the first pull of a new schedule is due at once."""
    kind, now = checked(draft), app.now()
    if draft.interval_hours != row.interval_hours or draft.interval_hours == 0:
        row.next_pull_at = now if draft.interval_hours else None
    row.name, row.sql, row.mapping = draft.name.strip(), statement_of(draft, kind), dict(draft.mapping)
    row.shown = kind.shown(draft.address)
    row.address = app.vault.seal(draft.address.strip(), row=row.id, **SEALED)
    row.seconds, row.most_gone_percent = draft.seconds, draft.most_gone_percent
    row.interval_hours, row.updated_at = draft.interval_hours, now
    row.state = draft.state.strip()


def _draft_of(app: App, row: Warehouse) -> WarehouseDraft:
    address = app.vault.open(row.address, row=row.id, **SEALED)
    return WarehouseDraft(
        name=row.name,
        kind=row.kind,
        address=address,
        sql=row.sql,
        mapping=row.mapping,
        seconds=row.seconds,
        most_gone_percent=row.most_gone_percent,
        interval_hours=row.interval_hours,
        state=row.state,
    )


async def _named(session: AsyncSession, name: str) -> None:
    try:
        await session.flush()
    except IntegrityError:
        raise Conflict(f"There is a warehouse {name!r} already.", "Choose another name.", code="NAME_TAKEN") from None


async def _last(session: AsyncSession, warehouse_id: str) -> Pull | None:
    newest = sa.select(Pull).where(Pull.warehouse_id == warehouse_id).order_by(Pull.created_at.desc()).limit(1)
    return await session.scalar(newest)


def _thing(warehouse_id: str) -> audit.Thing:
    return audit.Thing("warehouse", warehouse_id)


def _told(row: Warehouse) -> Mapping[str, object]:
    return {"name": row.name, "kind": row.kind, "address": row.shown, "interval_hours": row.interval_hours}
