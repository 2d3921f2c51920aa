"""Tables that all processes share: rate limits and answers to repeated requests."""

from sqlalchemy import Float, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from audience_sync.store.columns import Base, Moment, Object, Text


class RateLimit(Base):
    """The theoretical arrival time (GCRA) of one key such as `meta:act_1`, in seconds since the epoch."""

    __tablename__ = "rate_limits"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    tat: Mapped[float] = mapped_column(Float(53))


class RememberedAnswer(Base):
    """The answer to a request that carried an Idempotency-Key; given again for 24 hours."""

    __tablename__ = "remembered_answers"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(Integer)
    body: Mapped[Object]
    location: Mapped[Text]
    expires_at: Mapped[Moment]
