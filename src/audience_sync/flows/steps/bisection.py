"""One bad row never fails its neighbours: a batch that is refused is halved until the bad row is found."""

from dataclasses import replace

from audience_sync.connectors.http import Api
from audience_sync.connectors.protocol import Connector
from audience_sync.errors import Rejected
from audience_sync.model.platforms import Action, Batch, Receipt, Target

MOST_REQUESTS = 120
"""Requests that one batch may cost; what is still refused then is rejected as a whole."""


async def upload_piecewise(connector: Connector, api: Api, target: Target, batch: Batch) -> tuple[Receipt, int]:
    """The receipt of what was accepted, and the number of rows that never will be.

    Rejected when nothing at all was accepted, when the refusal is not about rows, and for a replace, whose session
    cannot be cut.
    """
    try:
        return await connector.upload(api, target, batch), 0
    except Rejected as refusal:
        if batch.action is Action.REPLACE or batch.rows.num_rows <= 1 or not refusal.details.get("about_rows"):
            raise
        return await _halves(connector, api, target, batch)


async def _halves(connector: Connector, api: Api, target: Target, batch: Batch) -> tuple[Receipt, int]:
    pending, receipts, rejected, requests = _halved(batch), [], 0, 0
    last: Rejected | None = None
    while pending:
        piece = pending.pop()
        if requests >= MOST_REQUESTS:
            rejected += piece.rows.num_rows
            continue
        requests += 1
        try:
            receipts.append(await connector.upload(api, target, piece))
        except Rejected as refusal:
            last = refusal
            if piece.rows.num_rows > 1:
                pending += _halved(piece)
            else:
                rejected += 1
    if not receipts and last is not None:
        raise last
    return _joined(receipts), rejected


def _halved(batch: Batch) -> list[Batch]:
    """Two halves, in the order of their rows."""
    middle = batch.rows.num_rows // 2
    halves = (batch.rows.slice(0, middle), batch.rows.slice(middle))
    return [replace(batch, rows=rows, made=None, total_rows=rows.num_rows) for rows in halves if rows.num_rows]


def _joined(receipts: list[Receipt]) -> Receipt:
    def total(counts: list[int | None]) -> int | None:
        return sum(count for count in counts if count is not None) if any(c is not None for c in counts) else None

    return Receipt(
        received=total([receipt.received for receipt in receipts]),
        invalid=total([receipt.invalid for receipt in receipts]),
        settled=all(receipt.settled for receipt in receipts),
        reference=receipts[-1].reference,
        samples=tuple(sample for receipt in receipts for sample in receipt.samples)[:100],
    )
