"""Which audiences are kept equal to which segments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.model.permissions import Actor, Permission
from audience_sync.store.audiences import Audience


@dataclass(frozen=True, slots=True)
class Use:
    """An audience that a segment fills."""

    id: str
    name: str
    platform: str
    platform_name: str


async def uses(app: App, actor: Actor, segment_ids: Sequence[str]) -> Mapping[str, tuple[Use, ...]]:
    """The living audiences of each of these segments, by name; segments without any are there, too."""
    actor.require(Permission.READ)
    found: dict[str, tuple[Use, ...]] = dict.fromkeys(segment_ids, ())
    wanted = (
        sa.select(Audience.segment_id, Audience.id, Audience.name, Audience.platform)
        .where(Audience.segment_id.in_(segment_ids), Audience.state != "deleted")
        .order_by(Audience.name, Audience.id)
    )
    async with app.database.read() as session:
        for segment_id, audience_id, name, platform in await session.execute(wanted):
            found[segment_id] += (Use(audience_id, name, platform, app.connector(platform).card.name),)
    return found
