"""Ad accounts, DMP segments and their users under /rest/, with the checks that every call passes first."""

import re
from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.linkedin.state import ACCOUNTS, LinkedInError, Segment, State
from audience_sync.sandbox.linkedin.users import batch_create

MOST_ROWS = 100
ACCOUNT_URN = "urn:li:sponsoredAccount:"
CHANGEABLE = ("name", "description")
_PATH = re.compile(r"/rest/(adAccounts|dmpSegments)(?:/(\d+))?(/users)?")


def respond(state: State, call: Call) -> Response:
    """The answer to one call of the API; LinkedInError where LinkedIn would answer with an error."""
    found = _PATH.fullmatch(call.path)
    if found is None:
        raise LinkedInError(404, "RESOURCE_NOT_FOUND", f"No virtual resource found for {call.path}")
    _check_headers(state, call)
    _check_caller(state, call, "r_ads" if found[1] == "adAccounts" else "rw_dmp_segments")
    shape = (found[1], "id" if found[2] else "", found[3] or "", _method(call))
    endpoint = ENDPOINTS.get(shape)
    if endpoint is None:
        raise LinkedInError(405, "METHOD_NOT_ALLOWED", f"No method for {call.method} {call.path}")
    return endpoint(state, call, found[2] or "")


def _accounts(state: State, call: Call, _: str) -> Response:
    """GET /rest/adAccounts?q=search: by pages of pageSize, the next one by pageToken."""
    size, start = call.whole("pageSize", MOST_ROWS), call.whole("pageToken", 0)
    rows = [
        {"id": id, "name": name, "currency": "USD", "status": "ACTIVE", "type": "BUSINESS", "test": False}
        for id, name in ACCOUNTS.items()
    ]
    more = {"nextPageToken": str(start + size)} if start + size < len(rows) else {}
    return JSONResponse({"elements": rows[start : start + size], "metadata": more})


def _found(state: State, call: Call, _: str) -> Response:
    """GET /rest/dmpSegments?q=account: the ad account's, narrowed by sourcePlatform and sourceSegmentId."""
    account, wanted = _account(call.text("account")), ("sourcePlatform", "sourceSegmentId")
    rows = [
        each
        for each in state.settled()
        if each.account == account and all(call.text(name) in ("", each.details.get(name)) for name in wanted)
    ]
    start, count = call.whole("start", 0), min(call.whole("count", 10), state.settings.page_rows)
    paging = {"start": start, "count": count, "total": len(rows), "links": []}
    return JSONResponse({"paging": paging, "elements": [_shown(state, each) for each in rows[start : start + count]]})


def _created(state: State, call: Call, _: str) -> Response:
    """POST /rest/dmpSegments: an empty segment, whose id is in a header."""
    details = dict(call.params)
    if not details.get("name") or not details.get("sourcePlatform") or details.get("type") != "USER":
        raise LinkedInError(400, "ILLEGAL_ARGUMENT", "name, sourcePlatform and type USER are required")
    if details.get("destinations") != [{"destination": "LINKEDIN"}]:
        raise LinkedInError(400, "ILLEGAL_ARGUMENT", "destinations must hold LINKEDIN")
    made = state.new_segment(_account(str(details.get("account"))), details)
    return Response(status_code=201, headers={"x-linkedin-id": made.id, "x-restli-id": made.id})


def _read(state: State, call: Call, id: str) -> Response:
    return JSONResponse(_shown(state, _segment(state, id)))


def _patched(state: State, call: Call, id: str) -> Response:
    """POST with PARTIAL_UPDATE: the fields in {"patch": {"$set": …}} are as given."""
    patch = call.structure("patch")
    changes = patch.get("$set") if isinstance(patch, dict) else None
    if not isinstance(changes, dict) or not changes.keys() <= set(CHANGEABLE):
        raise LinkedInError(400, "ILLEGAL_ARGUMENT", "patch.$set may hold name and description")
    _segment(state, id).details.update(changes)
    return Response(status_code=204)


def _deleted(state: State, call: Call, id: str) -> Response:
    del state.segments[_segment(state, id).id]
    return Response(status_code=204)


def _users(state: State, call: Call, id: str) -> Response:
    return JSONResponse(batch_create(state, call, _segment(state, id)))


ENDPOINTS: dict[tuple[str, str, str, str], Callable[[State, Call, str], Response]] = {
    ("adAccounts", "", "", "GET search"): _accounts,
    ("dmpSegments", "", "", "GET account"): _found,
    ("dmpSegments", "", "", "POST "): _created,
    ("dmpSegments", "id", "", "GET "): _read,
    ("dmpSegments", "id", "", "POST PARTIAL_UPDATE"): _patched,
    ("dmpSegments", "id", "", "DELETE "): _deleted,
    ("dmpSegments", "id", "/users", "POST BATCH_CREATE"): _users,
}


def _method(call: Call) -> str:
    """The method with Rest.li's own word for it: the finder of a GET, the X-RestLi-Method of a POST."""
    word = call.text("q") if call.method == "GET" else call.headers.get("x-restli-method", "")
    return f"{call.method} {word}"


def _segment(state: State, id: str) -> Segment:
    """The segment; not found either while it is so new that LinkedIn does not know it yet."""
    for each in state.settled():
        if each.id == id and state.clock.now() >= each.created_at + state.settings.hidden_seconds:
            return each
    raise LinkedInError(404, "NOT_FOUND", f"DMP segment {id} was not found")


def _account(urn: str) -> int:
    digits = urn.removeprefix(ACCOUNT_URN)
    if not urn.startswith(ACCOUNT_URN) or not digits.isdecimal() or int(digits) not in ACCOUNTS:
        raise LinkedInError(403, "ACCESS_DENIED", f"Not enough permissions to access {urn}", 100)
    return int(digits)


def _shown(state: State, segment: Segment) -> dict[str, Any]:
    """A segment as LinkedIn shows it: how it stands is told of its destination. Times are milliseconds."""
    large_enough = segment.matched >= state.settings.min_size
    destination = {
        "destination": "LINKEDIN",
        "status": segment.status(state.clock.now()),
        "destinationSegmentId": f"urn:li:adSegment:{segment.id}",
    }
    size = {"matchedCount": segment.matched, "audienceSize": segment.matched if large_enough else 0}
    return {
        **segment.details,
        "id": int(segment.id),
        "accessPolicy": "PRIVATE",
        "inputCount": segment.members.people,
        "created": round(segment.created_at * 1000),
        "lastModified": round(max(segment.created_at, segment.changed_at) * 1000),
        "destinations": [{**destination, **(size if segment.built else {})}],
    }


def _check_headers(state: State, call: Call) -> None:
    version, settings = call.headers.get("linkedin-version", ""), state.settings
    if not version:
        raise LinkedInError(400, "VERSION_MISSING", "A version must be present. Please specify a version")
    active = version.isdecimal() and settings.oldest_version <= int(version) <= settings.newest_version
    if not active:
        raise LinkedInError(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
    if call.headers.get("x-restli-protocol-version") != "2.0.0":
        raise LinkedInError(400, "ILLEGAL_ARGUMENT", "X-Restli-Protocol-Version must be 2.0.0")


def _check_caller(state: State, call: Call, scope: str) -> None:
    """The token is good and has the scope, and its app is within its rate."""
    now, token = state.clock.now(), state.tokens.get(call.bearer)
    if token is None:
        raise LinkedInError(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)
    if now >= token.expires_at:
        raise LinkedInError(401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired", 65602)
    if scope not in token.scopes:
        raise LinkedInError(403, "ACCESS_DENIED", f"Not enough permissions: {scope}", 100)
    state.calls = [moment for moment in state.calls if moment > now - 1]
    if state.settings.requests_per_second and len(state.calls) >= state.settings.requests_per_second:
        raise LinkedInError(429, "TOO_MANY_REQUESTS", "Resource level throttle limit is reached", 101)
    state.calls.append(now)
