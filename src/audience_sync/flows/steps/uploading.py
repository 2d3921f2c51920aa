"""Third step, once per batch: in doubt, sent, settled. A batch interrupted in between is unknown, not unsent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from audience_sync.app import App
from audience_sync.errors import PlatformError, Rejected, TooSmall
from audience_sync.flows.naming import told_platform
from audience_sync.flows.steps.bisection import upload_piecewise
from audience_sync.flows.steps.certainty import is_whole
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
    """Each of these batches is settled or rejected, or the run stops; they travel side by side."""
    ends = await asyncio.gather(*(upload(app, run_id, place) for place in places), return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return Outcome.STOP if Outcome.STOP in ends else Outcome.GO


async def upload(app: App, run_id: str, place: int) -> str:
    """The batch is settled or rejected, with its receipt; or the run stops before it."""
    sending = await _doubt(app, run_id, place)
    if isinstance(sending, Outcome):
        return sending
    try:
        receipt, rejected = await _send(app, sending)
    except (Rejected, TooSmall) as problem:
        if sending.batch.action == Action.REPLACE:
            raise  # A replace that lacks a batch would remove people who belong there.
        await _settle(app, sending, status="rejected", error=described(problem))
        return Outcome.GO
    except PlatformError:
        await _settle(app, sending, status="unknown")
        raise
    if receipt.remote_id:
        await keep_remote(app, sending.rows.audience.id, receipt.remote_id)
    await _settle(app, sending, status="accepted", receipt=receipt, rejected=rejected)
    return Outcome.GO


async def _doubt(app: App, run_id: str, place: int) -> Sending | Outcome:
    """The batch is written down as being on its way, before anything leaves the house."""
    async with app.database.write() as session:
        rows = await runs.load(session, run_id)
        batches = await runs.batches(session, run_id)
        batch = batches[place - 1]
        if batch.status in SENT:
            return Outcome.GO
        if rows.run.cancel_requested:
            return Outcome.STOP
        if batch.action == Action.CLEAR and not is_whole(batches):
            return Outcome.GO  # What is older may belong there: a batch that would have renewed it has failed.
        batch.status, batch.sent_at = "sending", app.now()
        batch.attempts += 1
        rows.run.starts = 1
    same = [each for each in batches if each.action == batch.action]
    last = batch is same[-1]
    return Sending(
        rows,
        batch,
        last=last,
        total_rows=sum(each.rows for each in same),
        begun_at=min(each.sent_at for each in batches if each.sent_at),
        references=tuple(str(each.receipt.get("reference", "")) for each in same[:-1]) if last else (),
    )


async def _send(app: App, sending: Sending) -> tuple[Receipt, int]:
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
    return await upload_piecewise(connector, app.api_of(rows.connection, rows.account), rows.target, batch)


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
    receipt: Receipt | None = None,
    rejected: int = 0,
    error: dict[str, object] | None = None,
) -> None:
    """What became of the batch is on its row."""
    async with app.database.write() as session:
        batch = await session.get_one(BatchRow, (sending.batch.run_id, sending.batch.number))
        batch.status, batch.answered_at, batch.error = status, app.now(), error or {}
        if receipt is not None:
            batch.receipt = {
                "received": receipt.received,
                "invalid": receipt.invalid,
                "settled": receipt.settled,
                "reference": receipt.reference,
                "samples": list(receipt.samples),
                "rejected": rejected,
            }
