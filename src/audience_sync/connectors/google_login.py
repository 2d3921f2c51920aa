"""Connecting Google: the consent page, exchanged, inspected, renewed and withdrawn grants."""

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from audience_sync.connectors import google_service_account
from audience_sync.connectors.google_service_account import JWT_BEARER, SERVICE_ACCOUNT
from audience_sync.connectors.google_wire import CARD
from audience_sync.connectors.http import Api
from audience_sync.connectors.wire import Call, JsonObject
from audience_sync.errors import Reconnect, SetupError
from audience_sync.model.platforms import Grant

USER = "user"
IDENTITY = ("openid", "email")
"""Scopes by which Google says who granted."""
EMAIL = "https://www.googleapis.com/auth/userinfo.email"
"""The same for a service account, which has no identity of its own to open."""


def login_url(api: Api, *, redirect_uri: str, state: str, verifier: str) -> str:
    """The consent page's address. `consent` is asked for each time, because only then a refresh token comes back."""
    _require_app(api)
    asked = {
        "client_id": api.app_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join((*CARD.scopes, *IDENTITY)),
        "access_type": "offline",
        "prompt": "consent",
        "state": state,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    return f"{api.login_url}/o/oauth2/v2/auth?{urlencode(asked)}"


def challenge(verifier: str) -> str:
    """What the consent page is shown of the verifier. Source: RFC 7636, section 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


async def exchange(api: Api, *, code: str, redirect_uri: str, verifier: str) -> Grant:
    """The grant behind a code, with the refresh token that outlives its access token of an hour."""
    _require_app(api)
    proof = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    try:
        answer = await _token(api, **proof)
    except Reconnect as refused:
        raise Reconnect(
            "Google no longer accepts this login: it was used already, has expired, or was begun by somebody else.",
            "Start again with Connect Google.",
            code="GOOGLE_LOGIN_USED",
            details=refused.details,
        ) from None
    return await _granted(api, answer, refresh_token="")


async def inspect(api: Api) -> Grant:
    """What the api's token may do and how long; Reconnect when Google no longer accepts it.

    The token may be a service account's JSON key: it is exchanged, and kept as what new tokens are made from.
    """
    if google_service_account.is_key(api.token):
        return await _for_key(api, api.token)
    found = await _token_info(api)
    scopes = tuple(str(found.get("scope", "")).split())
    who = str(found.get("email", ""))
    return Grant(
        token=api.token,
        kind=USER,
        scopes=scopes,
        declined=tuple(scope for scope in CARD.scopes if scope not in scopes),
        expires_at=datetime.fromtimestamp(int(found["exp"]), UTC),
        subject=str(found.get("sub") or who or found.get("azp", "")),
        label=who,
    )


async def renew(api: Api, grant: Grant) -> Grant | None:
    """The grant with an access token for another hour; None without what renews it.

    Reconnect when Google has withdrawn the grant: by its person, by an administrator, or unused for six months.
    """
    if not grant.refresh_token:
        return None
    if grant.kind == SERVICE_ACCOUNT:
        return await _for_key(api, grant.refresh_token)
    answer = await _token(api, grant_type="refresh_token", refresh_token=grant.refresh_token)
    renewed = await _granted(api, answer, refresh_token=grant.refresh_token)
    return replace(renewed, subject=grant.subject or renewed.subject, label=grant.label or renewed.label)


async def revoke(api: Api, grant: Grant) -> None:
    """The grant is withdrawn at Google. A service account is left alone: nobody granted it anything through us."""
    if grant.kind == SERVICE_ACCOUNT:
        return
    try:
        await _post(api, "revoke", {"token": grant.refresh_token or grant.token}, silent=True)
    except Reconnect:
        # It was worth nothing any more.
        return


async def _for_key(api: Api, key: str) -> Grant:
    """A service account's grant, made anew from its key."""
    account = google_service_account.read_key(key)
    assertion = google_service_account.assertion(account, f"{token_url(api)}/token", (*CARD.scopes, EMAIL))
    answer = await _post(api, "token", {"grant_type": JWT_BEARER, "assertion": assertion})
    grant = await inspect(api.with_token(str(answer["access_token"])))
    return replace(grant, kind=SERVICE_ACCOUNT, refresh_token=key, subject=account.email, label=account.email)


async def _granted(api: Api, answer: JsonObject, *, refresh_token: str) -> Grant:
    grant = await inspect(api.with_token(str(answer["access_token"])))
    return replace(grant, refresh_token=str(answer.get("refresh_token") or refresh_token))


async def _token(api: Api, **proof: str) -> JsonObject:
    app = {"client_id": api.app_id, "client_secret": api.app_secret}
    return await _post(api, "token", app | proof, repeatable="code" not in proof)


async def _token_info(api: Api) -> JsonObject:
    """Google's own description of the token, which travels in the body: an address may be written down on its way."""
    return await _post(api, "tokeninfo", {"access_token": api.token})


async def _post(
    api: Api, path: str, fields: dict[str, str], *, repeatable: bool = True, silent: bool = False
) -> JsonObject:
    call = Call(
        "POST",
        f"{token_url(api)}/{path}",
        body=urlencode(fields).encode(),
        media="application/x-www-form-urlencoded",
        # A code works once: after a lost answer only a new login helps.
        repeatable=repeatable,
        silent=silent,
    )
    return await api.with_token("").send(call)


def token_url(api: Api) -> str:
    """Where tokens come from, by our setting or the card. What a key names as its `token_uri` is never followed."""
    return (api.options.get("token_url") or CARD.options["token_url"]).rstrip("/")


def _require_app(api: Api) -> None:
    if not api.app_id or not api.app_secret:
        raise SetupError(
            "Connecting Google needs an OAuth client of yours.",
            "Set AUDIENCE_SYNC_GOOGLE_APP_ID and AUDIENCE_SYNC_GOOGLE_APP_SECRET, or paste a service account's key.",
        )
