"""Connecting LinkedIn: the consent page, and grants that are exchanged, inspected, renewed and withdrawn."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from urllib.parse import urlencode

from audience_sync.connectors.http import Api
from audience_sync.connectors.linkedin_wire import accounts_page
from audience_sync.connectors.wire import Call, JsonObject
from audience_sync.errors import ActionNeeded, Reconnect, SetupError
from audience_sync.model.platforms import Grant

APPS_LINK = "https://www.linkedin.com/mypreferences/d/data-sharing-for-permitted-services"


def login_url(api: Api, *, redirect_uri: str, state: str, verifier: str) -> str:
    """The consent page's address; LinkedIn's server flow has no verifier."""
    _require_app(api)
    asked = {"response_type": "code", "client_id": api.app_id, "redirect_uri": redirect_uri, "state": state}
    return f"{api.login_url}/oauth/v2/authorization?{urlencode({**asked, 'scope': ' '.join(api.dialect.card.scopes)})}"


async def exchange(api: Api, *, code: str, redirect_uri: str, verifier: str) -> Grant:
    """The grant behind a code, with what renews it where LinkedIn gives that to the app."""
    _require_app(api)
    given = await _token(api, grant_type="authorization_code", code=code, redirect_uri=redirect_uri)
    return _with(await inspect(api.with_token(str(given["access_token"]))), given)


async def inspect(api: Api) -> Grant:
    """The token that the api carries; Reconnect when it is no longer valid or reaches no ad account.

    Its scopes and its end are told with the token only. They do not let LinkedIn tell who the person is, so the grant
    goes by its first ad account.
    """
    rows = (await accounts_page(api, size=1)).get("elements") or []
    if not rows:
        raise Reconnect("This LinkedIn login reaches no ad account.", "Connect LinkedIn as somebody who has one.")
    first = rows[0]
    return Grant(
        token=api.token,
        kind="user",
        subject=str(first["id"]),
        label=str(first.get("name", "")),
        unsaid=("scopes", "expires_at"),
    )


async def renew(api: Api, grant: Grant) -> Grant | None:
    """The grant with a new access token; None without a refresh token."""
    if not grant.refresh_token:
        return None
    _require_app(api)
    return _with(grant, await _token(api, grant_type="refresh_token", refresh_token=grant.refresh_token))


async def revoke(api: Api, grant: Grant) -> NoReturn:
    """ActionNeeded with the page where the person can do it."""
    raise ActionNeeded(
        "LinkedIn lets nobody but the person who connected it withdraw the grant.",
        f"Remove the app at {APPS_LINK}.",
        code="LINKEDIN_REMOVE_BY_HAND",
    )


def _with(grant: Grant, given: JsonObject) -> Grant:
    scopes = str(given.get("scope") or "").replace(",", " ").split()
    return replace(
        grant,
        token=str(given["access_token"]),
        scopes=tuple(scopes) or grant.scopes,
        expires_at=datetime.now(UTC) + timedelta(seconds=float(given["expires_in"])),
        refresh_token=str(given.get("refresh_token") or grant.refresh_token),
        unsaid=(),
    )


async def _token(api: Api, **proof: str) -> JsonObject:
    fields = {"client_id": api.app_id, "client_secret": api.app_secret, **proof}
    call = Call(
        "POST",
        f"{api.login_url}/oauth/v2/accessToken",
        body=urlencode(fields).encode(),
        media="application/x-www-form-urlencoded",
        repeatable="code" not in proof,
    )
    return await api.with_token("").send(call)


def _require_app(api: Api) -> None:
    if not api.app_id or not api.app_secret:
        raise SetupError(
            "Connecting LinkedIn needs an app of yours.",
            "Set AUDIENCE_SYNC_LINKEDIN_APP_ID and AUDIENCE_SYNC_LINKEDIN_APP_SECRET.",
        )
