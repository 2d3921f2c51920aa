"""What arrived by the API for the built-in store and waits to be folded into it: sealed, in the order of arrival."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from audience_sync.store.columns import Base, Moment, Text
from audience_sync.store.vault import Vault

MOST_ROWS = 1000
"""Rows of one arrival: what a request may hold."""


class Arrival(Base):
    """The rows of one request. It is here from the answer to the request until the store has its rows.

    `rows` counts what `sealed` holds: JSON, sealed by the vault, because it is personal. `id` is the order.
    """

    __tablename__ = "arrivals"
    # An id is never given twice, so that order is order even after everything was folded.
    __table_args__ = (Index("ix_arrivals_arrived", "arrived_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    fold: Mapped[str] = mapped_column(String(32), default="", index=True)
    """The name of the fold that took it last; the store's snapshot says which fold came to its end."""
    kind: Mapped[str] = mapped_column(String(20))
    rows: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[Text]
    arrived_at: Mapped[Moment]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows that wait to be folded, and when the oldest arrived; None while none waits."""

    rows: int
    oldest: datetime | None


async def add(session: AsyncSession, vault: Vault, arrival: Arrival, text: str) -> None:
    """The arrival is kept with the text sealed, when the caller's transaction is committed."""
    session.add(arrival)
    await session.flush()
    arrival.sealed = vault.seal(text, table=Arrival.__tablename__, row=str(arrival.id), column="sealed")


def opened(vault: Vault, arrival: Arrival) -> str:
    """The text that was sealed; SetupError without its key."""
    return vault.open(arrival.sealed, table=Arrival.__tablename__, row=str(arrival.id), column="sealed")


async def waiting(session: AsyncSession) -> Waiting:
    """How much waits."""
    asked = sa.select(sa.func.coalesce(sa.func.sum(Arrival.rows), 0), sa.func.min(Arrival.arrived_at))
    rows, oldest = (await session.execute(asked)).one()
    return Waiting(int(rows), oldest)


async def take(session: AsyncSession, fold: str, most_rows: int) -> Sequence[Arrival]:
    """The oldest arrivals, which bear the fold's name now, until they have that many rows."""
    before = sa.func.coalesce(sa.func.sum(Arrival.rows).over(order_by=Arrival.id, rows=(None, -1)), 0)
    numbered = sa.select(Arrival.id, before.label("before")).order_by(Arrival.id).limit(most_rows).subquery()
    wanted = sa.select(Arrival).join(numbered, numbered.c.id == Arrival.id).where(numbered.c.before < most_rows)
    found = (await session.scalars(wanted.order_by(Arrival.id))).all()
    for arrival in found:
        arrival.fold = fold
    return found


async def drop(session: AsyncSession, fold: str) -> None:
    """What bears the fold's name waits no more."""
    await session.execute(sa.delete(Arrival).where(Arrival.fold == fold))
