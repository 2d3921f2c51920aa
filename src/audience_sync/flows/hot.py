"""Profiles and events one by one: kept sealed in the database at once, folded into the built-in store soon after."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from audience_sync.app import App
from audience_sync.errors import Invalid
from audience_sync.flows.hot_rows import event_rows, profile_rows
from audience_sync.flows.profiles import PURPOSE
from audience_sync.model.permissions import Actor, Permission
from audience_sync.sources.builtin import folding
from audience_sync.sources.builtin.arrivals import ArrivalKind, Arrived, Row
from audience_sync.sources.builtin.duck import BLANKS
from audience_sync.sources.builtin.folding import Folded
from audience_sync.store import audit, hot
from audience_sync.store.handles import handle_of, text_of
from audience_sync.store.hot import MOST_ROWS, Arrival

log = structlog.get_logger(__name__)

Given = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Taken:
    """So many rows will be in the store with one of the next folds, whatever happens to this process."""

    accepted: int


@dataclass(frozen=True, slots=True)
class TakenProfile:
    """The profile will be as it was sent. `id` is the handle by which it can be looked at and erased."""

    id: str
    accepted: int = 1


@dataclass(frozen=True, slots=True)
class Pending:
    """Rows that wait to be folded into the store, and since when the oldest does; None while none waits."""

    rows: int
    oldest_at: datetime | None
    oldest_seconds: float | None


async def upsert_profile(app: App, actor: Actor, given: Mapping[str, object]) -> TakenProfile:
    """What the profile's fields say is kept; a field that is not there stays as it is, null clears it."""
    await upsert_profiles(app, actor, [given])
    return TakenProfile(handle_of(app.vault, str(given["profile_id"]).strip(BLANKS), purpose=PURPOSE))


async def upsert_profiles(app: App, actor: Actor, given: Given) -> Taken:
    """The same for several, as if one after the other. All of them or none; Invalid names the place of a fault."""
    actor.require(Permission.ADMIN)
    manifest = await asyncio.to_thread(app.source.folder.manifest)
    return await _keep(app, ArrivalKind.PROFILES, profile_rows(given, frozenset(manifest.expressions)))


async def record_events(app: App, actor: Actor, given: Given) -> Taken:
    """The events are kept. One whose `event_id` is known, or that is like a known one in everything, is that one."""
    actor.require(Permission.ADMIN)
    return await _keep(app, ArrivalKind.EVENTS, event_rows(given))


async def erase_profile(app: App, actor: Actor, handle: str) -> Taken:
    """The profile and its events leave the store with the next fold, and so the platforms with the next syncs."""
    actor.require(Permission.ADMIN)
    profile_id = text_of(app.vault, handle, purpose=PURPOSE)
    async with app.database.write() as session:
        audit.record(session, actor, "profile.erase", on=audit.Thing("profile", handle), at=app.now())
    return await _keep(app, ArrivalKind.ERASURES, [{"profile_id": profile_id}])


async def pending(app: App, actor: Actor) -> Pending:
    """How much waits."""
    actor.require(Permission.READ)
    async with app.database.read() as session:
        found = await hot.waiting(session)
    seconds = (app.now() - found.oldest).total_seconds() if found.oldest else None
    return Pending(found.rows, found.oldest, seconds)


async def fold_now(app: App, actor: Actor) -> list[Folded]:
    """Nothing that had arrived waits any more."""
    actor.require(Permission.ADMIN)
    done = []
    while (await pending(app, actor)).rows:
        done.append(await _fold(app))
    return done


async def fold_due(app: App) -> None:
    """What has waited long enough, or is enough, is in the store."""
    async with app.database.read() as session:
        found = await hot.waiting(session)
    settings = app.settings
    late = found.oldest and found.oldest <= app.now() - timedelta(seconds=settings.fold_seconds)
    if late or found.rows >= settings.fold_rows:
        done = await _fold(app)
        counts = {name: getattr(done, name) for name in ("rows", "created", "updated", "events", "erased", "refused")}
        log.info("arrivals folded", snapshot=done.snapshot, **counts)


async def tidy(app: App) -> None:
    """Snapshots whose time is over are gone, also when nothing new comes in."""
    await asyncio.to_thread(folding.tidy, app.source.folder)


async def _keep(app: App, kind: ArrivalKind, rows: Sequence[Row]) -> Taken:
    if not 0 < len(rows) <= MOST_ROWS:
        raise Invalid(f"A request has 1 to {MOST_ROWS} rows.", "Send them in several requests.")
    arrival = Arrival(kind=kind, rows=len(rows), arrived_at=app.now())
    async with app.database.write() as session:
        await hot.add(session, app.vault, arrival, json.dumps(rows, separators=(",", ":")))
    return Taken(len(rows))


async def _fold(app: App) -> Folded:
    """One fold of at most the setting's rows; they are dropped here once the store has them."""
    loop = asyncio.get_running_loop()

    def read(last: str, name: str) -> list[Arrived]:
        found = asyncio.run_coroutine_threadsafe(_taken(app, last, name), loop).result()
        return [Arrived(each.id, ArrivalKind(each.kind), json.loads(hot.opened(app.vault, each))) for each in found]

    done = await asyncio.to_thread(folding.fold, app.source.folder, read, bounds=app.source.bounds)
    if done.name:
        async with app.database.write() as session:
            await hot.drop(session, done.name)
    return done


async def _taken(app: App, last: str, name: str) -> Sequence[Arrival]:
    """What the store has by its last fold is dropped; what is folded in next is marked, then given."""
    async with app.database.write() as session:
        if last:
            await hot.drop(session, last)
        return await hot.take(session, name, app.settings.fold_rows)
