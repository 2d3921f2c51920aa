"""The consent page, and tokens by code and by refresh."""

import hmac
from typing import Any

from starlette.responses import JSONResponse, Response

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.consent import back_to_app, blocked_page, consent_page, is_on_this_machine
from audience_sync.sandbox.linkedin.state import APPS, SCOPES, Grant, State, new_value

PARAMETERS = ("response_type", "client_id", "redirect_uri", "scope", "state")
DENIAL = {"error": "user_cancelled_authorize", "error_description": "The user cancelled the authorization"}


def authorization(state: State, call: Call) -> Response:
    """GET and POST /oauth/v2/authorization: the page, or the way back to the app with a code or the denial."""
    problem = _problem(call)
    if problem:
        return blocked_page("LinkedIn", problem)
    decision = call.text("decision")
    if call.method != "POST" or not decision:
        asked = {name: call.text(name) for name in PARAMETERS if call.text(name)}
        wants, app = "your LinkedIn advertising account", state.settings.app_name
        return consent_page(asked, platform="LinkedIn", wants=wants, app=app, person="Sandbox Person")
    if decision != "continue":
        return back_to_app(call, DENIAL)
    code, until = new_value(), state.clock.now() + state.settings.code_seconds
    scopes = tuple(call.text("scope").split())
    state.codes[code] = Grant(scopes, until, call.text("redirect_uri"))
    return back_to_app(call, {"code": code})


def access_token(state: State, call: Call) -> Response:
    """POST /oauth/v2/accessToken, a form: a code for two tokens, or a refresh token for another access token."""
    secret = APPS.get(call.text("client_id"))
    if secret is None or not hmac.compare_digest(secret.encode(), call.text("client_secret").encode()):
        return _refused("invalid_client", "Client authentication failed", 401)
    now, kind = state.clock.now(), call.text("grant_type")
    if kind == "authorization_code":
        grant = state.codes.pop(call.text("code"), None)
        if grant is not None and grant.redirect_uri != call.text("redirect_uri"):
            return _refused("invalid_redirect_uri", "The redirect_uri is not that of the code")
    elif kind == "refresh_token":
        grant = state.refresh_tokens.get(call.text("refresh_token"))
    else:
        return _refused("unsupported_grant_type", "The grant_type is not supported")
    if grant is None or now >= grant.expires_at:
        return _refused("invalid_grant", "The code or the refresh token is invalid, used or expired")
    return JSONResponse(_issued(state, grant, "" if kind == "authorization_code" else call.text("refresh_token")))


def _issued(state: State, grant: Grant, refresh: str) -> dict[str, Any]:
    """A new access token; a refresh token that was used stays, with its own end."""
    now, settings = state.clock.now(), state.settings
    if not refresh:
        refresh = new_value()
        state.refresh_tokens[refresh] = Grant(grant.scopes, now + settings.refresh_seconds)
    token = new_value()
    state.tokens[token] = Grant(grant.scopes, now + settings.token_seconds)
    left = min(state.refresh_tokens[refresh].expires_at - now, settings.refresh_seconds)
    return {
        "access_token": token,
        "expires_in": settings.token_seconds,
        "refresh_token": refresh,
        "refresh_token_expires_in": round(left),
        "scope": ",".join(grant.scopes),
        "token_type": "Bearer",
    }


def _refused(error: str, words: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "error_description": words}, status)


def _problem(call: Call) -> str:
    """Why the page cannot be shown, or nothing. Nobody is sent to an address that is not allowed."""
    if call.text("client_id") not in APPS:
        return "The client_id is not known here."
    if not is_on_this_machine(call.text("redirect_uri")):
        return "The redirect_uri is not registered: the sandbox only redirects to this machine."
    unknown = set(call.text("scope").split()) - set(SCOPES)
    if call.text("response_type") != "code" or unknown or not call.text("scope"):
        return f"Unknown response_type or scopes: {', '.join(sorted(unknown))}."
    return ""
