"""Third step, once per batch: in doubt, sent, settled. A batch interrupted in between is unknown, not unsent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.connectors.http import Api
from audience_sync.errors import PlatformError, Rejected, TooSmall
from audience_sync.flows.naming import told_platform
from audience_sync.flows.steps.bisection import upload_piecewise
from audience_sync.flows.steps.certainty import UNANSWERED, is_whole, may_be_worked_off, was_lost_on_the_way
from audience_sync.flows.steps.freezing import columns_of, place_of
from audience_sync.flows.steps.opening import keep_remote, note_create
from audience_sync.flows.steps.outcome import Outcome, described
from audience_sync.ledger.outbox import rows_of
from audience_sync.model.plans import Slice
from audience_sync.model.platforms import Action, Batch, Receipt
from audience_sync.store import runs
from audience_sync.store.audiences import BatchRow
from audience_sync.store.runs import RunRows

SENT = ("accepted", "settled", "rejected")


@dataclass(frozen=True, slots=True)
class Sending:
    """One batch on its way, with the totals of its action that the platform is told."""

    rows: RunRows
    batch: BatchRow
    last: bool
    total_rows: int
    begun_at: datetime
    references: tuple[str, ...]


async def upload_window(app: App, run_id: str, places: Sequence[int]) -> str:
    """Each of these batches is settled or rejected, or the run stops before them; they travel side by side."""
    sendings = await _doubt(app, run_id, places)
    if isinstance(sendings, Outcome):
        return sendings
    ends = await asyncio.gather(*(_upload(app, sending) for sending in sendings), return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return Outcome.GO


async def _upload(app: App, sending: Sending) -> None:
    """The batch is settled or rejected, with its receipt."""
    api = app.api_of(sending.rows.connection, sending.rows.account)
    try:
        receipt, rejected = await _send(app, sending, api)
    except (Rejected, TooSmall) as problem:
        if sending.batch.action == Action.REPLACE:
            raise  # A replace that lacks a batch would remove people who belong there.
        await _settle(app, sending, status="rejected", error=described(problem), unheard=may_be_worked_off(api.endings))
        return
    except PlatformError:
        await _settle(app, sending, status="unknown", unheard=may_be_worked_off(api.endings))
        raise
    if receipt.remote_id:
        await keep_remote(app, sending.rows.audience.id, receipt.remote_id)
    answer = _noted(receipt, rejected)
    await _settle(app, sending, status="accepted", answer=answer, unheard=was_lost_on_the_way(api.endings))


async def _doubt(app: App, run_id: str, places: Sequence[int]) -> list[Sending] | Outcome:
    """The batches that still have to travel are written down as being on their way, before anything leaves the house.

    They are written down together: what is known of the run is read once for all of them.
    """
    async with app.database.write() as session:
        rows = await runs.load(session, run_id)
        batches = [batch for batch in await runs.batches_at(session, run_id, places) if batch.status not in SENT]
        if batches and rows.run.cancel_requested:
            return Outcome.STOP
        if any(batch.action == Action.CLEAR for batch in batches) and not is_whole(await runs.batches(session, run_id)):
            return Outcome.GO  # What is older may belong there: a batch that would have renewed it has failed.
        now = app.now()
        for batch in batches:
            if batch.status == "sending":  # A worker died over it.
                batch.receipt = {**batch.receipt, UNANSWERED: True}
            batch.status, batch.sent_at = "sending", now
            batch.attempts += 1
            rows.run.starts = 1
        await session.flush()
        return [await _sending(session, rows, batch, now) for batch in batches]


async def _sending(session: AsyncSession, rows: RunRows, batch: BatchRow, now: datetime) -> Sending:
    side = await runs.side_of(session, batch)
    last = batch.number == side.last
    same = await runs.batches(session, batch.run_id) if last else ()
    earlier = (each for each in same if each.action == batch.action and each.number != batch.number)
    return Sending(
        rows,
        batch,
        last=last,
        total_rows=side.rows,
        begun_at=side.begun_at or now,
        references=tuple(str(each.receipt.get("reference", "")) for each in earlier),
    )


async def _send(app: App, sending: Sending, api: Api) -> tuple[Receipt, int]:
    """The platform's answer, and the number of rows that it will never accept."""
    rows, stored = sending.rows, sending.batch
    connector = app.connector(rows.audience.platform)
    batch = Batch(
        number=stored.number,
        action=Action(stored.action),
        rows=await asyncio.to_thread(_outbox, app, sending),
        session=rows.run.session,
        sequence=stored.sequence,
        last=sending.last,
        total_rows=sending.total_rows,
        attempt=stored.attempts,
        begun_at=sending.begun_at,
        references=sending.references,
        name=told_platform(connector.card, rows.audience, rows.audience.marker).name,
    )
    if not rows.audience.remote_id and batch.last:
        await note_create(app, rows.audience.id)
    return await upload_piecewise(connector, api, rows.target, batch)


def _outbox(app: App, sending: Sending) -> pa.Table:
    rows, batch = sending.rows, sending.batch
    if rows.plan is None:
        raise ValueError("A run that uploads has a plan.")
    if batch.action == Action.CLEAR:
        return pa.table({})
    card = app.connector(rows.audience.platform).card
    chosen = columns_of(app, rows.audience)
    # Keys of a kind that is no longer sent must still be removable.
    names = {column.name for column in card.naming} if batch.action == Action.REMOVE else set(chosen)
    columns = [column for column in card.known_columns if column.name in names]
    files = place_of(app, rows.audience.id, rows.plan.id).files
    return rows_of(files, Slice(batch.number, batch.action, batch.sequence, batch.profiles, batch.rows), columns)


async def _settle(
    app: App,
    sending: Sending,
    *,
    status: str,
    unheard: bool,
    answer: dict[str, object] | None = None,
    error: dict[str, object] | None = None,
) -> None:
    """What became of the batch is on its row."""
    async with app.database.write() as session:
        batch = await session.get_one(BatchRow, (sending.batch.run_id, sending.batch.number))
        batch.status, batch.answered_at, batch.error = status, app.now(), error or {}
        before = dict(batch.receipt)
        kept = {UNANSWERED: True} if unheard or before.get(UNANSWERED) else {}
        batch.receipt = {**(before if answer is None else answer), **kept}


def _noted(receipt: Receipt, rejected: int) -> dict[str, object]:
    """The receipt as a batch keeps it."""
    return {
        "received": receipt.received,
        "invalid": receipt.invalid,
        "settled": receipt.settled,
        "reference": receipt.reference,
        "samples": list(receipt.samples),
        "rejected": rejected,
    }
