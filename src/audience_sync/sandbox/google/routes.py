"""From a method and a path to the answer: sign-in, Data Manager API, Google Ads API."""

import re
from collections.abc import Callable
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.google import ads, ingestion, oauth, userlists
from audience_sync.sandbox.google.adserrors import NEWEST_VERSION, AdsError
from audience_sync.sandbox.google.ask import GOOGLE_ADS, Ask, asked
from audience_sync.sandbox.google.dialog import dialog
from audience_sync.sandbox.google.errors import invalid
from audience_sync.sandbox.google.messages import ACCEPTED, EMPTY, REQUEST_STATUSES, USER_LIST, USER_LISTS
from audience_sync.sandbox.google.schema import Message, shown
from audience_sync.sandbox.google.seeds import DATA_MANAGER
from audience_sync.sandbox.google.state import State
from audience_sync.sandbox.google.usage import bucket_of

OLDEST_VERSION = 23
NOT_FOUND_PAGE = (
    "<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title><p><b>404.</b> That's an error.</html>"
)

Endpoint = Callable[..., dict[str, Any]]

SIGN_IN: dict[tuple[str, str], Callable[[State, Call], Response]] = {
    ("GET", "/o/oauth2/v2/auth"): dialog,
    ("POST", "/o/oauth2/v2/auth"): dialog,
    ("POST", "/token"): oauth.token,
    ("POST", "/revoke"): oauth.revoke,
    ("GET", "/tokeninfo"): oauth.tokeninfo,
    ("POST", "/tokeninfo"): oauth.tokeninfo,
}
MEMBERS: dict[tuple[str, str], tuple[Endpoint, Message]] = {
    ("POST", "/v1/audienceMembers:ingest"): (ingestion.ingest, ACCEPTED),
    ("POST", "/v1/audienceMembers:remove"): (ingestion.remove, ACCEPTED),
    ("POST", "/v1/audienceMembers:removeAll"): (ingestion.remove_all, ACCEPTED),
    ("GET", "/v1/requestStatus:retrieve"): (ingestion.status, REQUEST_STATUSES),
}
# By method, and whether the path names one list.
LISTS: dict[tuple[str, bool], tuple[Endpoint, Message]] = {
    ("POST", False): (userlists.create, USER_LIST),
    ("GET", False): (userlists.listed, USER_LISTS),
    ("GET", True): (userlists.read, USER_LIST),
    ("PATCH", True): (userlists.update, USER_LIST),
    ("DELETE", True): (userlists.delete, EMPTY),
}
_LIST_PATH = re.compile(r"/v1/accountTypes/([^/]+)/accounts/([^/]+)/userLists(?:/([^/]+))?").fullmatch
_ADS_PATH = re.compile(
    r"/v(\d+)/customers(?::(listAccessibleCustomers)|/([^/]+)/googleAds:(search|searchStream))"
).fullmatch


def respond(state: State, call: Call) -> Response:
    """The answer to one call; Refused where Google would answer with an error."""
    sign_in = SIGN_IN.get((call.method, call.path))
    if sign_in is not None:
        return sign_in(state, call)
    if (call.method, call.path) in MEMBERS:
        return _data_manager(state, call, *MEMBERS[call.method, call.path])
    found = _LIST_PATH(call.path)
    if found is not None and (call.method, found[3] is not None) in LISTS:
        endpoint, message = LISTS[call.method, found[3] is not None]
        return _data_manager(state, call, endpoint, message, *_names(found))
    found = _ADS_PATH(call.path)
    if found is not None:
        return _ads(state, call, found)
    return HTMLResponse(NOT_FOUND_PAGE, 404)


def is_sign_in(call: Call) -> bool:
    """Whether the call is to the sign-in service, which has errors of its own."""
    return (call.method, call.path) in SIGN_IN


def is_ads(call: Call) -> bool:
    """Whether the call is to the Google Ads API."""
    return _ADS_PATH(call.path) is not None


def _data_manager(state: State, call: Call, endpoint: Endpoint, message: Message, *names: str) -> Response:
    ask: Ask = asked(state, call, DATA_MANAGER)
    state.usage.spend(bucket_of(call.method, call.path), state.clock.now(), state.settings)
    answer = endpoint(state, ask, *names)
    return JSONResponse(shown(message, answer, numbers=ask.wants_numbers, sparse=state.settings.sparse))


def _names(found: re.Match[str]) -> list[str]:
    """The customer's id and, where one is named, the list's."""
    account_type, account_id, list_id = found.groups()
    if account_type != GOOGLE_ADS or not account_id.isdecimal() or not (list_id or "0").isdecimal():
        raise invalid("name" if list_id else "parent", "INVALID_RESOURCE_NAME")
    return [account_id, list_id] if list_id else [account_id]


def _ads(state: State, call: Call, found: re.Match[str]) -> Response:
    version, lists_customers, customer_id, search = found.groups()
    if not OLDEST_VERSION <= int(version) <= NEWEST_VERSION:
        raise AdsError("requestError", "UNSUPPORTED_VERSION")
    if lists_customers:
        return JSONResponse(ads.accessible(state, call))
    if search == "search":
        return JSONResponse(ads.search(state, call, customer_id))
    return JSONResponse(ads.search_stream(state, call, customer_id))
