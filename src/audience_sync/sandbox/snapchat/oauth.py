"""Access tokens for a code or a refresh token, in the form of RFC 6749."""

import hmac
from typing import Any

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.snapchat.errors import OAuthError
from audience_sync.sandbox.snapchat.state import State
from audience_sync.sandbox.snapchat.tokens import Grant

FORM = "application/x-www-form-urlencoded"
Answer = dict[str, Any]


def access_token(state: State, call: Call) -> Answer:
    """POST /login/oauth2/access_token, as a form only: a new access token, and what refreshes it."""
    if call.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise OAuthError("invalid_request", "The body must be a form")
    if "invalid_grant" in call.faults:
        raise OAuthError("invalid_grant", "The grant is not valid any more")
    app_id = _app(state, call)
    match call.text("grant_type"):
        case "authorization_code":
            return _first(state, call, app_id)
        case "refresh_token":
            return _refreshed(state, call, app_id)
        case _:
            raise OAuthError("unsupported_grant_type", "The grant_type is not known")


def _app(state: State, call: Call) -> str:
    """The app that calls; its secret was right."""
    app_id = call.text("client_id")
    secret = state.apps.get(app_id, "")
    if not secret or not hmac.compare_digest(secret.encode(), call.text("client_secret").encode()):
        raise OAuthError("invalid_client", "The client_id or client_secret is wrong", 401)
    return app_id


def _first(state: State, call: Call, app_id: str) -> Answer:
    """The tokens for a code, which is used up also where it was wrong to send it."""
    code = state.codes.pop(call.text("code"), None)
    if code is None or code.grant.app_id != app_id or state.clock.now() >= code.expires_at:
        raise OAuthError("invalid_grant", "The code is unknown, used or expired")
    if code.redirect_uri != call.text("redirect_uri"):
        raise OAuthError("invalid_grant", "The redirect_uri is not that of the code")
    return {**_given(state, code.grant), "refresh_token": state.new_refresh_token(code.grant)}


def _refreshed(state: State, call: Call, app_id: str) -> Answer:
    old = call.text("refresh_token")
    grant = state.refresh_tokens.get(old)
    if grant is None or grant.removed or grant.app_id != app_id:
        raise OAuthError("invalid_grant", "The refresh token is not valid any more")
    answer = _given(state, grant)
    if state.settings.rotate_refresh_tokens:
        del state.refresh_tokens[old]
        return {**answer, "refresh_token": state.new_refresh_token(grant)}
    return answer if state.settings.omit_refresh_token else {**answer, "refresh_token": old}


def _given(state: State, grant: Grant) -> Answer:
    token = state.issue(grant)
    return {
        "access_token": token.value,
        "token_type": "Bearer",
        "expires_in": state.settings.token_seconds,
        "scope": grant.scope,
    }
