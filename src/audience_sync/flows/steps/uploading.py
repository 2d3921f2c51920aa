"""Third step, once per batch: in doubt, sent, settled. A batch interrupted in between is unknown, not unsent."""

import asyncio
from dataclasses import dataclass

import pyarrow as pa

from audience_sync.app import App
from audience_sync.errors import PlatformError, Rejected, TooSmall
from audience_sync.flows.steps.bisection import upload_piecewise
from audience_sync.flows.steps.freezing import columns_of, place_of
from audience_sync.flows.steps.outcome import Outcome, described
from audience_sync.ledger.outbox import rows_of
from audience_sync.model.plans import Slice
from audience_sync.model.platforms import Action, Batch, Receipt, Target
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


async def upload(app: App, run_id: str, number: int) -> str:
    """The batch is settled or rejected, with its receipt; or the run stops before it."""
    sending = await _doubt(app, run_id, number)
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
    await _settle(app, sending, status="accepted", receipt=receipt, rejected=rejected)
    return Outcome.GO


async def _doubt(app: App, run_id: str, number: int) -> Sending | Outcome:
    """The batch is written down as being on its way, before anything leaves the house."""
    async with app.database.write() as session:
        rows = await runs.load(session, run_id)
        batches = await runs.batches(session, run_id)
        batch = batches[number - 1]
        if batch.status in SENT:
            return Outcome.GO
        if rows.run.cancel_requested:
            return Outcome.STOP
        batch.status, batch.sent_at = "sending", app.now()
        batch.attempts += 1
        rows.run.starts = 1
    same = [each for each in batches if each.action == batch.action]
    return Sending(rows, batch, last=batch is same[-1], total_rows=sum(each.rows for each in same))


async def _send(app: App, sending: Sending) -> tuple[Receipt, int]:
    """The platform's answer, and the number of rows that it will never accept."""
    rows, stored = sending.rows, sending.batch
    batch = Batch(
        number=stored.number,
        action=Action(stored.action),
        rows=await asyncio.to_thread(_outbox, app, sending),
        session=rows.run.session,
        sequence=stored.sequence,
        last=sending.last,
        total_rows=sending.total_rows,
        attempt=stored.attempts,
    )
    target = Target(rows.account.remote_id, rows.audience.remote_id)
    api = app.api_of(rows.connection, rows.account)
    return await upload_piecewise(app.connector(rows.audience.platform), api, target, batch)


def _outbox(app: App, sending: Sending) -> pa.Table:
    rows, batch = sending.rows, sending.batch
    if rows.plan is None:
        raise ValueError("A run that uploads has a plan.")
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
