"""Sign-ins on a platform's page that somebody began and never came back from, such as by closing the window."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.flows.connect import KEPT_AFTERWARDS, SIGN_IN_LASTS
from audience_sync.model.permissions import Actor, Permission
from audience_sync.store.platforms import OAuthState


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A sign-in that was begun then. `is_over`: its ten minutes are, so that it must be begun again."""

    platform: str
    platform_name: str
    begun_at: datetime
    is_over: bool


async def unfinished(app: App, actor: Actor) -> list[Unfinished]:
    """Per platform the newest sign-in that the actor began within a day, where nobody has come back from it."""
    actor.require(Permission.ADMIN)
    since = app.now() - KEPT_AFTERWARDS
    begun = sa.select(OAuthState).where(
        OAuthState.actor_kind == actor.kind, OAuthState.actor_id == actor.id, OAuthState.expires_at > since
    )
    async with app.database.read() as session:
        rows = await session.scalars(begun.order_by(OAuthState.expires_at))
        newest = {row.platform: row for row in rows if row.platform in app.connectors}
    return [
        Unfinished(
            platform=row.platform,
            platform_name=app.connector(row.platform).card.name,
            begun_at=row.expires_at - SIGN_IN_LASTS,
            is_over=row.expires_at <= app.now(),
        )
        for row in newest.values()
        if row.used_at is None
    ]
