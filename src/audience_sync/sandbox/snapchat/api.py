"""From a path to the answer: the login, or the Marketing API with its token, its limits and its envelope."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.snapchat import accounts, segments, users
from audience_sync.sandbox.snapchat.dialog import dialog
from audience_sync.sandbox.snapchat.errors import SnapError, Unauthorized
from audience_sync.sandbox.snapchat.oauth import access_token
from audience_sync.sandbox.snapchat.settings import Settings
from audience_sync.sandbox.snapchat.snapcall import Item, SnapCall
from audience_sync.sandbox.snapchat.state import State
from audience_sync.sandbox.snapchat.tokens import MARKETING, Token

Endpoint = Callable[[State, SnapCall], Item]
LOGIN = "/login/oauth2/"
BASE = "/v1/"
LIMITED_PAGE = "<!DOCTYPE html><html><body><h1>429 Too Many Requests</h1></body></html>"

ENDPOINTS: dict[str, dict[str, Endpoint]] = {
    "me": {"GET": accounts.me},
    "me/organizations": {"GET": accounts.organizations},
    "organizations/*/adaccounts": {"GET": accounts.accounts},
    "adaccounts/*": {"GET": accounts.account},
    "adaccounts/*/segments": {"GET": segments.listed, "POST": segments.create, "PUT": segments.update},
    "segments/*": {"GET": segments.read, "DELETE": segments.delete},
    "segments/*/users": {"POST": users.add, "DELETE": users.remove},
    "segments/*/all_users": {"DELETE": users.remove_all},
}


class TooMany(Exception):
    """The caller is over its limit of requests a second."""


def respond(state: State, call: Call) -> Response:
    """The answer to one call; an exception of `errors` where Snapchat refuses it."""
    if call.path == f"{LOGIN}authorize" and call.method in ("GET", "POST"):
        return dialog(state, call)
    if call.path == f"{LOGIN}access_token" and call.method == "POST":
        return JSONResponse(access_token(state, call), headers={"cache-control": "no-store"})
    if not call.path.startswith(BASE):
        raise SnapError(message="There is nothing at this address", http=404)
    ask = SnapCall(call, _token(state, call), state.settings)
    _check_rate(state, ask.token)
    _check_content_type(call)
    endpoint, node = _endpoint(call.method, call.path.removeprefix(BASE))
    return _answer(endpoint(state, replace(ask, id=node)), state.settings)


def refusal(error: SnapError, settings: Settings) -> Response:
    """The envelope of a request that was refused as a whole."""
    body = {**_envelope("ERROR", settings), **error.body(settings.undocumented_code)}
    return JSONResponse(body, error.http)


def limited(settings: Settings) -> Response:
    """Status 429 without any header that says how long to wait."""
    if settings.limit_as_html:
        return HTMLResponse(LIMITED_PAGE, 429)
    return refusal(SnapError(message="Too many requests", http=429), settings)


def _answer(payload: Item, settings: Settings) -> Response:
    """The envelope around the items; refused ones hide in it unless the settings say otherwise."""
    items = [each for value in payload.values() if isinstance(value, list) for each in value]
    refused = [each for each in items if each["sub_request_status"] == "ERROR"]
    status = settings.refused_status if refused else "SUCCESS"
    if settings.lower_case_status:
        for each in items:
            each["sub_request_status"] = each["sub_request_status"].lower()
    http = settings.refused_http if refused and len(refused) == len(items) else 200
    return JSONResponse({**_envelope(status, settings), **payload}, http)


def _envelope(status: str, settings: Settings) -> dict[str, Any]:
    shown = status.lower() if settings.lower_case_status else status
    return {"request_status": shown, "request_id": uuid.uuid4().hex}


def _token(state: State, call: Call) -> Token:
    token = state.tokens.get(call.bearer)
    if token is None or not token.is_good(state.clock.now()):
        raise Unauthorized
    if MARKETING not in token.grant.scope.split():
        raise SnapError("E3002")
    return token


def _check_rate(state: State, token: Token) -> None:
    settings = state.settings
    limits = {
        f"token {token.value}": settings.requests_per_second,
        f"app {token.grant.app_id}": settings.app_requests_per_second,
    }
    if not state.rate.admits(state.clock.now(), limits):
        raise TooMany


def _check_content_type(call: Call) -> None:
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if call.body and kind != "application/json":
        raise SnapError("E0002")


def _endpoint(method: str, path: str) -> tuple[Endpoint, str]:
    """What answers the call, and the id that its path names."""
    first, _, rest = path.strip("/").partition("/")
    node, _, edge = rest.partition("/")
    shape = path.strip("/") if first == "me" else "/".join(part for part in (first, "*", edge) if part)
    if shape not in ENDPOINTS or (first != "me" and not node):
        raise SnapError(message="There is nothing at this address", http=404)
    if method not in ENDPOINTS[shape]:
        raise SnapError(message=f"{method} is not allowed here", http=405)
    return ENDPOINTS[shape][method], "" if first == "me" else node
