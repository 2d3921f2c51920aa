"""Rows that audience pages are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.errors import NotFound
from audience_sync.store.audiences import UNFINISHED, Audience, Run, Segment
from audience_sync.store.platforms import AdAccount, Connection


@dataclass(frozen=True, slots=True)
class AudienceRows:
    """An audience with what it hangs on."""

    audience: Audience
    segment: Segment
    account: AdAccount
    connection: Connection


async def load_audience(session: AsyncSession, audience_id: str) -> AudienceRows:
    """The audience, or NotFound when there is none or it was deleted."""
    row = (
        await session.execute(
            sa.select(Audience, Segment, AdAccount, Connection)
            .join(Segment, Segment.id == Audience.segment_id)
            .join(AdAccount, AdAccount.id == Audience.ad_account_id)
            .join(Connection, Connection.id == AdAccount.connection_id)
            .where(Audience.id == audience_id, Audience.state != "deleted")
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such audience.", "GET /audiences lists them.")
    return AudienceRows(*row)


async def newest_runs(session: AsyncSession, audience_ids: Sequence[str]) -> dict[str, tuple[Run | None, str]]:
    """Per audience its newest run that ended, and the id of the one under way ("" when none is)."""
    mine = Run.audience_id.in_(audience_ids)
    newest = (
        sa.select(Run.audience_id, sa.func.max(Run.number))
        .where(mine, Run.ended_at.is_not(None))
        .group_by(Run.audience_id)
    )
    ended = await session.scalars(sa.select(Run).where(sa.tuple_(Run.audience_id, Run.number).in_(newest)))
    last = {run.audience_id: run for run in ended}
    running = {
        run.audience_id: run.id for run in await session.scalars(sa.select(Run).where(mine, Run.status.in_(UNFINISHED)))
    }
    return {each: (last.get(each), running.get(each, "")) for each in audience_ids}
