"""Tokens by code and by exchange, what a token is worth, and how it is revoked."""

import hmac
from typing import Any

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.meta.errors import GraphError
from audience_sync.sandbox.meta.state import Code, State
from audience_sync.sandbox.meta.tokens import DATA_ACCESS_SECONDS, SYSTEM_USER_SECONDS, Token, token_of

Answer = dict[str, Any]


def access_token(state: State, call: Call) -> Answer:
    """GET or POST /oauth/access_token: a code for a token, or a living token for a long-lived one."""
    app_id = _app(state, call)
    if call.text("grant_type") == "fb_exchange_token":
        return _given(state, _exchanged(state, call, app_id))
    code = _code(state, call, app_id)
    code.used = True
    return _given(state, state.issue(code.person, app_id, dict(code.scopes), code.token_seconds))


def revoke(state: State, call: Call) -> Answer:
    """GET /oauth/revoke: the token `revoke_token` is worth nothing any more."""
    _app(state, call)
    caller = state.tokens.get(call.text("access_token"))
    revoked = state.tokens.get(call.text("revoke_token"))
    if caller is None or caller.fault(state.clock.now()) or revoked is None:
        raise GraphError(190)
    revoked.withdrawn = 467
    return {"success": True}


def debug_token(state: State, call: Call) -> Answer:
    """GET /debug_token: what `input_token` is worth; asked with the app's own token or one of its tokens."""
    now = state.clock.now()
    asked_by = token_of(call)
    app_id, _, secret = asked_by.partition("|")
    caller = state.tokens.get(asked_by)
    if state.apps.get(app_id) != secret and (caller is None or caller.fault(now)):
        raise GraphError(100, message="You must provide an app access token, or a token of the app's owner")
    token = state.tokens.get(call.text("input_token"))
    if token is None:
        return {"data": {"is_valid": False, "scopes": [], "error": _token_error(None)}}
    return {"data": _described(state, token, now)}


def _described(state: State, token: Token, now: float) -> Answer:
    targets = [each.digits for each in state.accounts().values()]
    described: Answer = {
        "app_id": token.app_id,
        "type": "SYSTEM_USER" if token.person.is_system_user else "USER",
        "application": state.settings.app_name,
        "data_access_expires_at": 0 if token.person.is_system_user else int(token.issued_at + DATA_ACCESS_SECONDS),
        "expires_at": int(token.expires_at),
        "is_valid": token.fault(now) is None,
        "issued_at": int(token.issued_at),
        "scopes": token.granted,
        "granular_scopes": [{"scope": scope, "target_ids": targets} for scope in token.granted],
        "user_id": token.person.id,
    }
    subcode = token.fault(now)
    return described if subcode is None else {**described, "error": _token_error(subcode)}


def _token_error(subcode: int | None) -> Answer:
    error = GraphError(190, subcode)
    return {"code": 190, "message": error.wording.message, **({"subcode": subcode} if subcode else {})}


def _app(state: State, call: Call) -> str:
    """The app that calls; its secret was right."""
    app_id = call.text("client_id")
    if app_id not in state.apps:
        raise GraphError(101)
    if not hmac.compare_digest(state.apps[app_id].encode(), call.text("client_secret").encode()):
        raise GraphError(1, message="Error validating client secret.", status=400)
    return app_id


def _code(state: State, call: Call, app_id: str) -> Code:
    code = state.codes.get(call.text("code"))
    if code is None or code.app_id != app_id or code.used or state.clock.now() >= code.expires_at:
        raise GraphError(100, 36009)
    if code.redirect_uri != call.text("redirect_uri"):
        raise GraphError(100, 36007)
    return code


def _exchanged(state: State, call: Call, app_id: str) -> Token:
    """A longer-lived token beside the old one, which lives on to its own end."""
    old = state.tokens.get(call.text("fb_exchange_token"))
    if old is None or old.app_id != app_id:
        raise GraphError(190)
    subcode = old.fault(state.clock.now())
    if subcode is not None:
        raise GraphError(190, subcode)
    seconds = state.settings.long_token_seconds
    if old.person.is_system_user:
        sixty_days = call.text("set_token_expires_in_60_days") in ("true", "1")
        seconds = SYSTEM_USER_SECONDS if sixty_days else 0
    return state.issue(old.person, app_id, dict(old.scopes), seconds)


def _given(state: State, token: Token) -> Answer:
    answer: Answer = {"access_token": token.value, "token_type": "bearer"}
    if token.expires_at:
        answer["expires_in"] = round(token.expires_at - token.issued_at)
    return answer
