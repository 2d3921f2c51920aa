"""Rows of batches: written down before they leave, and once more when they are answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.store.audiences import BatchRow, Run
from audience_sync.store.prepared import Prepared

ROWS, RUNS = cast("sa.Table", BatchRow.__table__), cast("sa.Table", Run.__table__)
ROW = sa.update(ROWS).where(ROWS.c.run_id == sa.bindparam("run"), ROWS.c.number == sa.bindparam("place"))
GOING_ON = sa.and_(RUNS.c.id == sa.bindparam("run"), ~RUNS.c.cancel_requested)
MOVE = Prepared(sa.update(RUNS).where(GOING_ON).values(starts=1))
DOUBT = Prepared(
    ROW.where(sa.exists().where(GOING_ON)).values(
        {name: sa.bindparam(name) for name in ("status", "sent_at", "attempts", "receipt")}
    )
)
ANSWER = Prepared(
    ROW.where(ROWS.c.attempts == sa.bindparam("attempt"), ROWS.c.status == "sending").values(
        {name: sa.bindparam(name) for name in ("status", "answered_at", "error", "receipt")}
    )
)


@dataclass(frozen=True, slots=True)
class Side:
    """The batches of a run that have one action: number of the last, rows in all."""

    last: int
    rows: int


async def actions(session: AsyncSession, run_id: str) -> Sequence[str]:
    """What each of the run's batches does, in their order."""
    mine = sa.select(BatchRow.action).where(BatchRow.run_id == run_id)
    return (await session.scalars(mine.order_by(BatchRow.number))).all()


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
    # PostgreSQL adds up large integers to a decimal, which no request can carry.
    return {action: Side(last, int(rows)) for action, last, rows, _ in found}, begun


def goes_on(connection: sa.Connection, run_id: str) -> bool:
    """The run has moved on, unless somebody asked for it to be cancelled."""
    return MOVE.changed(connection, {"run": run_id}) > 0


def doubt(connection: sa.Connection, batch: BatchRow, receipt: Mapping[str, object], *, now: datetime) -> bool:
    """The batch is on its way once more, for all that is known; False where its run is to be cancelled."""
    values = {"status": "sending", "sent_at": now, "attempts": batch.attempts + 1, "receipt": receipt}
    return DOUBT.changed(connection, {"run": batch.run_id, "place": batch.number, **values}) > 0


def answer(connection: sa.Connection, batch: BatchRow, attempt: int, **values: object) -> bool:
    """What became of that attempt is on the batch's row; False where another attempt has begun since."""
    row = {"run": batch.run_id, "place": batch.number, "attempt": attempt}
    return ANSWER.changed(connection, {**row, **values}) > 0


def references(connection: sa.Connection, batch: BatchRow) -> tuple[str, ...]:
    """Under which names the platform knows the others of the run that have the batch's action, in their order."""
    others = ROWS.c.run_id == batch.run_id, ROWS.c.action == batch.action, ROWS.c.number != batch.number
    receipts = connection.scalars(sa.select(ROWS.c.receipt).where(*others).order_by(ROWS.c.number))
    return tuple(str(receipt.get("reference", "")) for receipt in receipts)
