"""A failure that a platform tells only after the run: what the run sent is sent again, what it removed is in doubt."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.flows.steps.freezing import place_of
from audience_sync.ledger.doubting import doubted
from audience_sync.ledger.manifest import Manifest
from audience_sync.model.platforms import Facts
from audience_sync.store import runs
from audience_sync.store.audiences import Audience, BatchRow, Run

WITHIN = timedelta(days=3)
"""How long after a run its platform may tell that it did not apply it; TikTok's figures settle within 48 hours."""


async def take_back(app: App, audience_id: str, facts: Facts) -> None:
    """The run that the failure is about is partial, the next one sends everybody, and nothing it removed is forgotten.

    It is the newest that had begun before and had sent something: what failed is its own, or was sent before and might
    be. One that is partial already is left as it is. While a run is under way nothing happens; the platform is asked
    again later.
    """
    if not facts.failure or facts.failed_at is None:
        return
    async with app.database.read() as session:
        seen = await session.get_one(Audience, audience_id)
        run = await _about(session, audience_id, facts.failed_at)
        busy = await runs.unfinished(session, audience_id)
        plans = await recent_plans(session, audience_id, app.now())
    if run is None or busy:
        return
    manifest = await _doubted(app, seen, plans)
    async with app.database.write() as session:
        row = await session.get_one(Audience, audience_id, with_for_update=True)
        if row.version != seen.version or await runs.unfinished(session, audience_id):
            return
        row.send_all, row.ledger, row.version = True, manifest.to_json(), row.version + 1
        name = app.connector(row.platform).card.name
        await runs.change(session, run.id, status="partial", error=_told(name, facts))


async def recent_plans(session: AsyncSession, audience_id: str, now: datetime) -> Sequence[str]:
    """Plans of runs that may still turn out to have failed, newest first: their files are needed then."""
    ended = sa.select(Run.plan_id).where(Run.audience_id == audience_id, Run.ended_at > now - WITHIN)
    return [plan for plan in await session.scalars(ended.order_by(Run.number.desc())) if plan]


async def _about(session: AsyncSession, audience_id: str, failed_at: datetime) -> Run | None:
    has_sent = sa.exists().where(BatchRow.run_id == Run.id, BatchRow.attempts > 0)
    before = sa.select(Run).where(Run.audience_id == audience_id, Run.started_at < failed_at, has_sent)
    run = await session.scalar(before.order_by(Run.number.desc()).limit(1))
    return run if run is not None and run.status == "completed" else None


async def _doubted(app: App, audience: Audience, plans: Sequence[str]) -> Manifest:
    """The ledger in which nothing that was removed lately is gone for certain."""
    manifest = Manifest.from_json(audience.ledger)
    places = [place_of(app, audience.id, plan) for plan in plans]
    if not places:
        return manifest
    naming = [column.name for column in app.connector(audience.platform).card.naming]
    files = [place.files for place in places]
    return await asyncio.to_thread(partial(doubted, manifest, files, naming=naming, bounds=places[0].bounds))


def _told(platform: str, facts: Facts) -> dict[str, object]:
    return {
        "code": "LATE_FAILURE",
        "message": f"{platform} took everything in and failed to apply some of it later. It says: {facts.failure}",
        "hint": "The next sync sends everybody again, and removes again who was removed lately.",
        "details": {"failed_at": facts.failed_at.isoformat() if facts.failed_at else ""},
    }
