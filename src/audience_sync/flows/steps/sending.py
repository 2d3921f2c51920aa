"""One batch on its way: its rows and bodies, its request, and what became of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from audience_sync.app import App
from audience_sync.connectors.http import Api
from audience_sync.errors import PlatformError, Rejected, TooSmall
from audience_sync.flows.naming import told_platform
from audience_sync.flows.steps.bisection import upload_piecewise
from audience_sync.flows.steps.certainty import may_be_worked_off, was_lost_on_the_way
from audience_sync.flows.steps.freezing import columns_of, place_of
from audience_sync.flows.steps.opening import keep_remote, note_create
from audience_sync.flows.steps.outcome import described
from audience_sync.ledger.outbox import rows_of
from audience_sync.model.plans import Slice
from audience_sync.model.platforms import Action, Batch, Receipt
from audience_sync.store.audiences import BatchRow
from audience_sync.store.runs import RunRows


@dataclass(frozen=True, slots=True)
class Content:
    """A batch's rows, and what the connector made of them ahead."""

    rows: pa.Table
    made: object = None


@dataclass(frozen=True, slots=True)
class Sending:
    """One batch that was written down as being on its way, with the totals of its action that the platform is told."""

    rows: RunRows
    batch: BatchRow
    """As it was before that."""
    attempt: int
    receipt: dict[str, object]
    """What its row says of the attempts before."""
    last: bool
    total_rows: int
    begun_at: datetime
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class End:
    """What became of a batch, to be written down. With a `problem` nothing more is sent."""

    sending: Sending
    status: str
    unheard: bool
    answer: dict[str, object] | None = None
    error: dict[str, object] | None = None
    problem: PlatformError | None = None


def maker_of(app: App, rows: RunRows, action: Action) -> Callable[[BatchRow], Content]:
    """What makes a batch that has this action: its rows from the outbox, and its bodies."""
    if rows.plan is None:
        raise ValueError("A run that uploads has a plan.")
    if action is Action.CLEAR:
        return lambda _batch: Content(pa.table({}))
    connector, files = app.connector(rows.audience.platform), place_of(app, rows.audience.id, rows.plan.id).files
    card, chosen = connector.card, set(columns_of(app, rows.audience))
    # Keys of a kind that is no longer sent must still be removable.
    columns = card.naming if action is Action.REMOVE else [each for each in card.known_columns if each.name in chosen]

    def make(batch: BatchRow) -> Content:
        table = rows_of(files, Slice(batch.number, action, batch.sequence, batch.profiles, batch.rows), columns)
        return Content(table, connector.prepare(action, table))

    return make


async def send(app: App, api: Api, sending: Sending, content: Awaitable[Content]) -> End:
    """The batch has been sent, and this became of it. `api` is the batch's own: it counts how its requests end."""
    try:
        receipt, rejected = await _upload(app, api, sending, await content)
    except (Rejected, TooSmall) as problem:
        if sending.batch.action == Action.REPLACE:
            raise  # A replace that lacks a batch would remove people who belong there.
        return End(sending, "rejected", unheard=may_be_worked_off(api.endings), error=described(problem))
    except PlatformError as problem:
        return End(sending, "unknown", unheard=may_be_worked_off(api.endings), problem=problem)
    if receipt.remote_id:
        await keep_remote(app, sending.rows.audience.id, receipt.remote_id)
    return End(sending, "accepted", unheard=was_lost_on_the_way(api.endings), answer=_noted(receipt, rejected))


async def _upload(app: App, api: Api, sending: Sending, content: Content) -> tuple[Receipt, int]:
    """The platform's answer, and the number of rows that it will never accept."""
    rows, stored = sending.rows, sending.batch
    connector = app.connector(rows.audience.platform)
    batch = Batch(
        number=stored.number,
        action=Action(stored.action),
        rows=content.rows,
        session=rows.run.session,
        sequence=stored.sequence,
        last=sending.last,
        total_rows=sending.total_rows,
        attempt=sending.attempt,
        begun_at=sending.begun_at,
        references=sending.references,
        name=told_platform(connector.card, rows.audience, rows.audience.marker).name,
        made=content.made,
    )
    if not rows.audience.remote_id and batch.last:
        await note_create(app, rows.audience.id)
    return await upload_piecewise(connector, api, rows.target, batch)


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
