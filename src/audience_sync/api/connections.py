"""Connections: what was granted, which ad accounts are used, and the end of it."""

from pydantic import Field

from audience_sync.api.access import Admin, Belt, Creator, Deleter, Reader
from audience_sync.api.failures import problems
from audience_sync.api.nouns import Body, Id, Name, router
from audience_sync.api.repeats import ONCE
from audience_sync.errors import ActionNeeded, AlreadyLinked, Conflict, NotFound, Reconnect, Rejected, RetryLater
from audience_sync.flows import connections, linking, orphans, readiness, tokens
from audience_sync.flows.audiences import Created
from audience_sync.flows.connected import ConnectionView
from audience_sync.flows.connections import AffectedAudience, Disconnected
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.flows.linking import RemoteAudience
from audience_sync.flows.orphans import Orphan
from audience_sync.flows.readiness import Checklist

routes = router("Connections")
PLATFORM = (Reconnect, ActionNeeded, RetryLater, Rejected)
"""How asking the platform something can fail."""


class ChosenAccounts(Body):
    """The ad accounts that may be used; all others may not."""

    ad_accounts: tuple[str, ...] = Field(max_length=1000, examples=[["act_123456789"]])
    """The platform's ids (`remote_id`)."""


class Adoption(Body):
    """What an orphan is to hold from now on."""

    segment_id: str
    name: Name = ""
    """How we call it. Empty: the segment's name and the installation's suffix."""


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


@routes.get(
    "/ad-accounts/{ad_account_id}/readiness",
    summary="Look at an ad account's checklist",
    responses=problems(NotFound),
)
async def get_readiness(app: Belt, actor: Reader, ad_account_id: Id) -> Checklist:
    """What it needs before it takes audiences in, as the last look found it: in order, missing, or not known."""
    return await readiness.checklist(app, actor, ad_account_id)


@routes.post(
    "/ad-accounts/{ad_account_id}/readiness",
    summary="Check an ad account again",
    responses=problems(NotFound, *PLATFORM),
)
async def check_readiness(app: Belt, actor: Admin, ad_account_id: Id) -> Checklist:
    """The same, as the platform says it now."""
    return await readiness.look(app, actor, ad_account_id)


@routes.get(
    "/ad-accounts/{ad_account_id}/orphans",
    summary="List orphans of an ad account",
    responses=problems(NotFound, *PLATFORM),
)
async def list_orphans(app: Belt, actor: Reader, ad_account_id: Id) -> list[Orphan]:
    """Audiences over there that carry our marker and that no audience of ours tracks."""
    return await orphans.orphans(app, actor, ad_account_id)


@routes.post(
    "/ad-accounts/{ad_account_id}/orphans/{remote_id}/adopt",
    status_code=201,
    summary="Adopt an orphan",
    dependencies=[ONCE],
    responses=problems(NotFound, Conflict, AlreadyLinked, *PLATFORM),
)
async def adopt_orphan(app: Belt, actor: Creator, ad_account_id: Id, remote_id: Id, wanted: Adoption) -> Created:
    """It is an audience of ours again, and a run that makes it equal to the segment is queued."""
    draft = AudienceDraft(wanted.segment_id, ad_account_id, wanted.name)
    return await orphans.adopt(app, actor, ad_account_id, remote_id, draft)


@routes.delete(
    "/ad-accounts/{ad_account_id}/orphans/{remote_id}",
    status_code=204,
    summary="Delete an orphan",
    responses=problems(NotFound, *PLATFORM),
)
async def delete_orphan(app: Belt, actor: Deleter, ad_account_id: Id, remote_id: Id) -> None:
    """It is not on the platform any more."""
    await orphans.delete(app, actor, ad_account_id, remote_id)
