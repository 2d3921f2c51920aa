"""Rows of batches: written down before they leave, and once more when they are answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.store.audiences import BatchRow, Run

AS_IT_IS = {"synchronize_session": False}
"""The rows that somebody holds in memory stay as they were read."""


@dataclass(frozen=True, slots=True)
class Side:
    """The batches of a run that have one action: number of the last, rows in all."""

    last: int
    rows: int


async def under_way(session: AsyncSession, run_id: str, places: Sequence[int]) -> Sequence[BatchRow]:
    """The run's batches at these places, which lie side by side in their order (1 is the first), for us alone.

    Whoever else believes to have them must wait until this transaction has ended.
    """
    mine = sa.select(BatchRow).where(BatchRow.run_id == run_id).order_by(BatchRow.number)
    return (await session.scalars(mine.offset(places[0] - 1).limit(len(places)).with_for_update())).all()


async def sides(session: AsyncSession, run_id: str) -> tuple[Mapping[str, Side], datetime | None]:
    """By action what the platform is told of its batches, and when the run first sent any."""
    counts = sa.func.max(BatchRow.number), sa.func.sum(BatchRow.rows), sa.func.min(BatchRow.sent_at)
    grouped = sa.select(BatchRow.action, *counts).where(BatchRow.run_id == run_id).group_by(BatchRow.action)
    found = (await session.execute(grouped)).all()
    begun = min((sent_at for *_, sent_at in found if sent_at), default=None)
    return {action: Side(last, rows) for action, last, rows, _ in found}, begun


async def goes_on(session: AsyncSession, run_id: str) -> bool:
    """The run has moved on, unless somebody asked for it to be cancelled."""
    moved = sa.update(Run).where(Run.id == run_id, ~Run.cancel_requested).values(starts=1)
    return await _changed(session, moved)


async def doubt(session: AsyncSession, batch: BatchRow, receipt: Mapping[str, object], *, now: datetime) -> None:
    """The batch is on its way once more, for all that is known."""
    values = {"status": "sending", "sent_at": now, "attempts": batch.attempts + 1, "receipt": receipt}
    await _changed(session, _row(batch).values(values))


async def answer(session: AsyncSession, batch: BatchRow, attempt: int, **values: object) -> bool:
    """What became of that attempt is on the batch's row; False where another attempt has begun since."""
    same = _row(batch).where(BatchRow.attempts == attempt, BatchRow.status == "sending").values(values)
    return await _changed(session, same)


def _row(batch: BatchRow) -> sa.Update:
    return sa.update(BatchRow).where(BatchRow.run_id == batch.run_id, BatchRow.number == batch.number)


async def _changed(session: AsyncSession, change: sa.Update) -> bool:
    """Whether there was a row to change."""
    done = await session.execute(change, execution_options=AS_IT_IS)
    return cast("sa.CursorResult[Any]", done).rowcount > 0
