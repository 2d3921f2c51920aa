"""User lists as objects: create, read, list, change, delete."""

import base64
import binascii
import json
from typing import Any

from audience_sync.sandbox.google import seeds
from audience_sync.sandbox.google.ask import Ask, login_header, operated
from audience_sync.sandbox.google.checks import check_details, check_new, check_patch
from audience_sync.sandbox.google.errors import GoogleError, invalid
from audience_sync.sandbox.google.filters import parse_filter
from audience_sync.sandbox.google.messages import USER_LIST
from audience_sync.sandbox.google.settings import LONGEST_MEMBERSHIP_SECONDS
from audience_sync.sandbox.google.state import State
from audience_sync.sandbox.google.userlist import UserList

Answer = dict[str, Any]
PAGE_ROWS = 50
MOST_PAGE_ROWS = 1_000
# What an owner sets; everything else is Google's to say.
WRITABLE = ("displayName", "description", "membershipStatus", "integrationCode", "membershipDuration")


def create(state: State, ask: Ask, account_id: str) -> Answer:
    """POST …/userLists: an empty list. Names are unique within the account."""
    ask.only("validate_only")
    account = operated(state, ask, account_id, login_header(ask.call))
    body = ask.body(USER_LIST)
    if account.id in state.settings.ineligible_accounts:
        raise invalid("parent", "ADVERTISER_NOT_ALLOWLISTED_FOR_UPLOADED_DATA")
    if account.id in state.settings.undeclared_accounts:
        raise invalid("parent", "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED")
    check_new(body)
    _check_name(state, account.id, body, own_id="")
    check_details(body, state.settings)
    details = {name: body[name] for name in (*WRITABLE, "ingestedUserListInfo", "targetNetworkInfo") if name in body}
    details.setdefault("membershipStatus", "OPEN")
    details.setdefault("membershipDuration", f"{LONGEST_MEMBERSHIP_SECONDS}s")
    if _only_validates(ask):
        return _shown(state, UserList("0", account.id, details))
    return _shown(state, state.new_list(account.id, details))


def read(state: State, ask: Ask, account_id: str, list_id: str) -> Answer:
    """GET …/userLists/{id}."""
    ask.only()
    return _shown(state, _found(state, ask, account_id, list_id))


def listed(state: State, ask: Ask, account_id: str) -> Answer:
    """GET …/userLists: a page of the account's lists, oldest first, narrowed by `filter`."""
    ask.only("page_size", "page_token", "filter")
    account = operated(state, ask, account_id, login_header(ask.call))
    conditions = parse_filter(ask.parameter("filter"))
    rows = _page_rows(ask.parameter("page_size"))
    asked = [account.id, ask.parameter("filter"), ask.parameter("page_size")]
    start = _start(ask.parameter("page_token"), asked)
    found = [_settled(state, each) for each in state.lists_of(account.id)]
    found = [each for each in found if all(condition.holds(each) for condition in conditions)]
    answer: Answer = {"userLists": found[start : start + rows]}
    if start + rows < len(found):
        answer["nextPageToken"] = _page_token(start + rows, asked)
    return answer


def update(state: State, ask: Ask, account_id: str, list_id: str) -> Answer:
    """PATCH …/userLists/{id}: the fields of `updateMask`, or all that were sent, are as given."""
    ask.only("update_mask", "validate_only")
    found = _owned(state, ask, account_id, list_id)
    body = ask.body(USER_LIST)
    if body.get("name", found.resource_name) != found.resource_name:
        raise invalid("user_list.name", "INVALID_RESOURCE_NAME")
    changes = check_patch(body, ask.parameter("update_mask"), found.details)
    _check_name(state, found.account_id, changes, own_id=found.id)
    check_details(changes, state.settings)
    if not _only_validates(ask):
        found.details = {**found.details, **changes}
    return _shown(state, found)


def delete(state: State, ask: Ask, account_id: str, list_id: str) -> Answer:
    """DELETE …/userLists/{id}: it is gone, with its members."""
    ask.only("validate_only")
    found = _owned(state, ask, account_id, list_id)
    if not _only_validates(ask):
        del state.lists[found.id]
    return {}


def _found(state: State, ask: Ask, account_id: str, list_id: str) -> UserList:
    account = operated(state, ask, account_id, login_header(ask.call))
    found = state.find(account.id, list_id)
    if found is None:
        raise GoogleError(404, "NOT_FOUND")
    return found


def _owned(state: State, ask: Ask, account_id: str, list_id: str) -> UserList:
    found = _found(state, ask, account_id, list_id)
    if "shared" in found.marks:
        raise invalid("user_list.name", "OWNERSHIP_REQUIRED_FOR_UPDATE")
    return found


def _check_name(state: State, account_id: str, details: Answer, own_id: str) -> None:
    """The name is free in the account, and nobody else's to give."""
    name = details.get("displayName")
    if name in seeds.RESERVED_NAMES:
        raise invalid("user_list.display_name", "USER_LIST_NAME_RESERVED")
    if any(each.name == name and each.id != own_id for each in state.lists_of(account_id)):
        raise invalid("user_list.display_name", "DISPLAY_NAME_ALREADY_USED")


def _settled(state: State, found: UserList) -> Answer:
    state.settle(found)
    return _shown(state, found)


def _shown(state: State, found: UserList) -> Answer:
    """The resource as the API shows it; the match rate of contact data once there is one."""
    is_shared = "shared" in found.marks
    info = dict(found.details["ingestedUserListInfo"])
    if found.key_type == "CONTACT_ID" and found.match_percentage:
        info["contactIdInfo"] = {**info.get("contactIdInfo", {}), "matchRatePercentage": found.match_percentage}
    closed = {"membershipStatus": "CLOSED", "closingReason": "UNUSED"} if "unused" in found.marks else {}
    return {
        "name": found.resource_name,
        "id": found.id,
        "readOnly": is_shared,
        "accountAccessStatus": "ENABLED",
        **found.details,
        **closed,
        "accessReason": "SHARED" if is_shared else "OWNED",
        "sizeInfo": found.sizes(state.settings.smallest_size),
        "targetNetworkInfo": {"eligibleForDisplay": True, "eligibleForSearch": True, **_network(found)},
        "ingestedUserListInfo": info,
    }


def _network(found: UserList) -> Answer:
    wanted = found.details.get("targetNetworkInfo", {})
    return {name: wanted[name] for name in ("eligibleForSearch",) if name in wanted}


def _only_validates(ask: Ask) -> bool:
    return ask.parameter("validate_only") == "true"


def _page_rows(text: str) -> int:
    if text and not text.isdecimal():
        raise invalid("page_size", "INVALID_ARGUMENT")
    return min(int(text or 0) or PAGE_ROWS, MOST_PAGE_ROWS)


def _page_token(start: int, asked: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([start, *asked]).encode()).decode()


def _start(token: str, asked: list[str]) -> int:
    """Where the page begins; the token is good for the same question only."""
    if not token:
        return 0
    try:
        start, *before = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError, TypeError) as error:
        raise invalid("page_token", "INVALID_PAGE_TOKEN") from error
    if before != asked:
        raise invalid("page_token", "INVALID_PAGE_TOKEN")
    return int(start)
