"""Adding and removing the members of a segment, and emptying it."""

import re
from dataclasses import dataclass
from typing import Any

from audience_sync.sandbox.snapchat.errors import SnapError
from audience_sync.sandbox.snapchat.segment import KINDS, Segment
from audience_sync.sandbox.snapchat.segments import check_editable, shown
from audience_sync.sandbox.snapchat.snapcall import Item, SnapCall, required
from audience_sync.sandbox.snapchat.state import State

MOST_IDENTIFIERS = 100_000
_HASH = re.compile(r"[0-9a-f]{64}").fullmatch


@dataclass(frozen=True)
class Upload:
    """The identifiers of one member call, all of one kind."""

    kind: str
    values: list[str]


def add(state: State, ask: SnapCall) -> Item:
    """POST /segments/{id}/users: the segment holds the identifiers."""
    segment, upload = _read(state, ask)

    def added(upload: Upload) -> Item:
        segment.add(upload.kind, upload.values, state.clock.now())
        return _received(state, segment, upload)

    return {"users": ask.items("user", [upload], added)}


def remove(state: State, ask: SnapCall) -> Item:
    """DELETE /segments/{id}/users, with a body: the segment holds none of the identifiers."""
    segment, upload = _read(state, ask)

    def removed(upload: Upload) -> Item:
        segment.remove(upload.kind, upload.values)
        return _received(state, segment, upload)

    return {"users": ask.items("user", [upload], removed)}


def remove_all(state: State, ask: SnapCall) -> Item:
    """DELETE /segments/{id}/all_users: nobody is in the segment."""

    def emptied(segment: Segment) -> Item:
        check_editable(state, segment)
        segment.empty()
        _processing(state, segment)
        return shown(state, segment)

    return {"segments": ask.items("segment", [state.segment(ask.id)], emptied)}


def _received(state: State, segment: Segment, upload: Upload) -> Item:
    """What Snapchat answers: how many identifiers were sent, not how many it found."""
    _processing(state, segment)
    return {"number_uploaded_users": len(upload.values)}


def _processing(state: State, segment: Segment) -> None:
    segment.updated_at = state.clock.now()
    segment.settles_at = segment.updated_at + state.settings.processing_seconds


def _read(state: State, ask: SnapCall) -> tuple[Segment, Upload]:
    """The segment and what is to be done with it, or the refusal."""
    segment = state.segment(ask.id)
    check_editable(state, segment)
    settings = state.settings
    pending = segment.status(state.clock.now(), settings.activation_seconds) == "PENDING"
    if settings.refuse_pending and pending:
        raise SnapError(message="The segment is not active yet")
    (entity,) = ask.entities("users", 1)
    # Some callers repeat the segment's id here, others don't; both are in production use.
    if str(entity.get("id", segment.id)) != segment.id:
        raise SnapError(message="users id is not the segment of the path")
    upload = _upload(entity)
    poisons = set(ask.call.faults.get("poison", "").split(",")) - {""}
    if poisons.intersection(upload.values):
        raise SnapError(message="data holds an identifier that was refused")
    return segment, upload


def _upload(entity: Item) -> Upload:
    required(entity, "schema", "data")
    schema, rows = entity["schema"], entity["data"]
    if not isinstance(schema, list) or len(schema) != 1 or schema[0] not in KINDS:
        raise SnapError(message=f"schema must have one entry of {', '.join(sorted(KINDS))}")
    if not isinstance(rows, list) or not rows:
        raise SnapError("E2006", "data is a required field")
    if len(rows) > MOST_IDENTIFIERS:
        raise SnapError(message=f"At most {MOST_IDENTIFIERS} identifiers can be sent in a request")
    if not all(isinstance(row, list) and len(row) == 1 for row in rows):
        raise SnapError(message="data must have one value in each row")
    values: list[Any] = [row[0] for row in rows]
    if not all(isinstance(value, str) and _HASH(value) for value in values):
        raise SnapError(message="data must be SHA-256 in 64 lower-case hexadecimal digits")
    return Upload(schema[0], values)
