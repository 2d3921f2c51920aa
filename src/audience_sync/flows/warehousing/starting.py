"""A queued pull: one of a warehouse at a time, which the database sees to."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.errors import Conflict
from audience_sync.model.ids import new_id
from audience_sync.model.permissions import Actor, ActorKind
from audience_sync.store.warehouses import Pull


async def queued(
    session: AsyncSession, warehouse_id: str, actor: Actor, *, now: datetime, believe_gone: bool = False
) -> Pull:
    """A pull that a worker takes up; PULL_IN_PROGRESS when one has not ended."""
    row = Pull(
        id=new_id(),
        warehouse_id=warehouse_id,
        trigger="scheduled" if actor.kind is ActorKind.SCHEDULE else "manual",
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        believe_gone=believe_gone,
        created_at=now,
    )
    session.add(row)
    try:
        await session.flush()
    except IntegrityError:
        raise Conflict(
            "A pull of this warehouse is under way.", "Wait for it, or cancel it.", code="PULL_IN_PROGRESS"
        ) from None
    return row
