"""From a path of the Business API to the answer's data: path, token, permission, rate, endpoint."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.tiktok import accounts, audiences, files, oauth, segments
from audience_sync.sandbox.tiktok.ask import Ask
from audience_sync.sandbox.tiktok.errors import NoSuchPath, TikTokError
from audience_sync.sandbox.tiktok.seeds import AD_ACCOUNTS, AUDIENCES, READ_AUDIENCES, WRITE_AUDIENCES
from audience_sync.sandbox.tiktok.state import State, Token

ROOT = "/open_api/"
VERSION = "v1.3"

Data = dict[str, Any]


@dataclass(frozen=True)
class Endpoint:
    """A call with a token that has all these permissions."""

    method: str
    answer: Callable[[State, Ask], Data]
    permissions: tuple[int, ...] = ()


# Calls that bring the app's own secret instead of a token.
OPEN: dict[str, Callable[[State, Call], Data]] = {
    "/oauth2/access_token/": oauth.access_token,
    "/oauth2/revoke_token/": oauth.revoke,
}
READ, WRITE = (AUDIENCES, READ_AUDIENCES), (AUDIENCES, WRITE_AUDIENCES)
ENDPOINTS = {
    "/oauth2/advertiser/get/": Endpoint("GET", oauth.advertisers),
    "/user/info/": Endpoint("GET", accounts.user_info),
    "/advertiser/info/": Endpoint("GET", accounts.info, (AD_ACCOUNTS,)),
    "/segment/audience/": Endpoint("POST", segments.audience, WRITE),
    "/segment/mapping/": Endpoint("POST", segments.mapping, WRITE),
    "/dmp/custom_audience/file/upload/": Endpoint("POST", files.upload, WRITE),
    "/dmp/custom_audience/create/": Endpoint("POST", audiences.create, WRITE),
    "/dmp/custom_audience/update/": Endpoint("POST", audiences.update, WRITE),
    "/dmp/custom_audience/delete/": Endpoint("POST", audiences.delete, WRITE),
    "/dmp/custom_audience/get/": Endpoint("GET", audiences.get, READ),
    "/dmp/custom_audience/list/": Endpoint("GET", audiences.listed, READ),
}
MULTIPART = frozenset({"/dmp/custom_audience/file/upload/"})


def respond(state: State, call: Call) -> Data:
    """The data of the answer to one call; TikTokError for another code than 0, NoSuchPath for what is no call."""
    path = _path(call)
    method = "POST" if path in OPEN else ENDPOINTS[path].method
    if call.method != method:
        raise NoSuchPath(405, "405 method not allowed")
    if path in OPEN:
        _check_json(call)
        return OPEN[path](state, call)
    endpoint = ENDPOINTS[path]
    ask = Ask(call, path, state, _token(state, call, path), writes=WRITE_AUDIENCES in endpoint.permissions)
    if call.method == "POST" and path not in MULTIPART:
        _check_json(call)
    return endpoint.answer(state, ask)


def _path(call: Call) -> str:
    """The path after the version. Without its slash at the end no path is known."""
    version, slash, rest = call.path.removeprefix(ROOT).partition("/")
    path = slash + rest
    if not call.path.startswith(ROOT) or (path not in ENDPOINTS and path not in OPEN):
        raise NoSuchPath(404, "404 page not found")
    if version != VERSION:
        raise TikTokError(40006)
    return path


def _token(state: State, call: Call, path: str) -> Token:
    """The caller's token, which is good, has the permissions that the path needs, and whose app is within its rate."""
    token = oauth.known_token(state, call.headers.get("access-token", ""))
    needed = ENDPOINTS[path].permissions
    if not set(needed) <= set(state.scope(token.scope)):
        raise TikTokError(40001, f"The access token does not have the scope for {path}:{call.method}")
    state.limits.spend(token.app_id, state.clock.now(), state.settings)
    return token


def _check_json(call: Call) -> None:
    if call.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise TikTokError(40002, "The Content-Type must be application/json")
