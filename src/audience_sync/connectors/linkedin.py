"""LinkedIn's Matched Audiences as DMP segments: ad accounts, segments and their members. Experimental."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

import pyarrow as pa

from audience_sync.connectors import linkedin_login, linkedin_readiness, linkedin_wire
from audience_sync.connectors.faults import Subject, redact
from audience_sync.connectors.http import OUTCOME_UNKNOWN, Api
from audience_sync.connectors.linkedin_wire import Elements, accounts_page, call_of, elements, json_of
from audience_sync.connectors.wire import Answer, JsonObject
from audience_sync.errors import AudienceGone, RetryLater
from audience_sync.model.cards import PlatformCard, Way
from audience_sync.model.platforms import (
    Action,
    Batch,
    Facts,
    Found,
    Readiness,
    Receipt,
    RemoteAccount,
    Target,
)

WORDS = {Action.ADD: "ADD", Action.REMOVE: "REMOVE"}
PER_PAGE = 100
BIRTH_SECONDS = 30.0
STATES = {"BUILDING": "Being built", "UPDATING": "Being updated", "READY": "Ready to use"}
PROBLEMS = {
    "FAILED": "LinkedIn could not build this audience. Open it in Campaign Manager.",
    "ERROR": "LinkedIn could not build this audience. Open it in Campaign Manager.",
    "EXPIRED": "LinkedIn has let this audience expire: campaigns can no longer use it. Create it again.",
    "ARCHIVED": "LinkedIn has archived this audience: unused for 30 days. Use it in a campaign, or create it again.",
}
TOO_SMALL = f"LinkedIn matched fewer than {linkedin_wire.CARD.min_size:,} members: it does not deliver yet."


class LinkedIn:
    """The connector of LinkedIn."""

    card: PlatformCard = linkedin_wire.CARD
    login_url = staticmethod(linkedin_login.login_url)
    exchange = staticmethod(linkedin_login.exchange)
    inspect = staticmethod(linkedin_login.inspect)
    renew = staticmethod(linkedin_login.renew)
    revoke = staticmethod(linkedin_login.revoke)
    fault = staticmethod(linkedin_wire.fault_in)
    headers = staticmethod(linkedin_wire.headers)
    turns = staticmethod(linkedin_wire.turns)

    def sign(self, token: str, app_secret: str) -> Mapping[str, str]:
        return {}

    def pause(self, answer: Answer) -> float:
        return 0.0

    def way(self, choices: Mapping[str, str]) -> Way:
        return Way(self.card.replace)

    async def readiness(self, api: Api, account: str) -> list[Readiness]:
        return linkedin_readiness.checks(api, account, await self.accounts(api))

    async def accounts(self, api: Api) -> list[RemoteAccount]:
        found: list[RemoteAccount] = []
        token = ""
        while True:
            page = await accounts_page(api, size=PER_PAGE, token=token)
            found += [_account(row) for row in page.get("elements") or []]
            token = str((page.get("metadata") or {}).get("nextPageToken") or "")
            if not token:
                return found

    async def audiences(self, api: Api, account: str) -> list[Found]:
        found: list[Found] = []
        while True:
            asked = {"q": "account", "account": _urn(account), "start": str(len(found)), "count": str(PER_PAGE)}
            page = await api.send(call_of(api, "GET", "dmpSegments", Subject(account=account), params=asked))
            rows = page.get("elements") or []
            found += [_found(row) for row in rows]
            if not rows or len(found) >= int((page.get("paging") or {}).get("total") or 0):
                return found

    async def create(self, api: Api, account: str, *, name: str, description: str) -> str:
        """The id of a new, empty segment, which LinkedIn tells in a header only."""
        about = Subject(account=account)
        fields = {
            "name": name,
            "description": description,
            "account": _urn(account),
            "sourcePlatform": linkedin_readiness.source_platform(api),
            "sourceSegmentId": secrets.token_hex(8),
            "type": "USER",
            "destinations": [{"destination": "LINKEDIN"}],
        }
        call = call_of(api, "POST", "dmpSegments", about, body=json_of(fields), repeatable=False, silent=True)
        made = (await api.answer(call)).headers.get("x-linkedin-id", "")
        if made:
            return made
        raise RetryLater(
            f"LinkedIn did not say whether it made the audience in {about}.",
            "It is looked for by itself.",
            after_seconds=BIRTH_SECONDS,
            code=OUTCOME_UNKNOWN,
        )

    async def rename(self, api: Api, target: Target, *, name: str, description: str) -> None:
        body = json_of({"patch": {"$set": {"name": name, "description": description}}})
        path = f"dmpSegments/{target.remote_id}"
        await api.send(call_of(api, "POST", path, _about(target), word="PARTIAL_UPDATE", body=body, silent=True))

    async def delete(self, api: Api, target: Target) -> None:
        """The segment is not on LinkedIn, whoever deleted it."""
        try:
            await api.send(call_of(api, "DELETE", f"dmpSegments/{target.remote_id}", _about(target), silent=True))
        except AudienceGone:
            return

    def prepare(self, action: Action, rows: pa.Table) -> Elements:
        there = set(rows.column_names)
        columns = [column for column in self.card.known_columns if column.name in there]
        return elements(rows, columns, WORDS[action])

    async def upload(self, api: Api, target: Target, batch: Batch) -> Receipt:
        """LinkedIn has taken in the people that it does not count as refused; each has a status of its own."""
        made = batch.made if isinstance(batch.made, Elements) else self.prepare(batch.action, batch.rows)
        if made.count == 0:
            return Receipt(received=0, invalid=0)
        path = f"dmpSegments/{target.remote_id}/users"
        try:
            answer = await api.send(call_of(api, "POST", path, _about(target), word="BATCH_CREATE", body=made.body))
        except AudienceGone as gone:
            raise await self._newborn(api, target, gone) from None
        return _receipt(target, answer, made.count)

    async def check(self, api: Api, target: Target, receipt: Receipt) -> Receipt:
        return receipt

    async def measure(self, api: Api, target: Target) -> Facts:
        row = await api.send(call_of(api, "GET", f"dmpSegments/{target.remote_id}", _about(target)))
        return _facts(row, datetime.now(UTC))

    async def _newborn(self, api: Api, target: Target, gone: AudienceGone) -> AudienceGone | RetryLater:
        """Why a segment is not found: for a minute or two a new one is listed without being known by its id."""
        if target.remote_id not in {each.remote_id for each in await self.audiences(api, target.account)}:
            return gone
        words = f"LinkedIn is still preparing {_about(target)}."
        return RetryLater(words, "It goes on by itself.", after_seconds=BIRTH_SECONDS, code="LINKEDIN_SEGMENT_NEW")


def _receipt(target: Target, answer: JsonObject, count: int) -> Receipt:
    refused = [each for each in answer.get("elements") or [] if int(each.get("status", 0)) >= 400]
    if any(int(each["status"]) >= 500 or int(each["status"]) == 429 for each in refused):
        words = f"LinkedIn could not take everybody in for {_about(target)}."
        raise RetryLater(words, "They are sent again by itself.", after_seconds=60, code="LINKEDIN_PARTLY_BUSY")
    reasons = {redact(str((each.get("error") or {}).get("message") or each["status"])) for each in refused}
    return Receipt(received=count, invalid=len(refused), samples=tuple(sorted(reasons)))


def _facts(row: JsonObject, now: datetime) -> Facts:
    place: JsonObject = next(iter(row.get("destinations") or []), {})
    status, size = str(place.get("status", "")), int(place.get("audienceSize") or 0) or None
    counted = "audienceSize" in place
    problem = PROBLEMS.get(status) or (TOO_SMALL if counted and not size else "")
    ready = False if problem else True if counted else None
    return Facts(now, size, size, state=STATES.get(status, status.capitalize()), ready=ready, problem=problem)


def _account(row: JsonObject) -> RemoteAccount:
    status = str(row.get("status") or "ACTIVE")
    problem = "" if status == "ACTIVE" else f"LinkedIn says that this ad account is {status.lower()}."
    name, currency = str(row.get("name", "")), str(row.get("currency", ""))
    return RemoteAccount(str(row["id"]), name, currency, status=status.lower(), usable=not problem, problem=problem)


def _found(row: JsonObject) -> Found:
    name, described = str(row.get("name", "")), str(row.get("description") or "")
    return Found(str(row["id"]), name, described, linkable=row.get("type") == "USER")


def _urn(account: str) -> str:
    return f"urn:li:sponsoredAccount:{account}"


def _about(target: Target) -> Subject:
    return Subject(account=target.account, audience=target.remote_id)
