"""The tables of warehouses and of their pulls, and the rows that a worker looks for."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from audience_sync.errors import NotFound
from audience_sync.store.columns import Base, Count, Flag, Id, Moment, Object, Sometime, Text

UNFINISHED = ("queued", "running")
_OPEN = sa.text("status IN ('queued', 'running')")


class Warehouse(Base):
    """Where a company keeps its customers, and the SQL that gives them as rows of the profile table.

    `address` is sealed; `shown` is the same without what is secret. `interval_hours` 0: it is pulled by hand only.
    """

    __tablename__ = "warehouses"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    address: Mapped[Text]
    shown: Mapped[Text]
    sql: Mapped[Text]
    mapping: Mapped[Object]
    seconds: Mapped[float] = mapped_column(Float(53))
    """Time limit of the SQL."""
    most_gone_percent: Mapped[int] = mapped_column(Integer)
    """Of the profiles of the last pull, the share whose absence from the next is believed."""
    interval_hours: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[Text]
    """The schema in which it keeps what it compares with; `` when everything is read each time."""
    next_pull_at: Mapped[Sometime]
    created_by: Mapped[Text]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class Pull(Base):
    """One reading of a warehouse into the profile table; the status is that of an export, without `expired`.

    `taken` = `created` + `updated` + `unchanged` + `repeated`; `rows` = `taken` + `refused` once it is completed.
    """

    __tablename__ = "pulls"
    __table_args__ = (
        Index("uq_pulls_unfinished", "warehouse_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_pulls_of", "warehouse_id", "created_at"),
        Index("ix_pulls_status", "status"),
    )

    id: Mapped[Id]
    warehouse_id: Mapped[str] = mapped_column(ForeignKey("warehouses.id", ondelete="CASCADE"))
    trigger: Mapped[str] = mapped_column(String(20))
    """`manual` or `scheduled`."""
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[Text]
    actor_name: Mapped[Text]
    believe_gone: Mapped[Flag]
    """Whether any number of profiles may be gone this once."""
    status: Mapped[str] = mapped_column(String(20), default="queued")
    step: Mapped[str] = mapped_column(String(20), default="")
    attempt: Mapped[int] = mapped_column(Integer, default=1)
    """How often the engine took it up; part of the workflow's id."""
    starts: Mapped[int] = mapped_column(Integer, default=0)
    """How often a worker began it; part of the half-made files' name."""
    cancel_requested: Mapped[Flag]
    rows: Mapped[Count]
    fetched: Mapped[Count]
    """Of them those that left the warehouse: new and changed ones, when it compares within itself."""
    total: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """Rows that the warehouse expects; None where it cannot say."""
    seconds: Mapped[float] = mapped_column(Float(53), default=0.0)
    """Spent reading, so far or in all."""
    taken: Mapped[Count]
    refused: Mapped[Count]
    created: Mapped[Count]
    updated: Mapped[Count]
    unchanged: Mapped[Count]
    repeated: Mapped[Count]
    removed: Mapped[Count]
    """Profiles of this warehouse that it no longer gives."""
    reasons: Mapped[Object]
    """Reason -> refused rows."""
    snapshot: Mapped[Text]
    error: Mapped[Object]
    created_at: Mapped[Moment]
    started_at: Mapped[Sometime]
    ended_at: Mapped[Sometime]


async def load(session: AsyncSession, warehouse_id: str) -> Warehouse:
    """The warehouse's row, or NotFound."""
    row = await session.get(Warehouse, warehouse_id)
    if row is None:
        raise NotFound("There is no such warehouse.", "GET /warehouses lists them.")
    return row


async def load_pull(session: AsyncSession, pull_id: str) -> Pull:
    """The pull's row, or NotFound."""
    row = await session.get(Pull, pull_id)
    if row is None:
        raise NotFound("There is no such pull.", "GET /warehouses/{id}/pulls lists a warehouse's.")
    return row


async def due(session: AsyncSession, now: datetime) -> Sequence[Warehouse]:
    """Warehouses whose time has come."""
    wanted = sa.select(Warehouse).where(Warehouse.interval_hours > 0, Warehouse.next_pull_at <= now)
    return (await session.scalars(wanted)).all()


async def unfinished(session: AsyncSession, warehouse_id: str) -> str | None:
    """The id of the warehouse's pull that has not ended."""
    mine = sa.select(Pull.id).where(Pull.warehouse_id == warehouse_id, Pull.status.in_(UNFINISHED))
    return await session.scalar(mine)


async def with_status(session: AsyncSession, *statuses: str) -> Sequence[Pull]:
    wanted = sa.select(Pull).where(Pull.status.in_(statuses)).order_by(Pull.created_at).limit(200)
    return (await session.scalars(wanted)).all()


async def change(session: AsyncSession, pull_id: str, *, start: int, **values: object) -> bool:
    """The columns are set, if that start of the pull is still the one under way."""
    mine = sa.update(Pull).where(Pull.id == pull_id, Pull.status == "running", Pull.starts == start)
    return await session.scalar(mine.values(**values).returning(Pull.id)) is not None
