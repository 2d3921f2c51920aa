"""Google Customer Match on the Data Manager API: accounts and lists. Numbers and sentences are on the card."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from audience_sync.connectors import (
    google_accounts,
    google_lists,
    google_login,
    google_members,
    google_readiness,
    google_rows,
    google_status,
    google_wire,
)
from audience_sync.connectors.google_lists import MOBILE_PREFIX, about
from audience_sync.connectors.http import Api
from audience_sync.connectors.wire import JsonObject
from audience_sync.errors import AudienceGone
from audience_sync.model.cards import PlatformCard, Way
from audience_sync.model.platforms import Facts, Found, Target

CARD = google_wire.CARD
NETWORKS = ("displayNetwork", "searchNetwork", "youtube", "gmail")


class Google:
    """The connector of Google. An audience is one list of contact data, and a second one if it has mobile ad ids."""

    card: PlatformCard = CARD
    login_url = staticmethod(google_login.login_url)
    exchange = staticmethod(google_login.exchange)
    inspect = staticmethod(google_login.inspect)
    renew = staticmethod(google_login.renew)
    revoke = staticmethod(google_login.revoke)
    accounts = staticmethod(google_accounts.accounts)
    readiness = staticmethod(google_readiness.readiness)
    prepare = staticmethod(google_rows.prepare)
    upload = staticmethod(google_members.upload)
    check = staticmethod(google_status.check)
    fault = staticmethod(google_wire.fault_in)
    pause = staticmethod(google_wire.pause)
    headers = staticmethod(google_wire.headers)
    turns = staticmethod(google_wire.turns)
    sign = staticmethod(google_wire.sign)

    def way(self, choices: Mapping[str, str]) -> Way:
        return Way(self.card.replace)

    async def audiences(self, api: Api, account: str) -> list[Found]:
        """All lists of the account but our second ones, which belong to a first one that is there."""
        rows = [row async for row in google_lists.listed(api, account)]
        seconds = {f"{MOBILE_PREFIX}{row['id']}" for row in rows}
        return [_found(row) for row in rows if row.get("integrationCode") not in seconds]

    async def create(self, api: Api, account: str, *, name: str, description: str) -> str:
        """The id of a new, empty list. After a RetryLater look for it first: it may exist."""
        return await google_lists.create(api, account, name=name, description=description)

    async def rename(self, api: Api, target: Target, *, name: str, description: str) -> None:
        """Both lists have their new names."""
        await google_lists.change(api, target, displayName=name, description=description)
        if mobile := await google_lists.mobile_of(api, target):
            second = replace(target, remote_id=str(mobile["id"]))
            await google_lists.change(api, second, displayName=google_lists.mobile_name(name))

    async def delete(self, api: Api, target: Target) -> None:
        """Neither list is on Google, whoever deleted them. The second one first, or nobody would find it again."""
        if mobile := await google_lists.mobile_of(api, target):
            await _delete(api, replace(target, remote_id=str(mobile["id"])))
        await _delete(api, target)

    async def measure(self, api: Api, target: Target) -> Facts:
        """Size and state of the audience. Who is on both lists cannot be told, so the size has two bounds."""
        row = await google_lists.call(api, "GET", about(target), target.remote_id)
        if not api.options.get("mobile_app_id"):
            return _facts(row, {}, datetime.now(UTC))
        mobile = await google_lists.mobile_of(api, target)
        lists = (target.remote_id, *([str(mobile["id"])] if mobile else []))
        return replace(_facts(row, mobile or {}, datetime.now(UTC)), lists=lists)


async def _delete(api: Api, target: Target) -> None:
    try:
        await google_lists.call(api, "DELETE", about(target), target.remote_id)
    except AudienceGone:
        return


def _found(row: JsonObject) -> Found:
    size = _size(row)
    return Found(
        remote_id=str(row["id"]),
        name=str(row.get("displayName", "")),
        description=str(row.get("description", "")),
        linkable=_is_ours_to_fill(row),
        size_low=size,
        size_high=size,
    )


def _is_ours_to_fill(row: JsonObject) -> bool:
    """Whether the account owns the list, may change it, and fills it with contact data."""
    kinds = (row.get("ingestedUserListInfo") or {}).get("uploadKeyTypes")
    return row.get("accessReason") == "OWNED" and not row.get("readOnly") and kinds == ["CONTACT_ID"]


def _size(row: JsonObject) -> int | None:
    """The greatest of the figures of the four networks; None while Google tells none.

    Google has no figure for a whole list. Each network counts the members that it reaches, so the widest one is the
    nearest to it. Zero may mean none, too few to tell, or not counted yet.
    """
    sizes = row.get("sizeInfo") or {}
    return max(int(sizes.get(f"{network}MembersCount", 0)) for network in NETWORKS) or None


def _match(row: JsonObject) -> float | None:
    """The share of the contact data that Google matched."""
    info = (row.get("ingestedUserListInfo") or {}).get("contactIdInfo") or {}
    percent = int(info.get("matchRatePercentage", 0))
    return percent / 100 if percent else None


def _days(row: JsonObject) -> int | None:
    """Days that a member of the list stays unless it is sent again; None where Google does not say."""
    said = str(row.get("membershipDuration", "")).removesuffix("s")
    return round(float(said) / google_lists.DAY_SECONDS) if said else None


def _facts(row: JsonObject, mobile: JsonObject, now: datetime) -> Facts:
    sizes = [size for size in (_size(row), _size(mobile)) if size is not None]
    match, closed = _match(row), row.get("membershipStatus") == "CLOSED"
    # A match rate is told of lists that were processed; one that still has no size is too small for Google to tell it.
    counted = bool(sizes) or match is not None
    small = counted and max(sizes, default=0) < CARD.min_size
    return Facts(
        as_of=now,
        size_low=max(sizes, default=None),
        size_high=sum(sizes) or None,
        state="closed" if closed else "open" if counted else "",
        ready=not (closed or small) if counted else None,
        problem=_problem(closed=closed, small=small),
        match_low=match,
        match_high=match,
        membership_days=_days(row),
    )


def _problem(*, closed: bool, small: bool) -> str:
    if closed:
        return "The list is closed and takes nobody in. Open it in Google Ads."
    if small:
        return (
            f"Fewer than {CARD.min_size} matched people were active lately: Google does not deliver to this list yet."
        )
    return ""
