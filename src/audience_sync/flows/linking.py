"""Audiences that exist on a platform already, so that one can be linked instead of created."""

from dataclasses import dataclass

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.errors import NotFound
from audience_sync.flows.connected import require_connection
from audience_sync.flows.fresh import way
from audience_sync.model.permissions import Actor, Permission
from audience_sync.model.platforms import Found
from audience_sync.store.audiences import Audience
from audience_sync.store.platforms import AdAccount


@dataclass(frozen=True, slots=True)
class RemoteAudience:
    """An audience as the platform lists it. `linked_to` is our audience that has it already, or empty."""

    remote_id: str
    name: str
    description: str
    linkable: bool
    size_low: int | None
    size_high: int | None
    linked_to: str


async def remote_audiences(app: App, actor: Actor, ad_account_id: str) -> list[RemoteAudience]:
    """What the ad account holds on the platform now, by name."""
    actor.require(Permission.CREATE)
    async with app.database.read() as session:
        account = await session.get(AdAccount, ad_account_id)
        if account is None:
            raise NotFound("There is no such ad account.", "GET /connections lists them.")
        connection = await require_connection(session, account.connection_id)
        linked = await session.execute(
            sa.select(Audience.remote_id, Audience.id).where(
                Audience.ad_account_id == account.id, Audience.remote_id != "", Audience.state != "deleted"
            )
        )
        ours = {row.remote_id: row.id for row in linked}
    found = await app.connector(account.platform).audiences(await way(app, connection, account), account.remote_id)
    return [_view(each, ours.get(each.remote_id, "")) for each in sorted(found, key=lambda each: each.name)]


def _view(found: Found, linked_to: str) -> RemoteAudience:
    return RemoteAudience(
        remote_id=found.remote_id,
        name=found.name,
        description=found.description,
        linkable=found.linkable,
        size_low=found.size_low,
        size_high=found.size_high,
        linked_to=linked_to,
    )
