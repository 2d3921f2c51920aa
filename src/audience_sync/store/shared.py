"""Tables that all processes share: rate limits and answers to repeated requests."""

from sqlalchemy import Float, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from audience_sync.store.columns import Base, Moment, Object, Text


class RateLimit(Base):
    """What one key such as `meta:act_1` may do, in seconds since the epoch.

    `tat` is the theoretical arrival time (GCRA) of whoever signs in, and for a platform the moment before which
    nobody is given a turn. `turns` are the moments of a platform's latest calls and of those to come, as a JSON list.
    """

    __tablename__ = "rate_limits"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    tat: Mapped[float] = mapped_column(Float(53))
    turns: Mapped[Text] = mapped_column(server_default="[]")


class RememberedAnswer(Base):
    """The answer to a request that carried an Idempotency-Key; given again for 24 hours."""

    __tablename__ = "remembered_answers"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(Integer)
    body: Mapped[Object]
    location: Mapped[Text]
    expires_at: Mapped[Moment]
