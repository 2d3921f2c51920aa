"""Tokens by code, by refresh token and by a service account's word; what a token is worth; how a grant is revoked."""

import base64
import binascii
import hashlib
import hmac
from typing import Any
from urllib.parse import unquote

from starlette.responses import JSONResponse, Response

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.google import seeds
from audience_sync.sandbox.google.assertion import read_assertion
from audience_sync.sandbox.google.errors import Refused
from audience_sync.sandbox.google.state import State
from audience_sync.sandbox.google.tokens import Code, Grant, new_refresh_token

Answer = dict[str, Any]
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DEAD = "Token has been expired or revoked."


class OAuthError(Refused):
    """A refusal of the sign-in service, which has an envelope of its own."""

    def __init__(self, error: str, description: str = "", status: int = 400) -> None:
        self._body = {"error": error, **({"error_description": description} if description else {})}
        self._status = status
        super().__init__(error)

    def response(self) -> JSONResponse:
        return JSONResponse(self._body, self._status)


def token(state: State, call: Call) -> Response:
    """POST /token: a new access token, for whatever the caller has to show."""
    kind = call.text("grant_type")
    if kind == JWT_BEARER:
        return JSONResponse(_for_assertion(state, call))
    app_id = _app(state, call)
    if kind == "authorization_code":
        return JSONResponse(_for_code(state, call, app_id))
    if kind == "refresh_token":
        return JSONResponse(_for_refresh_token(state, call, app_id))
    raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {kind}")


def revoke(state: State, call: Call) -> Response:
    """POST /revoke: the grant of the token is gone, with all its tokens."""
    grant = state.tokens.named(call.text("token"))
    if grant is None or grant.is_revoked:
        raise OAuthError("invalid_token", DEAD)
    grant.is_revoked = True
    return JSONResponse({})


def tokeninfo(state: State, call: Call) -> Response:
    """GET or POST /tokeninfo: what an access token is worth."""
    now = state.clock.now()
    found = state.tokens.access.get(call.text("access_token"))
    if found is None or not found.is_good(now):
        raise OAuthError("invalid_token", "Invalid Value")
    answer = {
        "azp": found.grant.app_id,
        "aud": found.grant.app_id,
        "sub": found.grant.person.id,
        "scope": " ".join(found.scopes),
        "exp": str(int(found.expires_at)),
        "expires_in": str(int(found.expires_at - now)),
        "access_type": "offline" if found.grant.refresh_token else "online",
    }
    if {"email", f"{seeds.AUTH}userinfo.email"} & set(found.scopes):
        answer |= {"email": found.grant.person.email, "email_verified": "true"}
    return JSONResponse(answer)


def _for_code(state: State, call: Call, app_id: str) -> Answer:
    code = _checked_code(state, call, app_id)
    code.is_used = True
    is_first = not any(each.refresh_token for each in state.tokens.living(code.person, app_id))
    wants = code.wants_refresh_token and (is_first or code.is_consent_asked)
    grant = state.tokens.new_grant(code.person, app_id, code.scopes, new_refresh_token() if wants else "")
    answer = _given(state, grant, code.scopes)
    if not wants:
        return answer
    answer["refresh_token"] = grant.refresh_token
    if state.settings.refresh_token_seconds:
        grant.refresh_until = state.clock.now() + state.settings.refresh_token_seconds
        answer["refresh_token_expires_in"] = state.settings.refresh_token_seconds
    return answer


def _checked_code(state: State, call: Call, app_id: str) -> Code:
    code = state.tokens.codes.get(call.text("code"))
    if code is None or code.app_id != app_id or code.is_used or state.clock.now() >= code.expires_at:
        raise OAuthError("invalid_grant", "Bad Request")
    if code.redirect_uri != call.text("redirect_uri"):
        raise OAuthError("redirect_uri_mismatch", "Bad Request")
    shown = hashlib.sha256(call.text("code_verifier").encode()).digest()
    if code.challenge and code.challenge != base64.urlsafe_b64encode(shown).decode().rstrip("="):
        raise OAuthError(
            "invalid_grant", "Invalid code verifier." if call.text("code_verifier") else "Missing code verifier."
        )
    return code


def _for_refresh_token(state: State, call: Call, app_id: str) -> Answer:
    grant = state.tokens.refreshed_by(call.text("refresh_token"))
    stopped = state.settings.invalid_grant or "invalid_grant" in call.faults
    if grant is None or grant.app_id != app_id or stopped or grant.refuses(state.clock.now()):
        raise OAuthError("invalid_grant", DEAD)
    scopes = tuple(call.text("scope").split()) or grant.scopes
    if set(scopes) - set(grant.scopes):
        raise OAuthError("invalid_scope", "Some requested scopes were not granted.")
    return _given(state, grant, scopes)


def _for_assertion(state: State, call: Call) -> Answer:
    """A token for the service account, which nobody has to consent to; it has no refresh token."""
    claims = read_assertion(call, state.settings.service_account_key, state.clock.now())
    if claims is None or claims.issuer != seeds.SERVICE_ACCOUNT.email or "invalid_grant" in call.faults:
        raise OAuthError("invalid_grant", "Invalid JWT Signature.")
    if not claims.scopes or set(claims.scopes) - seeds.SCOPES.keys() - seeds.IDENTITY_SCOPES:
        raise OAuthError("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    grant = state.tokens.new_grant(seeds.SERVICE_ACCOUNT, seeds.SERVICE_ACCOUNT.id, claims.scopes)
    answer = _given(state, grant, claims.scopes)
    del answer["scope"]
    return answer


def _given(state: State, grant: Grant, scopes: tuple[str, ...]) -> Answer:
    seconds = state.settings.token_seconds
    issued = state.tokens.issue(grant, scopes, state.clock.now() + seconds)
    return {
        "access_token": issued.value,
        "expires_in": seconds,
        "scope": " ".join(scopes),
        "token_type": "Bearer",
    }


def _app(state: State, call: Call) -> str:
    """The app that calls, by the form or by HTTP Basic; its secret was right."""
    app_id, secret = call.text("client_id"), call.text("client_secret")
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        app_id, secret = _basic(encoded)
    if app_id not in state.apps:
        raise OAuthError("invalid_client", "The OAuth client was not found.", 401)
    if not hmac.compare_digest(state.apps[app_id].encode(), secret.encode()):
        raise OAuthError("invalid_client", "Unauthorized", 401)
    return app_id


def _basic(encoded: str) -> tuple[str, str]:
    try:
        app_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OAuthError("invalid_client", "Unauthorized", 401) from error
    return unquote(app_id), unquote(secret)
