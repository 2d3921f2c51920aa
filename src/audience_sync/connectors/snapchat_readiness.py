"""What an ad account of Snapchat needs before it takes customer lists in."""

from audience_sync.connectors.wire import JsonObject
from audience_sync.model.platforms import Readiness, ReadinessState

ACTIVE = "ACTIVE"
ONLY_LOOKING = frozenset({"reports", "creative", "billing"})
"""Roles that certainly do not let audiences be edited; Snapchat documents no whole list, so others are tried."""
MANAGER_LINK = "https://ads.snapchat.com/"
BUSINESS_LINK = "https://business.snapchat.com/"


def state_problem(row: JsonObject) -> str:
    """What is wrong with the ad account's state, in words; nothing where it is active."""
    status = str(row.get("status") or ACTIVE)
    if status == ACTIVE:
        return ""
    return f"Snapchat says that this ad account is {status.lower()}. Look at it in Ads Manager: {MANAGER_LINK}"


def role_problem(row: JsonObject, owner: JsonObject) -> str:
    """Why the person may not edit audiences here, in words; nothing where they may or where Snapchat does not say."""
    roles = row.get("roles") or owner.get("roles") or []
    if not roles or not ONLY_LOOKING.issuperset(roles):
        return ""
    return (
        "The connected Snapchat user may not edit audiences in this ad account. Make them Data Manager, "
        "Account Admin or Organization Admin in Snapchat Business Manager."
    )


def checks(account: str, *found: tuple[JsonObject, JsonObject]) -> list[Readiness]:
    """The checklist of one ad account, from its row and its organization's; short for one that is not reached."""
    if not found:
        words = "The connected Snapchat user does not reach this ad account."
        return [Readiness("account", "Ad account is active", ReadinessState.MISSING, words, BUSINESS_LINK)]
    [(row, owner)] = found
    return [
        _judged("account", "Ad account is active", state_problem(row), MANAGER_LINK),
        _role(row, owner),
        _terms(),
    ]


def _judged(code: str, label: str, problem: str, link: str) -> Readiness:
    if problem:
        return Readiness(code, label, ReadinessState.MISSING, problem, link)
    return Readiness(code, label, ReadinessState.OK)


def _role(row: JsonObject, owner: JsonObject) -> Readiness:
    label = "May manage audiences"
    if not row.get("roles") and not owner.get("roles"):
        return Readiness("role", label, ReadinessState.UNKNOWN, "Snapchat does not say which role this user has here.")
    return _judged("role", label, role_problem(row, owner), BUSINESS_LINK)


def _terms() -> Readiness:
    words = "Snapchat does not say whether its Customer List terms are accepted. Ads Manager asks when a list is made."
    return Readiness("terms", "Customer List terms accepted", ReadinessState.UNKNOWN, words, MANAGER_LINK)
