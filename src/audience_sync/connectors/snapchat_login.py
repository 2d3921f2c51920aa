"""Connecting Snapchat: the consent page, and grants that are exchanged, inspected, renewed and withdrawn."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from urllib.parse import urlencode

from audience_sync.connectors.http import Api
from audience_sync.connectors.wire import Call, JsonObject
from audience_sync.errors import ActionNeeded, SetupError
from audience_sync.model.platforms import Grant

USER = "user"
FORM = "application/x-www-form-urlencoded"
APPS_LINK = "https://accounts.snapchat.com/v2/manage-apps"


def login_url(api: Api, *, redirect_uri: str, state: str, verifier: str) -> str:
    """The consent page's address. Snapchat documents no verifier for it."""
    _require_app(api)
    asked = {
        "response_type": "code",
        "client_id": api.app_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(api.dialect.card.scopes),
        "state": state,
    }
    return f"{api.login_url}/login/oauth2/authorize?{urlencode(asked)}"


async def exchange(api: Api, *, code: str, redirect_uri: str, verifier: str) -> Grant:
    """The grant behind a code: an access token of about an hour, and what renews it."""
    _require_app(api)
    given = await _token(api, grant_type="authorization_code", code=code, redirect_uri=redirect_uri)
    found = await inspect(api.with_token(str(given["access_token"])))
    return _with(found, given)


async def inspect(api: Api) -> Grant:
    """Whose token the api carries; Reconnect when it is no longer valid.

    Snapchat tells neither expiry nor scopes of a token. One that may ask has the only scope that there is for this.
    """
    me = (await api.get("me"))["me"]
    return Grant(
        token=api.token,
        kind=USER,
        scopes=api.dialect.card.scopes,
        subject=str(me["id"]),
        label=str(me.get("display_name") or me.get("email") or ""),
        unsaid=("scopes", "expires_at"),
    )


async def renew(api: Api, grant: Grant) -> Grant | None:
    """The grant with a new access token, and the refresh token that is good from now on; None without one."""
    if not grant.refresh_token:
        return None
    _require_app(api)
    return _with(grant, await _token(api, grant_type="refresh_token", refresh_token=grant.refresh_token))


async def revoke(api: Api, grant: Grant) -> NoReturn:
    """ActionNeeded with the page where the person can do it: Snapchat has no call for it."""
    raise ActionNeeded(
        "Snapchat lets nobody but the person who connected it withdraw the grant.",
        f"Remove the app at {APPS_LINK}.",
        code="SNAPCHAT_REMOVE_BY_HAND",
    )


def _with(grant: Grant, given: JsonObject) -> Grant:
    lifetime = timedelta(seconds=float(given["expires_in"]))
    return replace(
        grant,
        token=str(given["access_token"]),
        scopes=tuple(str(given.get("scope") or "").split()) or grant.scopes,
        expires_at=datetime.now(UTC) + lifetime,
        refresh_token=str(given.get("refresh_token") or grant.refresh_token),
        unsaid=(),
    )


async def _token(api: Api, **proof: str) -> JsonObject:
    fields = {"client_id": api.app_id, "client_secret": api.app_secret, **proof}
    call = Call(
        "POST",
        f"{api.login_url}/login/oauth2/access_token",
        body=urlencode(fields).encode(),
        media=FORM,
        # A code works once. So may a refresh token: but then only the first answer would help, and it is lost anyway.
        repeatable="code" not in proof,
    )
    return await api.with_token("").send(call)


def _require_app(api: Api) -> None:
    if not api.app_id or not api.app_secret:
        raise SetupError(
            "Connecting Snapchat needs an OAuth app of yours.",
            "Set AUDIENCE_SYNC_SNAPCHAT_APP_ID and AUDIENCE_SYNC_SNAPCHAT_APP_SECRET.",
        )
