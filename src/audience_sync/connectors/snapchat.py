"""Snapchat's Customer Lists on the Marketing API: ad accounts and segments."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from audience_sync.connectors import snapchat_login, snapchat_members, snapchat_readiness, snapchat_wire
from audience_sync.connectors.faults import Subject
from audience_sync.connectors.http import Api
from audience_sync.connectors.snapchat_members import about, segment
from audience_sync.connectors.wire import NOTHING, Answer, Call, JsonObject
from audience_sync.errors import AudienceGone
from audience_sync.model.cards import PlatformCard, Way
from audience_sync.model.platforms import Facts, Found, Readiness, RemoteAccount, Target

CUSTOMER_LIST = "FIRST_PARTY"
KEPT = ("ad_account_id", "source_type", "retention_in_days")
FOR_EVER = 9999
"""Snapchat's number of days for members that never leave by themselves."""
READY, TOO_FEW = "READY", "TOO_FEW_USERS"
UPLOADS = {"NO_UPLOAD": "Nothing uploaded yet", "PROCESSING": "Being processed", "COMPLETE": "Normal"}
TOO_FEW_WORDS = "Snapchat matched fewer than about {:,} people: it does not deliver to this audience yet."
TARGETABLE = {"NOT_READY": "not counted yet", TOO_FEW: "too small to deliver", READY: "ready to use"}


class Snapchat:
    """The connector of Snapchat."""

    card: PlatformCard = snapchat_wire.CARD
    login_url = staticmethod(snapchat_login.login_url)
    exchange = staticmethod(snapchat_login.exchange)
    inspect = staticmethod(snapchat_login.inspect)
    renew = staticmethod(snapchat_login.renew)
    revoke = staticmethod(snapchat_login.revoke)
    prepare = staticmethod(snapchat_members.prepare)
    upload = staticmethod(snapchat_members.upload)
    check = staticmethod(snapchat_members.check)
    fault = staticmethod(snapchat_wire.fault_in)
    headers = staticmethod(snapchat_wire.headers)
    turns = staticmethod(snapchat_wire.turns)

    def sign(self, token: str, app_secret: str) -> Mapping[str, str]:
        """Nothing: Snapchat asks for no proof beside the token."""
        return {}

    def pause(self, answer: Answer) -> float:
        """None: Snapchat's headers say nothing of its limits."""
        return 0.0

    def way(self, choices: Mapping[str, str]) -> Way:
        return Way(self.card.replace)

    async def readiness(self, api: Api, account: str) -> list[Readiness]:
        """State of the ad account and role in it, as the organization lists them; the terms are not told."""
        found = [(row, owner) for row, owner in await _listed(api) if row["id"] == account]
        return snapchat_readiness.checks(account, *found[:1])

    async def accounts(self, api: Api) -> list[RemoteAccount]:
        """Every ad account of every organization that the person belongs to, with what is in the way of using it."""
        return [_account(row, owner) for row, owner in await _listed(api)]

    async def audiences(self, api: Api, account: str) -> list[Found]:
        call = Call("GET", f"adaccounts/{account}/segments", about=Subject(account=account))
        return [_found(row) async for row in snapchat_wire.pages(api, call, "segments", "segment")]

    async def create(self, api: Api, account: str, *, name: str, description: str) -> str:
        """The id of a new, empty segment. After a RetryLater look for it first: names need not be unique."""
        wanted = {
            "name": name,
            "description": description,
            "source_type": CUSTOMER_LIST,
            "ad_account_id": account,
            "retention_in_days": int(api.options["retention_days"]),
        }
        call = _change("POST", account, wanted, Subject(account=account), repeatable=False)
        return str((await api.send(call))["segments"][0]["segment"]["id"])

    async def rename(self, api: Api, target: Target, *, name: str, description: str) -> None:
        """The segment is called so; Rejected where Snapchat does not let its name change."""
        # Snapchat replaces a segment as a whole: what is not said again might be lost.
        now = await segment(api, target)
        kept = {field: now[field] for field in KEPT if field in now}
        wanted = {"id": target.remote_id, "name": name, "description": description, **kept}
        await api.send(_change("PUT", target.account, wanted, about(target)))

    async def delete(self, api: Api, target: Target) -> None:
        """The segment is not on Snapchat, whoever deleted it."""
        try:
            await api.delete(f"segments/{target.remote_id}", about(target))
        except AudienceGone:
            return

    async def measure(self, api: Api, target: Target) -> Facts:
        return _facts(await segment(api, target), datetime.now(UTC))


async def _listed(api: Api) -> list[tuple[JsonObject, JsonObject]]:
    """Each ad account as Snapchat lists it, with the organization that owns it."""
    call = Call("GET", "me/organizations", {"with_ad_accounts": "true"}, about=NOTHING)
    owners = [owner async for owner in snapchat_wire.pages(api, call, "organizations", "organization")]
    return [(row, owner) for owner in owners for row in owner.get("ad_accounts", [])]


def _account(row: JsonObject, owner: JsonObject) -> RemoteAccount:
    problem = snapchat_readiness.state_problem(row) or snapchat_readiness.role_problem(row, owner)
    return RemoteAccount(
        remote_id=str(row["id"]),
        name=str(row.get("name", "")),
        currency=str(row.get("currency", "")),
        timezone=str(row.get("timezone", "")),
        business=str(owner.get("name", "")),
        status=str(row.get("status", "")).lower() or "active",
        usable=not problem,
        problem=problem,
    )


def _change(method: str, account: str, wanted: Mapping[str, Any], subject: Subject, *, repeatable: bool = True) -> Call:
    body = json.dumps({"segments": [wanted]}, ensure_ascii=False, separators=(",", ":")).encode()
    return Call(method, f"adaccounts/{account}/segments", body=body, about=subject, repeatable=repeatable)


def _found(row: JsonObject) -> Found:
    size = _size(row)
    return Found(
        remote_id=str(row["id"]),
        name=str(row.get("name", "")),
        description=str(row.get("description") or ""),
        linkable=row.get("source_type") == CUSTOMER_LIST,
        size_low=size,
        size_high=size,
    )


def _facts(row: JsonObject, now: datetime) -> Facts:
    upload, targetable = str(row.get("upload_status", "")), str(row.get("targetable_status", ""))
    words = (UPLOADS.get(upload, upload), TARGETABLE.get(targetable, targetable))
    size = _size(row)
    return Facts(
        as_of=now,
        size_low=size,
        size_high=size,
        state=", ".join(filter(None, words)),
        ready={READY: True, TOO_FEW: False}.get(targetable),
        problem=TOO_FEW_WORDS.format(snapchat_wire.CARD.min_size) if targetable == TOO_FEW else "",
        membership_days=_days(row),
    )


def _days(row: JsonObject) -> int | None:
    """Days that a member stays; 0 for ever, None where Snapchat does not say."""
    said = row.get("retention_in_days")
    return None if said is None else 0 if int(said) >= FOR_EVER else int(said)


def _size(row: JsonObject) -> int | None:
    """The people matched; Snapchat says 0 for every segment that it has not counted or finds too small."""
    return int(row.get("approximate_number_users", 0)) if row.get("targetable_status") == READY else None
