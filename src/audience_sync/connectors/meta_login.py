"""Connecting Meta: the login dialog, exchanged, inspected, renewed and withdrawn grants."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from audience_sync.connectors.faults import Fault, Subject, error_of
from audience_sync.connectors.http import Api
from audience_sync.connectors.wire import Call, JsonObject
from audience_sync.errors import SetupError
from audience_sync.model.platforms import Grant

USER = "user"
BUSINESS_SYSTEM_USER = "business_system_user"
PASTED_SYSTEM_USER = "pasted_system_user"
TOKEN_INVALID = 190


def login_url(api: Api, *, redirect_uri: str, state: str, verifier: str) -> str:
    """The dialog's address. Meta's server flow rests on the app secret and the state; it has no use for a verifier."""
    _require_app(api)
    asked = {"client_id": api.app_id, "redirect_uri": redirect_uri, "state": state, "response_type": "code"}
    config = api.options.get("config_id", "")
    if config:
        asked |= {"config_id": config, "override_default_response_type": "true"}
    else:
        # Without a re-request Meta does not ask again for what was declined the last time.
        asked |= {"scope": ",".join(api.dialect.card.scopes), "auth_type": "rerequest"}
    return f"{api.login_url}/{api.version}/dialog/oauth?{urlencode(asked)}"


async def exchange(api: Api, *, code: str, redirect_uri: str, verifier: str) -> Grant:
    """The grant behind a code; a user's one is exchanged once more for one of about sixty days."""
    _require_app(api)
    token = await _token(api, code=code, redirect_uri=redirect_uri)
    grant = await inspect(api.with_token(token))
    if grant.kind != USER:
        return replace(grant, kind=BUSINESS_SYSTEM_USER)
    return await inspect(api.with_token(await _longer(api, token)))


async def inspect(api: Api) -> Grant:
    """What the api's token may do and how long; Reconnect when Meta no longer accepts it.

    Without our own app's secret Meta does not tell the expiry; the grant then says that it is not known (None).
    """
    found = await _debug(api) if api.app_id and api.app_secret else {}
    me = await api.get("me", fields="id,name")
    permissions = await _permissions(api)
    return Grant(
        token=api.token,
        kind=USER if found.get("type") == "USER" else PASTED_SYSTEM_USER,
        scopes=tuple(found.get("scopes") or _with_status(permissions, "granted")),
        declined=_with_status(permissions, "declined"),
        expires_at=_moment(found.get("expires_at")),
        data_access_expires_at=_moment(found.get("data_access_expires_at")),
        subject=str(me["id"]),
        label=str(me.get("name", "")),
        unsaid=() if found else ("expires_at", "data_access_expires_at"),
    )


async def renew(api: Api, grant: Grant) -> Grant | None:
    """A grant that lives longer, or None: nothing to gain, or only a person can. An expired one cannot be renewed."""
    if grant.expires_at is None or not api.app_secret:
        return None
    sixty_days = {} if grant.kind == USER else {"set_token_expires_in_60_days": "true"}
    renewed = await inspect(api.with_token(await _longer(api, grant.token, **sixty_days)))
    if renewed.expires_at is not None and renewed.expires_at <= grant.expires_at:
        return None
    return replace(renewed, kind=grant.kind)


async def revoke(api: Api, grant: Grant) -> None:
    """The grant is withdrawn on Meta. A pasted token is left alone: its owner may use it elsewhere."""
    if grant.kind == USER:
        await api.delete("me/permissions")
    elif grant.kind == BUSINESS_SYSTEM_USER:
        # Only known as a GET: secret and token travel in its address, which is written to no log of ours.
        app = {"client_id": api.app_id, "client_secret": api.app_secret}
        tokens = {"revoke_token": grant.token, "access_token": grant.token}
        await api.with_token("").send(Call("GET", "oauth/revoke", {**app, **tokens}))


async def _longer(api: Api, token: str, **wishes: str) -> str:
    return await _token(api, grant_type="fb_exchange_token", fb_exchange_token=token, **wishes)


async def _token(api: Api, **proof: str) -> str:
    """A token for a code or for another token. As a form, so that neither secret nor code is in an address."""
    fields = {"client_id": api.app_id, "client_secret": api.app_secret, **proof}
    call = Call(
        "POST",
        "oauth/access_token",
        body=urlencode(fields).encode(),
        media="application/x-www-form-urlencoded",
        # A code works once: after a lost answer only a new login helps.
        repeatable="code" not in proof,
    )
    answer = await api.with_token("").send(call)
    return str(answer["access_token"])


async def _debug(api: Api) -> JsonObject:
    """Meta's own description of the token. Its address holds the token, which is the only way that Meta documents."""
    app = api.with_token(f"{api.app_id}|{api.app_secret}")
    found: JsonObject = (await app.get("debug_token", input_token=api.token))["data"]
    if not found.get("is_valid"):
        said = found.get("error") or {}
        fault = Fault(TOKEN_INVALID, said.get("subcode"))
        raise error_of(api.dialect.card, fault, Subject(name=api.name))
    return found


async def _permissions(api: Api) -> list[JsonObject]:
    return list((await api.get("me/permissions")).get("data", []))


def _with_status(permissions: list[JsonObject], status: str) -> tuple[str, ...]:
    return tuple(row["permission"] for row in permissions if row["status"] == status)


def _moment(unix_seconds: int | None) -> datetime | None:
    """Meta's 0 means never."""
    return datetime.fromtimestamp(unix_seconds, UTC) if unix_seconds else None


def _require_app(api: Api) -> None:
    if not api.app_id or not api.app_secret:
        raise SetupError(
            "Connecting Meta needs an app of yours.",
            "Set AUDIENCE_SYNC_META_APP_ID and AUDIENCE_SYNC_META_APP_SECRET, or paste a system user's token.",
        )
