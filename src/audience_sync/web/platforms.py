"""Connected Platforms: which there are, the way to a platform's consent page, a pasted token, and the end of one."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form as FormField
from fastapi import Query
from fastapi.responses import Response

from audience_sync.errors import AudienceSyncError, Invalid, Reconnect, Refusal
from audience_sync.flows import connect, connections, tokens
from audience_sync.flows.connect import CONNECTION, Connected
from audience_sync.flows.connected import ConnectionView
from audience_sync.flows.unfinished import unfinished
from audience_sync.web.access import Admin, Reader, pages
from audience_sync.web.forms import Form, Texts, refused
from audience_sync.web.visit import Visit
from audience_sync.web.words import plural

routes = pages()
LIST = "/platforms"
ACCOUNTS = f"{LIST}/{CONNECTION}/accounts"
Pasted = Annotated[str, FormField(max_length=8000)]
"""A token, or a service account's JSON key. It is never shown again."""
WIZARD = r"^(/audiences/new[!-\[\]-~]*)?$"
Then = Annotated[str, Query(max_length=1500, pattern=WIZARD)]
"""Where to go on once connected: a step of Create Audience, with what was chosen there; empty for the list."""
ThenTyped = Annotated[str, FormField(max_length=1500, pattern=WIZARD)]
TOKEN_FIELDS = {"TOKEN_MALFORMED": "token", "TOKEN_NOT_ACCEPTED": "token"}
ACCOUNT_FIELDS: Mapping[str, str] = dict.fromkeys(
    ("NO_AD_ACCOUNT", "UNKNOWN_AD_ACCOUNT", "AD_ACCOUNT_UNUSABLE", "AD_ACCOUNT_IN_USE"), "ad_accounts"
)


@routes.get("/platforms")
async def show(visit: Reader) -> Response:
    """Every platform, with its connections and their ad accounts."""
    return visit.page("platforms/list.html", platforms=await connect.platforms(visit.app, visit.actor))


@routes.get("/platforms/connect")
async def choose_platform(visit: Admin, then: Then = "") -> Response:
    """The choice of a platform to connect."""
    return visit.page(
        "platforms/connect.html",
        then=then,
        platforms=await connect.platforms(visit.app, visit.actor),
        unfinished=await unfinished(visit.app, visit.actor),
    )


@routes.post("/platforms/{platform}/connect")
async def begin(visit: Admin, platform: str, then: ThenTyped = "") -> Response:
    """On to the platform's consent page; it leads back to the choice of ad accounts."""
    return_to = f"{ACCOUNTS}?{urlencode({'then': then})}" if then else ACCOUNTS
    return visit.leave(await connect.begin(visit.app, visit.actor, platform, return_to=return_to))


@routes.get("/platforms/{platform}/token")
async def ask_token(visit: Admin, platform: str) -> Response:
    """The form for a token made by hand on the platform."""
    return _token_page(visit, platform, Form())


@routes.post("/platforms/{platform}/token")
async def paste(visit: Admin, platform: str, token: Pasted = "") -> Response:
    """Connected by the token; on to the choice of ad accounts."""
    try:
        made = await connect.connect_with_token(visit.app, visit.actor, platform, token)
    except AudienceSyncError as problem:
        return _token_page(visit, platform, refused(problem, {}, TOKEN_FIELDS), status=problem.status)
    return visit.go(ACCOUNTS.replace(CONNECTION, made.connection.id), _connected(made))


@routes.get("/platforms/{connection_id}/accounts")
async def ask_accounts(visit: Admin, connection_id: str, then: Then = "") -> Response:
    """Select Ad Accounts: those that the connection reaches."""
    found = await connections.connection(visit.app, visit.actor, connection_id)
    chosen = [each.remote_id for each in found.accounts if each.selected]
    return _accounts_page(visit, found, Form({"ad_accounts": chosen, "then": then}))


@routes.post("/platforms/{connection_id}/accounts")
async def choose_accounts(
    visit: Admin,
    connection_id: str,
    ad_accounts: Texts = [],  # noqa: B006
    then: ThenTyped = "",
) -> Response:
    """Exactly these ad accounts are used."""
    try:
        _require_some(ad_accounts)
        found = await connections.choose_accounts(visit.app, visit.actor, connection_id, ad_accounts)
    except Refusal as problem:
        found = await connections.connection(visit.app, visit.actor, connection_id)
        form = refused(problem, {"ad_accounts": ad_accounts, "then": then}, ACCOUNT_FIELDS)
        return _accounts_page(visit, found, form, status=problem.status)
    used = sum(each.selected for each in found.accounts)
    return visit.go(then or LIST, f"{found.platform_name} is connected with {plural(used, 'ad account')}.")


@routes.post("/platforms/{connection_id}/refresh")
async def refresh(visit: Admin, connection_id: str) -> Response:
    """Expiry and ad accounts are as the platform says now; a connection that broke says so on the list."""
    try:
        found = await tokens.refresh(visit.app, visit.actor, connection_id)
    except Reconnect as problem:
        return visit.go(LIST, str(problem))
    return visit.go(LIST, f"{found.platform_name} is up to date.")


@routes.get("/platforms/{connection_id}/disconnect")
async def ask_disconnect(visit: Admin, connection_id: str) -> Response:
    """Asks once, and names the audiences that would wait."""
    found = await connections.connection(visit.app, visit.actor, connection_id)
    affected = await connections.affected(visit.app, visit.actor, connection_id)
    return visit.page("platforms/disconnect.html", connection=found, affected=affected)


@routes.post("/platforms/{connection_id}/disconnect")
async def disconnect(visit: Admin, connection_id: str) -> Response:
    """No token is held any more; what is left to do on the platform is told on a page of its own."""
    found = await connections.connection(visit.app, visit.actor, connection_id)
    ended = await connections.disconnect(visit.app, visit.actor, connection_id)
    if ended.advice:
        return visit.page("platforms/disconnected.html", connection=found, ended=ended)
    return visit.go(LIST, f"{found.platform_name} is disconnected.")


def _require_some(ad_accounts: list[str]) -> None:
    if not ad_accounts:
        raise Invalid(
            "No ad account is selected.", "Select at least one, or disconnect the platform.", code="NO_AD_ACCOUNT"
        )


def _connected(made: Connected) -> str:
    waited = f" {', '.join(made.resumed)} waited for it and will sync again." if made.resumed else ""
    return f"{made.connection.platform_name} accepted the token.{waited}"


def _token_page(visit: Visit, platform: str, form: Form, *, status: int = 200) -> Response:
    card = visit.app.connector(platform).card
    return visit.page("platforms/token.html", status=status, form=form, card=card)


def _accounts_page(visit: Visit, found: ConnectionView, form: Form, *, status: int = 200) -> Response:
    return visit.page("platforms/accounts.html", status=status, connection=found, form=form)
