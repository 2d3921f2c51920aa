"""Members of a Snapchat segment: added or removed, one request for each kind of key in a batch."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from audience_sync.connectors.faults import Subject
from audience_sync.connectors.http import Api
from audience_sync.connectors.rows import Rows, json_rows
from audience_sync.connectors.snapchat_wire import CARD
from audience_sync.connectors.wire import Call, JsonObject
from audience_sync.errors import Rejected, RetryLater
from audience_sync.model.identifiers import KeyColumn
from audience_sync.model.platforms import Action, Batch, Receipt, Target

METHODS = {Action.ADD: "POST", Action.REMOVE: "DELETE"}
PENDING = "PENDING"
BIRTH_SECONDS = 15.0
YOUNG = timedelta(minutes=10)
"""After this age a segment that is still pending is no reason for a refusal; Snapchat does not say how long it is."""


def about(target: Target) -> Subject:
    return Subject(account=target.account, audience=target.remote_id)


@dataclass(frozen=True, slots=True)
class Payload:
    """The keys of each kind, each once."""

    kinds: tuple[tuple[KeyColumn, Rows], ...]


def prepare(_action: Action, rows: pa.Table) -> Payload:
    """The kinds that the batch has, in the card's order."""
    there = set(rows.column_names)
    columns = [column for column in CARD.known_columns if column.name in there]
    once = ((column, pa.table({column.name: pc.unique(rows[column.name])})) for column in columns)
    return Payload(tuple((column, json_rows(keys, [column])) for column, keys in once))


async def upload(api: Api, target: Target, batch: Batch) -> Receipt:
    """Snapchat has received the batch's keys, each once. It counts keys, not people."""
    payload = batch.made if isinstance(batch.made, Payload) else prepare(batch.action, batch.rows)
    total = Receipt(received=0, invalid=0)
    for column, rows in payload.kinds:
        total = _sum(total, await _send(api, target, batch.action, column, rows))
    return total


async def check(api: Api, target: Target, receipt: Receipt) -> Receipt:
    """The receipt: what Snapchat has received it also applies."""
    return receipt


async def segment(api: Api, target: Target) -> JsonObject:
    """The segment as Snapchat shows it."""
    found = await api.get(f"segments/{target.remote_id}", about(target))
    return dict(found["segments"][0]["segment"])


async def _send(api: Api, target: Target, action: Action, column: KeyColumn, rows: Rows) -> Receipt:
    if rows.count == 0:
        return Receipt(received=0, invalid=0)
    # Snapchat takes one kind of key per request; a second entry in the schema is refused.
    head = json.dumps({"users": [{"schema": [column.wire]}]}, separators=(",", ":"))
    body = b"".join((head.removesuffix("}]}").encode(), b',"data":', *rows.pieces, b"}]}"))
    path = f"segments/{target.remote_id}/users"
    try:
        answer = await api.send(Call(METHODS[action], path, body=body, about=about(target)))
    except Rejected as refusal:
        raise await _explained(api, target, refusal) from None
    return _receipt(answer, rows.count)


async def _explained(api: Api, target: Target, refusal: Rejected) -> Rejected | RetryLater:
    """Why the rows were refused: a segment that has just been made takes none for some seconds."""
    if not refusal.details.get("about_rows") or not _is_newborn(await segment(api, target)):
        return refusal
    return RetryLater(
        f"Snapchat is still preparing {about(target)}.",
        "It goes on by itself in some seconds.",
        after_seconds=BIRTH_SECONDS,
        code="SNAPCHAT_SEGMENT_PENDING",
    )


def _is_newborn(row: JsonObject) -> bool:
    age = datetime.now(UTC) - datetime.fromisoformat(str(row["created_at"]))
    return row.get("status") == PENDING and age < YOUNG


def _receipt(answer: JsonObject, count: int) -> Receipt:
    items = [item.get("user") or {} for item in answer.get("users", [])]
    uploaded = sum(int(item.get("number_uploaded_users", 0)) for item in items)
    received = min(uploaded, count)
    return Receipt(received=count, invalid=count - received)


def _sum(one: Receipt, other: Receipt) -> Receipt:
    return replace(
        one,
        received=(one.received or 0) + (other.received or 0),
        invalid=(one.invalid or 0) + (other.invalid or 0),
    )
