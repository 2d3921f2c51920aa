"""From a path of the Graph API to the answer: version, token, node, edge."""

import re
from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.meta import accounts, audiences, oauth, seeds, uploads
from audience_sync.sandbox.meta.dialog import dialog
from audience_sync.sandbox.meta.errors import GraphError
from audience_sync.sandbox.meta.graphcall import GraphCall
from audience_sync.sandbox.meta.state import State
from audience_sync.sandbox.meta.tokens import Token, check_proof, token_of

NEWEST_VERSION = 26
OLDEST_CORE_VERSION = 22
_PATH = re.compile(r"/v(\d+)\.0(?:/(.*?))?/?")

Endpoint = Callable[[State, GraphCall], dict[str, Any]]
OpenEndpoint = Callable[[State, Call], dict[str, Any]]

# Calls that bring their own proof of who they are.
OPEN: dict[tuple[str, str], OpenEndpoint] = {
    ("GET", "oauth/access_token"): oauth.access_token,
    ("POST", "oauth/access_token"): oauth.access_token,
    ("GET", "oauth/revoke"): oauth.revoke,
    ("GET", "debug_token"): oauth.debug_token,
}
# Calls with a token: (kind of node, method, edge). A version of the core lives longer than its Marketing API.
ENDPOINTS: dict[tuple[str, str, str], Endpoint] = {
    ("core", "GET", "me"): accounts.me,
    ("core", "GET", "me/permissions"): accounts.permissions,
    ("core", "DELETE", "me/permissions"): accounts.withdraw,
    ("me", "GET", "adaccounts"): accounts.my_accounts,
    ("me", "GET", "assigned_ad_accounts"): accounts.assigned_accounts,
    ("me", "GET", "businesses"): accounts.my_businesses,
    ("business", "GET", ""): accounts.business,
    ("business", "GET", "owned_ad_accounts"): accounts.owned_accounts,
    ("business", "GET", "client_ad_accounts"): accounts.client_accounts,
    ("account", "GET", ""): accounts.account,
    ("account", "GET", "customaudiences"): audiences.listed,
    ("account", "POST", "customaudiences"): audiences.create,
    ("account", "DELETE", "usersofanyaudience"): uploads.remove_everywhere,
    ("audience", "GET", ""): audiences.read,
    ("audience", "POST", ""): audiences.update,
    ("audience", "DELETE", ""): audiences.delete,
    ("audience", "GET", "sessions"): audiences.sessions,
    ("audience", "POST", "users"): uploads.add,
    ("audience", "DELETE", "users"): uploads.remove,
    ("audience", "POST", "usersreplace"): uploads.replace,
}


def respond(state: State, call: Call) -> Response:
    """The answer to one call; GraphError where Meta would answer with an error."""
    version, path = _split(state, call)
    if path == "dialog/oauth" and call.method in ("GET", "POST"):
        return dialog(state, call)
    method = _method(call)
    if (method, path) in OPEN:
        return JSONResponse(OPEN[method, path](state, call))
    return JSONResponse(_with_token(state, call, GraphCall(call, version, method, _token(state, call)), path))


def account_of(state: State, call: Call) -> str:
    """The digits of the ad account that the path names or leads to; nothing where there is none."""
    found = _PATH.fullmatch(call.path)
    node = (found[2] or "").partition("/")[0] if found else ""
    if node.startswith("act_"):
        return node.removeprefix("act_")
    return state.audiences[node].account_id if node in state.audiences else ""


def _with_token(state: State, call: Call, ask: GraphCall, path: str) -> dict[str, Any]:
    first, _, edge = path.partition("/")
    core = f"me/{edge.partition('/')[0]}".rstrip("/") if first == "me" else ""
    if ("core", ask.method, core) in ENDPOINTS:
        rest = edge.partition("/")[2]
        return ENDPOINTS["core", ask.method, core](state, _aimed(ask, ask.token.person, rest))
    _check_marketing(state, call, ask.version)
    state.usage.spend(account_of(state, call), state.clock.now(), state.settings)
    kind, node = _node(state, first)
    endpoint = ENDPOINTS.get((kind, ask.method, edge))
    if endpoint is None:
        raise GraphError(2500, message=f"Unknown path components: /{path}", status=404)
    return endpoint(state, _aimed(ask, node, ""))


def _aimed(ask: GraphCall, node: Any, rest: str) -> GraphCall:
    return GraphCall(ask.call, ask.version, ask.method, ask.token, node, rest)


def _split(state: State, call: Call) -> tuple[str, str]:
    found = _PATH.fullmatch(call.path)
    if found is None or not 1 <= int(found[1]) <= NEWEST_VERSION:
        raise GraphError(2500, message=f"Unknown path components: {call.path}", status=404)
    if int(found[1]) < min(OLDEST_CORE_VERSION, state.settings.oldest_version):
        raise GraphError(2635)
    return f"v{found[1]}.0", (found[2] or "").strip("/")


def _check_marketing(state: State, call: Call, version: str) -> None:
    """The version still answers Marketing calls, and none of what v26 has cleaned away is used."""
    if int(version[1:-2]) < state.settings.oldest_version:
        raise GraphError(2635)
    if "date_format" in call.params:
        raise GraphError(100, message="date_format is no longer supported", blame=("date_format",))


def _method(call: Call) -> str:
    wanted = call.text("method").upper()
    return wanted if call.method == "POST" and wanted in ("GET", "DELETE") else call.method


def _token(state: State, call: Call) -> Token:
    value = token_of(call)
    if not value:
        raise GraphError(2500)
    token = state.tokens.get(value)
    if token is None:
        raise GraphError(190)
    subcode = token.fault(state.clock.now())
    if subcode is not None:
        raise GraphError(190, subcode)
    secret = state.apps[token.app_id]
    check_proof(call, value, secret, state.clock.now(), required=state.settings.require_proof)
    return token


def _node(state: State, name: str) -> tuple[str, Any]:
    if name == "me":
        return "me", None
    if name in seeds.BUSINESSES:
        return "business", name
    if name.startswith("act_"):
        account = state.accounts().get(name)
        if account is None:
            raise GraphError(100, 33)
        return "account", account
    if name.isdecimal():
        return "audience", state.audience(name)
    raise GraphError(2500, message=f"Unknown path components: /{name}", status=404)
