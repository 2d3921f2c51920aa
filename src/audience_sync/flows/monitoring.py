"""How the installation is, for machines that watch it: ready or not, and counts. Nobody's data, so no actor asks."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.ledger.manifest import Manifest
from audience_sync.store import runs
from audience_sync.store.audiences import Audience, BatchRow, Run
from audience_sync.store.migrate import require_head, revision


@dataclass(frozen=True, slots=True)
class Readiness:
    """The database's migration, and how long the oldest run that could begin has waited; None when none waits."""

    migration: str
    waiting_seconds: float | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, and what they add up to."""

    count: int
    total: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over all that the database knows, by their labels."""

    runs: Mapping[tuple[str, str, str], int]
    """By platform, operation and status."""
    seconds: Mapping[tuple[str, str], Tally]
    """Runs that ended, and their seconds, by platform and operation."""
    batches: Mapping[tuple[str, str], Tally]
    """Batches and their rows, by action and status."""
    owed: Mapping[str, int]
    """Keys in doubt or still to be removed, by platform."""
    held: Mapping[str, int]
    """Profiles that the platform holds by our ledger, by platform."""


async def readiness(app: App) -> Readiness:
    """SetupError unless the database can be read and has this version's tables."""
    await require_head(app.database)
    async with app.database.read() as session:
        waiting = [run.not_before or run.queued_at for run, _ in await runs.due(session, app.now())]
    seconds = (app.now() - min(waiting)).total_seconds() if waiting else None
    return Readiness(await revision(app.database), seconds)


async def figures(app: App) -> Figures:
    """Counts as they are now."""
    async with app.database.read() as session:
        owed, held = await _ledgers(session)
        return Figures(await _runs(session), await _seconds(session), await _batches(session), owed, held)


async def _runs(session: AsyncSession) -> dict[tuple[str, str, str], int]:
    labels = (Audience.platform, Run.operation, Run.status)
    rows = await session.execute(
        sa.select(*labels, sa.func.count()).join(Audience, Audience.id == Run.audience_id).group_by(*labels)
    )
    return {(platform, operation, status): count for platform, operation, status, count in rows}


async def _seconds(session: AsyncSession) -> dict[tuple[str, str], Tally]:
    labels = (Audience.platform, Run.operation)
    lasted = sa.extract("epoch", Run.ended_at) - sa.extract("epoch", Run.started_at)
    rows = await session.execute(
        sa.select(*labels, sa.func.count(), sa.func.sum(lasted))
        .join(Audience, Audience.id == Run.audience_id)
        .where(Run.ended_at.is_not(None), Run.started_at.is_not(None))
        .group_by(*labels)
    )
    return {(platform, operation): Tally(count, float(total)) for platform, operation, count, total in rows}


async def _batches(session: AsyncSession) -> dict[tuple[str, str], Tally]:
    labels = (BatchRow.action, BatchRow.status)
    rows = await session.execute(sa.select(*labels, sa.func.count(), sa.func.sum(BatchRow.rows)).group_by(*labels))
    return {(action, status): Tally(count, float(total)) for action, status, count, total in rows}


async def _ledgers(session: AsyncSession) -> tuple[dict[str, int], dict[str, int]]:
    """Keys owed and profiles held, by platform."""
    rows = await session.execute(sa.select(Audience.platform, Audience.ledger).where(Audience.state != "deleted"))
    owed: dict[str, int] = {}
    held: dict[str, int] = {}
    for platform, stored in rows:
        manifest = Manifest.from_json(stored)
        owed[platform] = owed.get(platform, 0) + manifest.owed
        held[platform] = held.get(platform, 0) + manifest.members
    return owed, held
