"""A request repeated with the same Idempotency-Key gets the first answer again, and is done once."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.errors import Conflict
from audience_sync.store.database import Database
from audience_sync.store.shared import RememberedAnswer

KEPT = timedelta(hours=24)
UNDER_WAY = timedelta(minutes=1)
"""How long a request may take. One that died with its process can be repeated after this."""

UNANSWERED = 0
"""The status of a request that is under way."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request as it is recognised: the client's key, who asks, and a hash of method, path and body."""

    key: str
    actor_id: str
    request_hash: str

    @property
    def key_hash(self) -> str:
        """Two actors may use the same key by chance, so the key counts per actor."""
        return hashlib.sha256(f"{self.actor_id}\n{self.key}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, Any] = field(default_factory=dict)
    location: str = ""


async def recall(database: Database, question: Question, now: datetime) -> Answer | None:
    """The answer given before; or None, and the caller now owes one by `remember` or `forget`.

    Conflict: IDEMPOTENCY_KEY_REUSED for another request with this key, IDEMPOTENCY_KEY_BUSY while it is under way.
    """
    try:
        async with database.write() as session:
            row = await session.get(RememberedAnswer, question.key_hash, with_for_update=True)
            if row and row.expires_at > now:
                return _answer(row, question)
            if row:
                await session.delete(row)
                await session.flush()
            # Added, not merged: of two at once the second must fail on the primary key, not overwrite the first.
            session.add(_row(question, Answer(UNANSWERED), now + UNDER_WAY))
    except IntegrityError:
        # The same request came twice in one moment, and the other was first.
        raise _busy() from None
    return None


async def remember(database: Database, question: Question, answer: Answer, now: datetime) -> None:
    """`answer` is given again for 24 hours."""
    async with database.write() as session:
        await session.merge(_row(question, answer, now + KEPT))


async def forget(database: Database, question: Question) -> None:
    """The request may be repeated: it ended without an answer worth keeping."""
    async with database.write() as session:
        await session.execute(sa.delete(RememberedAnswer).where(RememberedAnswer.key_hash == question.key_hash))


async def purge(session: AsyncSession, now: datetime) -> int:
    """How many expired answers were dropped."""
    gone = await session.execute(sa.delete(RememberedAnswer).where(RememberedAnswer.expires_at <= now))
    return cast("sa.CursorResult[Any]", gone).rowcount


def _row(question: Question, answer: Answer, until: datetime) -> RememberedAnswer:
    return RememberedAnswer(
        key_hash=question.key_hash,
        request_hash=question.request_hash,
        status=answer.status,
        body=answer.body,
        location=answer.location,
        expires_at=until,
    )


def _answer(row: RememberedAnswer, question: Question) -> Answer:
    if row.request_hash != question.request_hash:
        raise Conflict(
            "This Idempotency-Key was used for another request.",
            "Use a new key for a new request.",
            code="IDEMPOTENCY_KEY_REUSED",
        )
    if row.status == UNANSWERED:
        raise _busy()
    return Answer(row.status, row.body, row.location)


def _busy() -> Conflict:
    return Conflict(
        "The first request with this Idempotency-Key has not ended yet.",
        "Repeat it in a few seconds.",
        code="IDEMPOTENCY_KEY_BUSY",
    )
