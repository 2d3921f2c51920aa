"""How often somebody may try to sign in: counted in the database, by account and by address."""

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from audience_sync.errors import Refusal
from audience_sync.store.database import Database
from audience_sync.store.shared import RateLimit

COUNT = sa.text(
    "INSERT INTO rate_limits (key, tat) VALUES (:key, :now + :step) "
    "ON CONFLICT (key) DO UPDATE SET tat = "
    "CASE WHEN rate_limits.tat > :now THEN rate_limits.tat ELSE :now END + :step "
    "WHERE rate_limits.tat + :step <= :now + :window "
    "RETURNING tat"
)
"""One try is counted, or no row is returned because there were too many (GCRA)."""


class TooManyTries(Refusal):
    """Somebody tried to sign in too often: wait."""

    status = 429
    code = "TOO_MANY_TRIES"


@dataclass(frozen=True, slots=True)
class Allowance:
    """`tries` at once, and one more every `seconds` afterwards."""

    tries: int
    seconds: float


ACCOUNT = Allowance(tries=10, seconds=60)
"""Whoever guesses one person's password needs years; who mistyped waits a minute at most."""
ADDRESS = Allowance(tries=50, seconds=10)
"""An office behind one address signs in on a Monday morning without noticing this."""


async def count_try(database: Database, *, account: str, address: str, now: datetime) -> None:
    """The try is counted for the account and for the address; TooManyTries says how long to wait."""
    for key, allowance in ((_key("account", account), ACCOUNT), (_key("address", address), ADDRESS)):
        wait = await _counted(database, key, allowance, now.timestamp())
        if wait:
            raise TooManyTries(
                "There were too many attempts to sign in.",
                f"Try again in {_words(wait)}. An administrator can make a link that sets a new password.",
                details={"wait_seconds": math.ceil(wait)},
            )


async def forgive(database: Database, account: str) -> None:
    """The account's tries are forgotten: its owner has shown who they are."""
    async with database.write() as session:
        await session.execute(sa.delete(RateLimit).where(RateLimit.key == _key("account", account)))


async def _counted(database: Database, key: str, allowance: Allowance, now: float) -> float:
    """Seconds to wait until the next try; 0 when this one is allowed."""
    window = allowance.tries * allowance.seconds
    async with database.write() as session:
        values = {"key": key, "now": now, "step": allowance.seconds, "window": window}
        if (await session.execute(COUNT, values)).first() is not None:
            return 0.0
        tat = (await session.execute(sa.select(RateLimit.tat).where(RateLimit.key == key))).scalar_one()
    return max(1.0, tat + allowance.seconds - window - now)


def _key(kind: str, value: str) -> str:
    """Hashed: an address of any length fits, and none can be read in the table."""
    return f"sign-in:{kind}:{hashlib.sha256(value.strip().lower().encode()).hexdigest()}"


def _words(seconds: float) -> str:
    if seconds < 90:
        return f"{math.ceil(seconds)} seconds"
    return f"{math.ceil(seconds / 60)} minutes"
