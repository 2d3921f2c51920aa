"""Adding, removing and replacing the members of an audience."""

import secrets
from dataclasses import dataclass
from typing import Any

from audience_sync.sandbox.meta.audience import SMALLEST, Audience
from audience_sync.sandbox.meta.errors import GraphError
from audience_sync.sandbox.meta.graphcall import GraphCall
from audience_sync.sandbox.meta.payload import Payload, Ticket, read_payload, read_ticket
from audience_sync.sandbox.meta.seeds import Account
from audience_sync.sandbox.meta.sessions import Operation, Session, check_next, check_start
from audience_sync.sandbox.meta.state import State

Receipt = dict[str, Any]


@dataclass(frozen=True)
class Upload:
    """One member call, read: which audience, what to do, with which rows, in which session (None: in none)."""

    audience: Audience
    operation: Operation
    payload: Payload
    ticket: Ticket | None


def add(state: State, ask: GraphCall) -> Receipt:
    """The audience holds the keys of the rows; POST /{audience}/users."""
    return _edit(state, ask, "add")


def remove(state: State, ask: GraphCall) -> Receipt:
    """The audience holds none of the keys that the rows name; DELETE /{audience}/users."""
    return _edit(state, ask, "remove")


def remove_everywhere(state: State, ask: GraphCall) -> Receipt:
    """No audience of the account holds a key that the rows name; DELETE /act_X/usersofanyaudience."""
    account: Account = ask.node
    ask.require("ads_management", code=294)
    payload = read_payload(ask.call)
    held = [each for each in state.audiences_of(account) if _holds(each, payload)]
    for audience in held:
        state.settle(audience)
    if any(audience.busy == 414 for audience in held):
        raise GraphError(2650, 1870145)
    for audience in held:
        _apply(state, Upload(audience, "remove", payload, None))
    return _receipt(ask, {"account_id": account.digits}, payload, None)


def replace(state: State, ask: GraphCall) -> Receipt:
    """The batch is part of a replacement, which is in force after the last one; POST /{audience}/usersreplace."""
    upload = _read(state, ask, "replace")
    audience, payload, ticket = upload.audience, upload.payload, upload.ticket
    if ticket is None:
        raise GraphError(100, message="session is required", blame=("session",))
    session = _session(state, upload, ticket)
    if session is None:
        check_start(audience, ticket, state.settings.replace_limit)
        session = _opened(state, upload, ticket)
    else:
        check_next(session, payload, ticket)
    audience.source = payload.source
    session.count(payload, ticket)
    session.stage(payload, ticket, state.clock.now(), state.settings.processing_seconds)
    return _receipt(ask, {"audience_id": audience.id}, payload, session)


def _edit(state: State, ask: GraphCall, operation: Operation) -> Receipt:
    upload = _read(state, ask, operation)
    if upload.audience.busy == 414:
        raise GraphError(2650, 1870145)
    if operation == "remove":
        _check_size(upload.audience, upload.payload)
    session = _joined(state, upload, upload.ticket) if upload.ticket else None
    # Meta drops batches that come after their session's time, without a word.
    if session is None or not session.timed_out:
        _apply(state, upload)
    return _receipt(ask, {"audience_id": upload.audience.id}, upload.payload, session)


def _apply(state: State, upload: Upload) -> None:
    audience, payload = upload.audience, upload.payload
    if upload.operation == "add":
        audience.members.add(payload.kinds, payload.rows)
    else:
        audience.members.remove(payload.kinds, payload.rows, whole_person=state.settings.drop_person)
    audience.source = audience.source or payload.source
    audience.edited(state.clock.now(), state.settings.processing_seconds)


def _read(state: State, ask: GraphCall, operation: Operation) -> Upload:
    """The call's upload, which its caller and its audience allow."""
    audience: Audience = ask.node
    ask.require("ads_management", code=294)
    payload = read_payload(ask.call)
    if "flagged" in audience.marks:
        raise GraphError(100, 1713230)
    if not state.accepts_terms(f"act_{audience.account_id}"):
        raise GraphError(200, 1870090)
    if audience.source not in (None, payload.source):
        raise GraphError(2650)
    poisons = set(ask.call.faults.get("poison", "").split(",")) - {""}
    if poisons and any(poisons.intersection(row) for row in payload.rows):
        raise GraphError(100, blame=("payload", "data"))
    return Upload(audience, operation, payload, read_ticket(ask.call))


def _check_size(audience: Audience, payload: Payload) -> None:
    """Meta refuses to make an audience that is in use too small; counted here by rows that hold a named key."""
    if "in_use" not in audience.marks:
        return
    leaving = sum(audience.members.knows(payload.kinds, row) for row in payload.rows)
    if leaving and audience.members.people - leaving < SMALLEST:
        raise GraphError(200, 1870047)


def _holds(audience: Audience, payload: Payload) -> bool:
    return any(audience.members.knows(payload.kinds, row) for row in payload.rows)


def _joined(state: State, upload: Upload, ticket: Ticket) -> Session:
    """The session of an addition or a removal, with this batch counted unless it comes too late.

    A batch number that is known may come again, even after the last one: its answer may have been lost.
    """
    session = _session(state, upload, ticket) or _opened(state, upload, ticket)
    if session.timed_out:
        return session
    if not session.is_open and ticket.seq not in session.batches:
        raise GraphError(2650, 1870159)
    session.count(upload.payload, ticket)
    if ticket.last:
        session.finished_at = state.clock.now()
    return session


def _session(state: State, upload: Upload, ticket: Ticket) -> Session | None:
    """The session of that number; error 100 where the ad account has used the number for something else."""
    found = state.sessions.get((upload.audience.account_id, ticket.id))
    if found is not None and (found.audience is not upload.audience or found.operation != upload.operation):
        raise GraphError(
            100, message="session_id must be unique within the ad account", blame=("session", "session_id")
        )
    return found


def _opened(state: State, upload: Upload, ticket: Ticket) -> Session:
    session = Session(ticket.id, upload.audience, upload.operation, state.clock.now(), upload.payload.kinds)
    state.sessions[upload.audience.account_id, ticket.id] = session
    return session


def _receipt(ask: GraphCall, target: dict[str, str], payload: Payload, session: Session | None) -> Receipt:
    """What Meta answers: the totals of the session, or of this batch where there is none."""
    number = session.id if session else 10**18 + secrets.randbelow(9 * 10**18)
    if "account_id_in_receipt" in ask.call.faults:
        target = {"account_id": next(iter(target.values()))}
    samples: Any = payload.samples
    return {
        **target,
        "session_id": number if "session_id_as_int" in ask.call.faults else str(number),
        "num_received": session.received if session else len(payload.rows),
        "num_invalid_entries": session.invalid if session else payload.invalid,
        "invalid_entry_samples": list(samples) if "samples_as_list" in ask.call.faults else samples,
    }
