"""Connections: what was granted, which ad accounts are used, and the end of it."""

from pydantic import Field

from audience_sync.api.access import Admin, Belt, Creator, Reader
from audience_sync.api.failures import problems
from audience_sync.api.nouns import Body, Id, router
from audience_sync.errors import ActionNeeded, Conflict, NotFound, Reconnect, Rejected, RetryLater
from audience_sync.flows import connections, linking, tokens
from audience_sync.flows.connected import ConnectionView
from audience_sync.flows.connections import AffectedAudience, Disconnected
from audience_sync.flows.linking import RemoteAudience

routes = router("Connections")


class ChosenAccounts(Body):
    """The ad accounts that may be used; all others may not."""

    ad_accounts: tuple[str, ...] = Field(max_length=1000, examples=[["act_123456789"]])
    """The platform's ids (`remote_id`)."""


@routes.get("/connections", summary="List connections")
async def list_connections(app: Belt, actor: Reader) -> list[ConnectionView]:
    """Every connection with its state, its expiry and its ad accounts."""
    return await connections.connections(app, actor)


@routes.get("/connections/{connection_id}", summary="Look at a connection", responses=problems(NotFound))
async def get_connection(app: Belt, actor: Reader, connection_id: Id) -> ConnectionView:
    """One connection."""
    return await connections.connection(app, actor, connection_id)


@routes.put(
    "/connections/{connection_id}/ad-accounts",
    summary="Choose ad accounts",
    responses=problems(NotFound, Conflict),
)
async def choose_ad_accounts(app: Belt, actor: Admin, connection_id: Id, wanted: ChosenAccounts) -> ConnectionView:
    """Exactly these ad accounts are offered for audiences. One that has audiences cannot be taken away."""
    return await connections.choose_accounts(app, actor, connection_id, wanted.ad_accounts)


@routes.post(
    "/connections/{connection_id}/refresh",
    summary="Refresh a connection",
    responses=problems(NotFound, Reconnect, ActionNeeded, RetryLater, Rejected),
)
async def refresh_connection(app: Belt, actor: Admin, connection_id: Id) -> ConnectionView:
    """Its expiry and its ad accounts are as the platform says now; its token is renewed where that can be done."""
    return await tokens.refresh(app, actor, connection_id)


@routes.get(
    "/connections/{connection_id}/affected", summary="What a disconnection would stop", responses=problems(NotFound)
)
async def list_affected(app: Belt, actor: Reader, connection_id: Id) -> list[AffectedAudience]:
    """The audiences of its ad accounts."""
    return await connections.affected(app, actor, connection_id)


@routes.delete("/connections/{connection_id}", summary="Disconnect", responses=problems(NotFound))
async def disconnect(app: Belt, actor: Admin, connection_id: Id) -> Disconnected:
    """We hold no token any more. Its audiences stay on the platform and wait."""
    return await connections.disconnect(app, actor, connection_id)


@routes.get(
    "/ad-accounts/{ad_account_id}/remote-audiences",
    summary="List a platform's own audiences",
    responses=problems(NotFound, Reconnect, ActionNeeded, RetryLater, Rejected),
)
async def list_remote_audiences(app: Belt, actor: Creator, ad_account_id: Id) -> list[RemoteAudience]:
    """What the ad account holds over there, to be linked by `remote_id` of `POST /audiences`."""
    return await linking.remote_audiences(app, actor, ad_account_id)
