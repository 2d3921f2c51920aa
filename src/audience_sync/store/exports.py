"""The table of exports, and the rows that a worker looks for."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from audience_sync.errors import NotFound
from audience_sync.store.columns import Base, Count, Flag, Id, Moment, Object, Sometime, Text

UNFINISHED = ("queued", "running")


class Export(Base):
    """A file of a segment: what was asked for, how far it is, and what stands in it.

    `status`: queued, running, completed, failed, cancelled or expired (its file is gone). The file itself is named by
    the id; `file_name` is what people see.
    """

    __tablename__ = "exports"
    __table_args__ = (Index("ix_exports_status", "status", "expires_at"), Index("ix_exports_created", "created_at"))

    id: Mapped[Id]
    segment_id: Mapped[str | None] = mapped_column(ForeignKey("segments.id", ondelete="SET NULL"), index=True)
    segment_name: Mapped[Text]
    options: Mapped[Object]
    reason: Mapped[Text]
    """Why identifiers that can be read are needed; empty when none are."""
    readable: Mapped[Flag]
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[Text]
    actor_name: Mapped[Text]
    status: Mapped[str] = mapped_column(String(20), default="queued")
    attempt: Mapped[int] = mapped_column(Integer, default=1)
    """How often the engine took it up; part of the workflow's id."""
    starts: Mapped[int] = mapped_column(Integer, default=0)
    """How often a worker began it; part of the half-made file's name, so that no two workers write one file."""
    cancel_requested: Mapped[Flag]
    rows: Mapped[Count]
    total: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """Profiles to be read; None until they are counted."""
    file_name: Mapped[Text]
    size_bytes: Mapped[Count]
    segment: Mapped[Count]
    profiles: Mapped[Count]
    withheld: Mapped[Object]
    downloads: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[Object]
    created_at: Mapped[Moment]
    started_at: Mapped[Sometime]
    ended_at: Mapped[Sometime]
    expires_at: Mapped[Sometime]
    revoked_at: Mapped[Sometime]


async def load(session: AsyncSession, export_id: str) -> Export:
    """The export's row, or NotFound."""
    row = await session.get(Export, export_id)
    if row is None:
        raise NotFound("There is no such export.", "GET /exports lists them.")
    return row


async def with_status(session: AsyncSession, *statuses: str) -> Sequence[Export]:
    wanted = sa.select(Export).where(Export.status.in_(statuses)).order_by(Export.created_at).limit(200)
    return (await session.scalars(wanted)).all()


async def over(session: AsyncSession, now: datetime) -> Sequence[Export]:
    """Completed exports whose hours are over."""
    wanted = sa.select(Export).where(Export.status == "completed", Export.expires_at <= now)
    return (await session.scalars(wanted)).all()


async def change(session: AsyncSession, export_id: str, *, start: int, **values: object) -> bool:
    """The columns are set, if that start of the export is still the one under way."""
    mine = sa.update(Export).where(Export.id == export_id, Export.status == "running", Export.starts == start)
    return await session.scalar(mine.values(**values).returning(Export.id)) is not None
