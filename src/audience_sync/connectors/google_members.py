"""Members of a Google list: added, removed or cleared, one request per batch and kind of data."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from audience_sync.connectors import google_lists, google_rows
from audience_sync.connectors.google_lists import about
from audience_sync.connectors.google_rows import Members, Payload
from audience_sync.connectors.google_status import SEPARATOR, words_of
from audience_sync.connectors.http import Api
from audience_sync.connectors.wire import Call, JsonObject
from audience_sync.errors import Rejected
from audience_sync.model.platforms import Action, Batch, Receipt, Target

MOST_REPAIRS = 10
"""Times that a request is sent again without the rows that Google blamed; what is refused then may be halved."""
ENDINGS = {Action.ADD: "ingest", Action.REMOVE: "remove"}

Ask = Callable[[Members], Call]


async def upload(api: Api, target: Target, batch: Batch) -> Receipt:
    """Google has accepted the batch for processing; what became of it is told later, see `google_status.check`.

    Contact data and mobile ad ids go to two lists by two requests, because a list takes one kind only.
    """
    if batch.action is Action.CLEAR:
        return await _clear(api, target, batch)
    payload = batch.made if isinstance(batch.made, Payload) else google_rows.prepare(batch.action, batch.rows)
    contacts, mobiles = payload.contacts, payload.mobiles
    # Asked first, because without an app nothing of the batch is to be sent.
    mobile = await _mobile_target(api, target, batch) if len(mobiles) else None
    receipts = [await _send(api, _asking(api, target, batch.action), contacts)] if len(contacts) else []
    receipts += [await _send(api, _asking(api, mobile, batch.action), mobiles)] if mobile else []
    return _joined(receipts, batch.rows.num_rows)


async def _mobile_target(api: Api, target: Target, batch: Batch) -> Target | None:
    """The second list; None for a removal when there is none, and so nobody on it."""
    if batch.action is Action.ADD:
        return replace(target, remote_id=await google_lists.require_mobile(api, target, batch.name))
    found = await google_lists.mobile_of(api, target)
    return replace(target, remote_id=str(found["id"])) if found else None


async def _send(api: Api, ask: Ask, members: Members, repairs: int = MOST_REPAIRS) -> Receipt:
    """The members are accepted, but for those that Google blamed by their place: one of them fails a whole request."""
    try:
        answer = await api.send(ask(members))
    except Rejected as refusal:
        blamed = _numbers(refusal)
        if not blamed or not repairs:
            raise
        left = members.without(blamed)
        rest = await _send(api, ask, left, repairs - 1) if len(left) else Receipt(received=0, invalid=0)
        invalid = (rest.invalid or 0) + len(members) - len(left)
        return replace(rest, received=len(members), invalid=invalid, samples=_samples(rest, refusal))
    return Receipt(received=len(members), invalid=0, settled=False, reference=str(answer["requestId"]))


def _numbers(refusal: Rejected) -> tuple[int, ...]:
    rows: Any = refusal.details.get("rows", ())
    return tuple(rows)


def _samples(rest: Receipt, refusal: Rejected) -> tuple[str, ...]:
    reasons: Any = refusal.details.get("reasons", ())
    return tuple(sorted({*rest.samples, *map(words_of, reasons)}))


def _asking(api: Api, target: Target, action: Action) -> Ask:
    """What makes the request for some members of that list. The members follow the rest of it as bytes."""
    body: JsonObject = {"destinations": [_destination(api, target)], "encoding": "HEX"}
    if action is Action.ADD:
        body |= {"consent": _consent(api), "termsOfService": {"customerMatchTermsOfServiceStatus": "ACCEPTED"}}
    head = _bytes(body).removesuffix(b"}") + b',"audienceMembers":['

    def ask(members: Members) -> Call:
        body = b"".join((head, members.json(), b"]}"))
        return Call("POST", f"audienceMembers:{ENDINGS[action]}", body=body, about=about(target))

    return ask


def _consent(api: Api) -> JsonObject:
    """Said of everybody: whoever denied their consent is not sent at all."""
    return {"adUserData": api.options["ad_user_data"], "adPersonalization": api.options["ad_personalization"]}


def _destination(api: Api, target: Target) -> JsonObject:
    login = {"loginAccount": _account(api.via)} if api.via else {}
    return {
        "reference": "audience",
        "operatingAccount": _account(target.account),
        **login,
        "productDestinationId": target.remote_id,
    }


def _account(customer: str) -> JsonObject:
    return {"accountType": "GOOGLE_ADS", "accountId": customer}


async def _clear(api: Api, target: Target, batch: Batch) -> Receipt:
    """Whoever was last added before the run began is on their way off both lists."""
    if batch.begun_at is None:
        raise ValueError("A list is cleared of what is older than its run; this run does not know when it began.")
    margin = timedelta(seconds=float(api.options["clock_margin_seconds"]))
    before = _moment(batch.begun_at - margin)
    mobile = await google_lists.mobile_of(api, target)
    lists = [target, *([replace(target, remote_id=str(mobile["id"]))] if mobile else [])]
    answers = [await api.send(_clearing(api, each, before)) for each in lists]
    return Receipt(settled=False, reference=SEPARATOR.join(str(answer["requestId"]) for answer in answers))


def _clearing(api: Api, target: Target, before: str) -> Call:
    body = {"destinations": [_destination(api, target)], "removeAsOfTime": before}
    return Call("POST", "audienceMembers:removeAll", body=_bytes(body), about=about(target))


def _joined(receipts: Sequence[Receipt], rows: int) -> Receipt:
    """One receipt for the requests of a batch. A row on both lists is one row."""
    return Receipt(
        received=min(sum(each.received or 0 for each in receipts), rows),
        invalid=min(sum(each.invalid or 0 for each in receipts), rows),
        settled=all(each.settled for each in receipts),
        reference=SEPARATOR.join(each.reference for each in receipts if each.reference),
        samples=tuple(sorted({sample for each in receipts for sample in each.samples})),
    )


def _moment(moment: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _bytes(body: JsonObject) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
