"""Tokens by code, how they are revoked, and the ad accounts that one reaches."""

import hmac
from typing import Any

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.tiktok import seeds
from audience_sync.sandbox.tiktok.ask import Ask
from audience_sync.sandbox.tiktok.errors import TikTokError
from audience_sync.sandbox.tiktok.state import Code, State, Token

Answer = dict[str, Any]


def access_token(state: State, call: Call) -> Answer:
    """POST /oauth2/access_token/: a code for a token. A user of very many accounts asks for it without its accounts."""
    app_id = _app(call)
    code = _code(state, call, app_id)
    code.used = True
    token = state.issue(code)
    answer = {"access_token": token.value, "scope": state.scope(token.scope), "token_type": "Bearer"}
    if call.params.get("return_advertiser_ids", True) is False:
        return answer
    return {**answer, "advertiser_ids": state.reached(token)}


def revoke(state: State, call: Call) -> Answer:
    """POST /oauth2/revoke_token/: the token is worth nothing any more."""
    app_id = _app(call)
    token = known_token(state, call.text("access_token"))
    if token.app_id != app_id:
        raise TikTokError(40105)
    token.revoked = True
    return {"app_id": app_id, "advertiser_ids": state.reached(token)}


def advertisers(state: State, ask: Ask) -> Answer:
    """GET /oauth2/advertiser/get/: the ad accounts, all on one page; the app's secret is in the query."""
    _app(ask.call)
    accounts = state.accounts()
    reached = [accounts[each] for each in state.reached(ask.token)]
    return {"list": [{"advertiser_id": each.id, "advertiser_name": each.name} for each in reached]}


def known_token(state: State, value: str) -> Token:
    """The token, which is good; code 40104 where there is none, 40105 for one that is unknown or revoked."""
    if not value:
        raise TikTokError(40104)
    token = state.tokens.get(value)
    if token is None or token.revoked:
        raise TikTokError(40105)
    return token


def _app(call: Call) -> str:
    """The app that calls; its secret was right."""
    app_id = call.text("app_id")
    if app_id not in seeds.APPS:
        raise TikTokError(40113)
    if not hmac.compare_digest(seeds.APPS[app_id].encode(), call.text("secret").encode()):
        raise TikTokError(40101)
    return app_id


def _code(state: State, call: Call, app_id: str) -> Code:
    code = state.codes.get(call.text("auth_code"))
    if code is None or code.used or code.app_id != app_id:
        raise TikTokError(40110)
    if state.clock.now() >= code.expires_at:
        raise TikTokError(40115)
    return code
