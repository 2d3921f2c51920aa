"""Connecting TikTok: the consent page, and grants that are exchanged, inspected and withdrawn. They never expire."""

from dataclasses import replace
from urllib.parse import urlencode

from audience_sync.connectors.http import Api
from audience_sync.connectors.tiktok_wire import ask, tell
from audience_sync.connectors.wire import NOTHING
from audience_sync.errors import SetupError
from audience_sync.model.platforms import Grant

USER = "user"
PASTED = "pasted_system_user"
PARENTS = {"3": ("30", "31", "32")}
"""Permissions that include others: whoever has Audience Management may read, write and share audiences."""


def login_url(api: Api, *, redirect_uri: str, state: str, verifier: str) -> str:
    """The consent page's address. What is asked for is set in TikTok's developer portal, and there is no verifier."""
    _require_app(api)
    asked = {"app_id": api.app_id, "state": state, "redirect_uri": redirect_uri}
    return f"{api.login_url}/portal/auth?{urlencode(asked)}"


async def exchange(api: Api, *, code: str, redirect_uri: str, verifier: str) -> Grant:
    """The grant behind a code, with the permissions that TikTok lists."""
    _require_app(api)
    # Somebody with thousands of ad accounts would wait too long for their list here.
    fields = {"app_id": api.app_id, "secret": api.app_secret, "auth_code": code, "return_advertiser_ids": False}
    given = await tell(api.with_token(""), "oauth2/access_token/", NOTHING, fields, repeatable=False)
    found = await inspect(api.with_token(str(given["access_token"])))
    return replace(found, kind=USER, scopes=_with_children(given.get("scope") or []), unsaid=())


async def inspect(api: Api) -> Grant:
    """Whose token the api carries; Reconnect when it is no longer valid.

    TikTok tells the permissions of a token only when it is made; afterwards a missing one is seen by `readiness` and by
    the first call that needs it.
    """
    person = await ask(api, "user/info/", NOTHING)
    return Grant(
        token=api.token,
        kind=PASTED,
        subject=str(person["core_user_id"]),
        label=str(person.get("display_name") or person.get("email") or ""),
        unsaid=("scopes",),
    )


async def renew(api: Api, grant: Grant) -> Grant | None:
    """None: a token of the Business API lasts until it is withdrawn."""
    return None


async def revoke(api: Api, grant: Grant) -> None:
    """The grant is withdrawn on TikTok. A pasted token is left alone: its owner may use it elsewhere."""
    if grant.kind != USER:
        return
    fields = {"app_id": api.app_id, "secret": api.app_secret, "access_token": grant.token}
    await tell(api.with_token(""), "oauth2/revoke_token/", NOTHING, fields)


def _with_children(scope: list[int]) -> tuple[str, ...]:
    """The permissions as text, with those that they include."""
    found = [str(each) for each in scope]
    children = [child for each in found for child in PARENTS.get(each, ()) if child not in found]
    return (*found, *children)


def _require_app(api: Api) -> None:
    if not api.app_id or not api.app_secret:
        raise SetupError(
            "Connecting TikTok needs a developer app of yours.",
            "Set AUDIENCE_SYNC_TIKTOK_APP_ID and AUDIENCE_SYNC_TIKTOK_APP_SECRET.",
        )
