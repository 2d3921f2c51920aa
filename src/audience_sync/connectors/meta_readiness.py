"""What an ad account of Meta needs before it takes custom audiences in."""

from audience_sync.connectors.wire import JsonObject
from audience_sync.model.cards import StatusRule
from audience_sync.model.platforms import Readiness, ReadinessState

WRITING_TASKS = frozenset({"ADVERTISE", "MANAGE"})
TERMS_LINK = "https://business.facebook.com/ads/manage/customaudiences/tos/?act={account}"
SETTINGS_LINK = "https://business.facebook.com/settings/ad-accounts/{account}"


def checks(row: JsonObject, status: StatusRule) -> list[Readiness]:
    """The checklist of one ad account, from the fields that the Graph returns for it."""
    account = str(row["id"]).removeprefix("act_")
    return [_account(status, account), _tasks(row, account), _business(row, account), _terms(row, account)]


def _account(status: StatusRule, account: str) -> Readiness:
    state = ReadinessState.MISSING if status.problem else ReadinessState.OK
    words = status.problem or f"The ad account is {status.words}."
    link = SETTINGS_LINK.format(account=account) if status.problem else ""
    return Readiness("account", "Ad account is active", state, words, link)


def _tasks(row: JsonObject, account: str) -> Readiness:
    label, tasks = "May manage audiences", row.get("user_tasks")
    if not tasks:
        return Readiness("role", label, ReadinessState.UNKNOWN, "Meta does not say what this user may do here.")
    if WRITING_TASKS & set(tasks):
        return Readiness("role", label, ReadinessState.OK)
    words = "The connected Meta user may only look. Give them the task Manage campaigns (ADVERTISE)."
    return Readiness("role", label, ReadinessState.MISSING, words, SETTINGS_LINK.format(account=account))


def _business(row: JsonObject, account: str) -> Readiness:
    label = "Belongs to a business"
    if row.get("business"):
        return Readiness("business", label, ReadinessState.OK)
    words = "Meta names no business behind this ad account; customer lists need one."
    return Readiness("business", label, ReadinessState.UNKNOWN, words, SETTINGS_LINK.format(account=account))


def _terms(row: JsonObject, account: str) -> Readiness:
    """Meta leaves out what is empty: terms that it does not name are not accepted."""
    label = "Custom Audience terms accepted"
    if (row.get("tos_accepted") or {}).get("custom_audience_tos") == 1:
        return Readiness("terms", label, ReadinessState.OK)
    link = TERMS_LINK.format(account=account)
    return Readiness("terms", label, ReadinessState.MISSING, "Somebody must accept them once.", link)
