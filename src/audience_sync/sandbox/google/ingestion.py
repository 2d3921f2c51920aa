"""Member requests: ingest, remove, removeAll, and what became of them."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audience_sync.sandbox.google.ask import GOOGLE_ADS, Ask, operated
from audience_sync.sandbox.google.errors import GoogleError, invalid, violation
from audience_sync.sandbox.google.failures import failing
from audience_sync.sandbox.google.messages import INGEST_REQUEST, REMOVE_ALL_REQUEST, REMOVE_REQUEST
from audience_sync.sandbox.google.moments import unix
from audience_sync.sandbox.google.payload import KEY_TYPES, Cells, Payload, place, read_payload, rows_of
from audience_sync.sandbox.google.requests import Part, Request
from audience_sync.sandbox.google.settings import STATUS_DAYS
from audience_sync.sandbox.google.state import State
from audience_sync.sandbox.google.userlist import Operation, UserList, Work

Answer = dict[str, Any]
Json = Mapping[str, Any]

MOST_DESTINATIONS = 10
# The kinds of data for which the customer match terms must be accepted in the request.
WITH_TERMS = ("userData", "mobileData", "compositeData")


@dataclass(frozen=True)
class Target:
    """A destination as it was sent, and the list that it leads to."""

    destination: Json
    user_list: UserList


@dataclass(frozen=True)
class Edit:
    """An upload or a removal that was checked; `consent` is that of the whole request."""

    operation: Operation
    payload: Payload
    consent: Json


def ingest(state: State, ask: Ask) -> Answer:
    """POST /v1/audienceMembers:ingest."""
    request = ask.body(INGEST_REQUEST)
    return _edit(state, ask, request, "ingest")


def remove(state: State, ask: Ask) -> Answer:
    """POST /v1/audienceMembers:remove; people who are not there are no error."""
    request = ask.body(REMOVE_REQUEST)
    return _edit(state, ask, request, "remove")


def remove_all(state: State, ask: Ask) -> Answer:
    """POST /v1/audienceMembers:removeAll: nobody is left who was last added before the time given."""
    ask.only()
    request = ask.body(REMOVE_ALL_REQUEST)
    targets = _targets(state, ask, request)
    now = state.clock.now()
    before = unix(request["removeAsOfTime"]) if "removeAsOfTime" in request else now
    if before > now:
        raise invalid("remove_as_of_time", "INVALID_REMOVE_AS_OF_TIME")
    parts = []
    for target in targets:
        work = Work("removeAll", now, now + state.settings.processing_seconds, before=before)
        if "fails" in ask.call.faults or "fails" in target.user_list.marks:
            work.errors[ask.call.faults.get("fails") or "INTERNAL_ERROR"] += 1
        parts.append(Part(target.destination, target.user_list, work))
    return _accepted(state, request, parts)


def status(state: State, ask: Ask) -> Answer:
    """GET /v1/requestStatus:retrieve: how far a request has come, destination by destination."""
    ask.only("request_id")
    request = state.requests.get(ask.parameter("request_id"))
    if request is None:
        raise invalid("request_id", "INVALID_REQUEST_ID")
    if state.clock.now() - request.accepted_at > STATUS_DAYS * 86_400:
        raise invalid("request_id", "REQUEST_TOO_OLD")
    for part in request.parts:
        state.settle(part.user_list)
    return {"requestStatusPerDestination": [part.status(state.settings.eligible_records) for part in request.parts]}


def _edit(state: State, ask: Ask, request: Json, operation: Operation) -> Answer:
    """The request was checked as a whole, and only then it is accepted."""
    ask.only()
    targets = _targets(state, ask, request)
    payload = read_payload(request, state.settings)
    _check_poison(state, ask, payload)
    _check_references(state, targets, payload)
    if operation == "ingest":
        _check_terms(state, request, targets, payload)
    for target in targets:
        if KEY_TYPES[payload.kind] != target.user_list.key_type:
            raise invalid(place(0, state.settings), "INVALID_USER_LIST_TYPE")
    edit = Edit(operation, payload, request.get("consent", {}))
    return _accepted(state, request, [_part(state, ask, edit, target) for target in targets])


def _targets(state: State, ask: Ask, request: Json) -> list[Target]:
    destinations: Sequence[Json] = request.get("destinations") or []
    if not destinations:
        raise invalid("destinations", "REQUIRED_FIELD_MISSING")
    if len(destinations) > MOST_DESTINATIONS:
        raise invalid("destinations", "TOO_MANY_DESTINATIONS")
    references = Counter(each["reference"] for each in destinations if each.get("reference"))
    if references and max(references.values()) > 1:
        raise invalid("destinations", "DUPLICATE_DESTINATION_REFERENCE")
    return [_target(state, ask, each, f"destinations[{n}]") for n, each in enumerate(destinations)]


def _target(state: State, ask: Ask, destination: Json, path: str) -> Target:
    account_id = _account_id(destination, "operatingAccount", f"{path}.operating_account")
    login_id = _account_id(destination, "loginAccount", f"{path}.login_account")
    if not account_id:
        raise invalid(f"{path}.operating_account", "REQUIRED_FIELD_MISSING")
    if "linkedAccount" in destination:
        raise invalid(f"{path}.linked_account", "LINKED_ACCOUNT_ONLY_ALLOWED_WITH_DATA_PARTNER_LOGIN_ACCOUNT")
    account = operated(state, ask, account_id, login_id)
    if not destination.get("productDestinationId"):
        raise invalid(f"{path}.product_destination_id", "REQUIRED_FIELD_MISSING")
    found = state.find(account.id, destination["productDestinationId"])
    if found is None:
        raise invalid(f"{path}.product_destination_id", "INVALID_USER_LIST_ID")
    return Target(destination, found)


def _account_id(destination: Json, name: str, path: str) -> str:
    """The customer id of one of a destination's accounts; nothing where that account is not named."""
    account = destination.get(name)
    if account is None:
        return ""
    if account.get("accountType", account.get("product")) != GOOGLE_ADS:
        raise invalid(path, "DESTINATION_ACCOUNT_TYPE_MISMATCH")
    if not str(account.get("accountId", "")).isdecimal():
        raise invalid(path, "INVALID_DESTINATION")
    return str(account["accountId"])


def _check_terms(state: State, request: Json, targets: Sequence[Target], payload: Payload) -> None:
    """The terms are accepted in the request and by the account, and the account may upload."""
    accepted = request.get("termsOfService", {}).get("customerMatchTermsOfServiceStatus")
    accounts = [target.user_list.account_id for target in targets]
    unsigned = set(accounts).intersection(state.settings.terms_missing)
    if unsigned or (payload.kind in WITH_TERMS and accepted != "ACCEPTED"):
        raise invalid("terms_of_service", "TERMS_AND_CONDITIONS_NOT_SIGNED")
    if set(accounts).intersection(state.settings.ineligible_accounts):
        raise invalid("destinations[0].operating_account", "ADVERTISER_NOT_ALLOWLISTED_FOR_UPLOADED_DATA")


def _check_references(state: State, targets: Sequence[Target], payload: Payload) -> None:
    known = {target.destination.get("reference") for target in targets}
    for index, member in enumerate(payload.members):
        if not known.issuperset(member.get("destinationReferences") or ()):
            raise invalid(f"{place(index, state.settings)}.destination_references", "INVALID_DESTINATION")


def _check_poison(state: State, ask: Ask, payload: Payload) -> None:
    """A fault has ordered that members with a certain value are refused, by their index or as a whole."""
    poisons = {value.lower() for value in ask.call.faults.get("poison", "").split(",") if value}
    if not poisons:
        return
    bad = [n for n, cells in enumerate(payload.cells) if any(value.lower() in poisons for _, value in cells)]
    if bad and "unindexed" in ask.call.faults:
        raise invalid("audience_members", "INVALID_AUDIENCE_MEMBER")
    if bad:
        found = [violation(place(index, state.settings), "INVALID_AUDIENCE_MEMBER") for index in bad]
        raise GoogleError(400, "INVALID_ARGUMENT", found[: state.settings.most_violations])


def _part(state: State, ask: Ask, edit: Edit, target: Target) -> Part:
    """What the request does to one list: its members, without those that will fail."""
    chosen = _chosen(edit.payload, target.destination.get("reference"))
    marks, ingests = target.user_list.marks, edit.operation == "ingest"
    conditions = failing(ask.call.faults, marks, ingests=ingests, payload=edit.payload)
    reasons = conditions.reasons(edit.consent, chosen)
    rows = rows_of([cells for (_, cells), reason in zip(chosen, reasons, strict=True) if not reason])
    now = state.clock.now()
    work = Work(edit.operation, now, now + state.settings.processing_seconds, rows, len(chosen))
    work.errors.update(reason for reason in reasons if reason)
    share = state.settings.match_share
    work.matched = sum(target.user_list.members.matching(kinds, some, share) for kinds, some in rows.items())
    counts = Counter(kind for _, cells in chosen for kind, _ in cells)
    return Part(target.destination, target.user_list, work, edit.payload.kind, counts)


def _chosen(payload: Payload, reference: str | None) -> list[tuple[Json, Cells]]:
    """The members that are meant for the destination of that reference; who names none is meant for all."""
    return [
        (member, cells)
        for member, cells in zip(payload.members, payload.cells, strict=True)
        if not member.get("destinationReferences") or reference in member["destinationReferences"]
    ]


def _accepted(state: State, request: Json, parts: Sequence[Part]) -> Answer:
    """The request is on its way; one that only validates leaves no trace, and its id leads nowhere."""
    request_id = str(uuid.uuid4())
    if not request.get("validateOnly"):
        for part in parts:
            part.user_list.accept(part.work, state.settings)
        state.requests[request_id] = Request(request_id, state.clock.now(), parts)
    return {"requestId": request_id}
