"""Who did what to what, written in the transaction of the change itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.model.permissions import Actor
from audience_sync.store.people import AuditEntry


@dataclass(frozen=True, slots=True)
class Thing:
    """What was acted on: a type such as `user` and an id."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit trail; `id` grows with time."""

    id: int
    at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str
    action: str
    on: Thing
    detail: Mapping[str, Any]


def record(session: AsyncSession, actor: Actor, action: str, *, on: Thing, at: datetime, **detail: object) -> None:
    """The entry is committed with the caller's change, or not at all. `detail` is JSON without secrets."""
    session.add(
        AuditEntry(
            at=at,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name,
            action=action,
            object_type=on.type,
            object_id=on.id,
            detail=detail,
        )
    )


async def entries(
    session: AsyncSession, *, on: Thing | None = None, before: int | None = None, limit: int = 50
) -> list[Entry]:
    """The newest entries first; `before` is the id of the last entry of the previous page."""
    wanted = sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if on is not None:
        wanted = wanted.where(AuditEntry.object_type == on.type, AuditEntry.object_id == on.id)
    if before is not None:
        wanted = wanted.where(AuditEntry.id < before)
    return [_entry(row) for row in await session.scalars(wanted)]


def _entry(row: AuditEntry) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        action=row.action,
        on=Thing(row.object_type, row.object_id),
        detail=row.detail,
    )
