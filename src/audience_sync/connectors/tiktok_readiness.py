"""What an ad account of TikTok needs before it takes audiences in."""

from audience_sync.connectors.faults import Subject
from audience_sync.connectors.http import Api
from audience_sync.connectors.tiktok_wire import ask
from audience_sync.connectors.wire import JsonObject
from audience_sync.errors import ActionNeeded, Reconnect
from audience_sync.model.platforms import Readiness, ReadinessState

MANAGER_LINK = "https://ads.tiktok.com/i18n/home?aadvid={account}"
ENABLED = "STATUS_ENABLE"
PROBLEMS = {
    "STATUS_DISABLE": "TikTok has disabled this ad account. Open TikTok Ads Manager to see why.",
    "STATUS_PENDING_CONFIRM": "TikTok is reviewing this ad account. It can be used when the review ends.",
    "STATUS_LIMIT": "TikTok has limited this ad account. Open TikTok Ads Manager to see why.",
}


def status_words(row: JsonObject) -> str:
    """The ad account's status in words: `active`, `disabled`, `pending confirm`."""
    status = str(row.get("status") or ENABLED)
    known = {ENABLED: "active", "STATUS_DISABLE": "disabled", "STATUS_LIMIT": "limited"}
    return known.get(status) or status.removeprefix("STATUS_").replace("_", " ").lower()


def status_problem(row: JsonObject) -> str:
    """What is wrong with that status, with the way out; nothing where the account is active."""
    status = str(row.get("status") or ENABLED)
    if status == ENABLED:
        return ""
    return PROBLEMS.get(status) or f"TikTok reports this ad account as {status_words(row)}. Open TikTok Ads Manager."


async def checks(api: Api, account: str, row: JsonObject | None) -> list[Readiness]:
    """The checklist of one ad account, from TikTok's row about it; it ends early for one that is not reached."""
    link = MANAGER_LINK.format(account=account)
    if row is None:
        words = "The connected TikTok user does not give us this ad account. Reconnect TikTok and tick it."
        return [Readiness("account", "Ad account is active", ReadinessState.MISSING, words, link)]
    return [_status(row, link), await _reading(api, account, link), _writing(link), _political(link)]


def _status(row: JsonObject, link: str) -> Readiness:
    problem = status_problem(row)
    if problem:
        return Readiness("account", "Ad account is active", ReadinessState.MISSING, problem, link)
    return Readiness("account", "Ad account is active", ReadinessState.OK)


async def _reading(api: Api, account: str, link: str) -> Readiness:
    """Whether audiences can be listed, by listing one."""
    label = "Permission Audience Management"
    try:
        asked = {"advertiser_id": account, "page": "1", "page_size": "1"}
        await ask(api, "dmp/custom_audience/list/", Subject(account=account), **asked)
    except (ActionNeeded, Reconnect) as missing:
        return Readiness("permission", label, ReadinessState.MISSING, str(missing), link)
    return Readiness("permission", label, ReadinessState.OK)


def _writing(link: str) -> Readiness:
    words = "TikTok tells only when something is written. The person who connected must be Operator or Admin here."
    return Readiness("role", "May manage audiences", ReadinessState.UNKNOWN, words, link)


def _political(link: str) -> Readiness:
    words = "TikTok does not tell. Since January 2026 it may limit EU advertisers who have not confirmed the policy."
    return Readiness("eu_policy", "EU policy on politics confirmed", ReadinessState.UNKNOWN, words, link)
