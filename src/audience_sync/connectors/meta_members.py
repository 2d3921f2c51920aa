"""Members of a Meta audience: added, removed or replaced, one prepared request per batch."""

import json
import secrets
from dataclasses import dataclass, replace

import pyarrow as pa

from audience_sync.connectors.faults import Subject, redact
from audience_sync.connectors.http import Api
from audience_sync.connectors.meta_wire import CARD
from audience_sync.connectors.rows import Rows, json_rows
from audience_sync.connectors.wire import Call, JsonObject
from audience_sync.errors import Rejected, SessionLost
from audience_sync.model.platforms import Action, Batch, Receipt, Target

FIRST = 1
LATER = 1_000_000
"""Above every number that a batch has by itself: after the first batch Meta takes numbers in any order."""
REPLACING = 414
REPLACE_FAILED = 415
FINISHED = "META_REPLACE_FINISHED"
LARGEST_SESSION = 2**62 - 1
EDGES = {
    Action.ADD: ("POST", "users"),
    Action.REMOVE: ("DELETE", "users"),
    Action.REPLACE: ("POST", "usersreplace"),
}


@dataclass(frozen=True, slots=True)
class Payload:
    """Rows ready to travel, and the names of their columns."""

    schema: tuple[str, ...]
    rows: Rows

    @property
    def count(self) -> int:
        return self.rows.count


def about(target: Target) -> Subject:
    """The audience, for the rate limit and for people."""
    return Subject(account=target.account.removeprefix("act_"), audience=target.remote_id)


def prepare(_action: Action, rows: pa.Table) -> Payload:
    """The rows in the columns that the card knows and the batch has, in the card's order."""
    there = set(rows.column_names)
    columns = [column for column in CARD.known_columns if column.name in there]
    return Payload(tuple(column.wire for column in columns), json_rows(rows, columns))


async def upload(api: Api, target: Target, batch: Batch) -> Receipt:
    """Meta has received the batch's rows. Those of a replace count once its session has ended well: see `check`."""
    payload = batch.made if isinstance(batch.made, Payload) else prepare(batch.action, batch.rows)
    if batch.action is Action.REPLACE:
        return await _replace(api, target, batch, payload)
    if payload.count == 0:
        return Receipt(received=0, invalid=0)
    answer = await api.send(_call(target, batch, payload, _own_session(payload)))
    return Receipt(
        # A repeated request is counted twice by Meta.
        received=min(int(answer.get("num_received", payload.count)), payload.count),
        invalid=min(int(answer.get("num_invalid_entries", 0)), payload.count),
        reference=str(answer.get("session_id", "")),
        samples=_reasons(answer),
    )


async def _replace(api: Api, target: Target, batch: Batch, payload: Payload) -> Receipt:
    if payload.count == 0:
        raise Rejected(
            f"Meta does not replace the members of {about(target)} by nobody.",
            "Remove its members or delete the audience instead.",
            code="META_REPLACE_EMPTY",
        )
    call = _call(target, batch, payload, _replace_session(batch, await _free_number(api, target, batch)))
    receipt = Receipt(received=payload.count, settled=False, reference=str(batch.session))
    try:
        answer = await api.send(replace(call, repeatable=batch.sequence != FIRST))
    except SessionLost as lost:
        # Only the last batch ends a session, so this is the last batch again: its first answer was lost.
        if batch.last and lost.code == FINISHED:
            return receipt
        raise
    # Meta counts over the whole session: its total is told once, with the last batch.
    invalid = int(answer.get("num_invalid_entries", 0)) if batch.last else None
    return replace(receipt, invalid=invalid, samples=_reasons(answer))


async def _free_number(api: Api, target: Target, batch: Batch) -> int:
    """The batch's number in its replace session. Number 1 starts it, exactly once.

    When the answer to the first batch was lost, the audience's status tells whether the session did start; then the
    rows travel again under a later number.
    """
    if batch.sequence != FIRST or batch.attempt == 1:
        return batch.sequence
    started = await operation_status(api, target) == REPLACING
    return LATER + batch.attempt if started else FIRST


async def check(api: Api, target: Target, receipt: Receipt) -> Receipt:
    """The receipt, settled when the replace has ended well; SessionLost when it has not."""
    if receipt.settled:
        return receipt
    status = await operation_status(api, target)
    if status == REPLACE_FAILED:
        raise SessionLost(
            f"The replace of {about(target)} did not complete on Meta.",
            "It starts again by itself from its first batch.",
            code="META_REPLACE_INCOMPLETE",
        )
    return replace(receipt, settled=status != REPLACING)


async def operation_status(api: Api, target: Target) -> int:
    """Meta's number for what the audience is doing; 0 when it does not say."""
    found = await api.get(target.remote_id, about(target), fields="operation_status")
    return int((found.get("operation_status") or {}).get("code", 0))


def _call(target: Target, batch: Batch, payload: Payload, session: JsonObject) -> Call:
    """One request. The schema is a list even for one column: Meta refuses audiences that mix both forms."""
    method, edge = EDGES[batch.action]
    head = json.dumps({"session": session, "payload": {"schema": payload.schema}}, separators=(",", ":"))
    body = b"".join((head.removesuffix("}}").encode(), b',"data":', *payload.rows.pieces, b"}}"))
    return Call(method, f"{target.remote_id}/{edge}", body=body, about=about(target))


def _own_session(payload: Payload) -> JsonObject:
    """A session of this request alone, repeated with it.

    Meta silently drops what arrives in a session after 90 minutes, and a run may take longer or resume a day later. The
    number is to be unique in the ad account, so it is drawn: not from the batch, which may be cut in two.
    """
    number = secrets.randbelow(LARGEST_SESSION) + 1
    return {"session_id": number, "batch_seq": FIRST, "last_batch_flag": True, "estimated_num_total": payload.count}


def _replace_session(batch: Batch, number: int) -> JsonObject:
    return {
        "session_id": batch.session,
        "batch_seq": number,
        "last_batch_flag": batch.last,
        "estimated_num_total": batch.total_rows,
    }


def _reasons(answer: JsonObject) -> tuple[str, ...]:
    """Why Meta could not read some cells, without the cells; it says `{}` or `[]` when there were none."""
    samples = answer.get("invalid_entry_samples")
    return tuple(sorted({redact(str(reason)) for reason in samples.values()})) if isinstance(samples, dict) else ()
