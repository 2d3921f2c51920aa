"""From the text of an API key to the Actor behind it."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta

import sqlalchemy as sa

from audience_sync.auth.actors import permissions
from audience_sync.errors import Unauthenticated
from audience_sync.model.permissions import Actor, ActorKind
from audience_sync.store.database import Database
from audience_sync.store.people import ApiKey, Role, User

SHAPE = re.compile(r"asy_(?P<id>[0-9a-f]{16})_(?P<secret>[A-Za-z0-9_-]{43})")

NOTED_EVERY = timedelta(minutes=1)
"""How exact `last_used_at` is; a write per request would cost more than it tells."""


async def actor_of_key(database: Database, text: str, now: datetime) -> Actor:
    """The actor of `asy_<id>_<secret>`, never with more permissions than its owner has now.

    Unauthenticated when the key is unknown, revoked or expired, or its owner disabled; the words do not say which.
    """
    parts = SHAPE.fullmatch(text)
    if parts is None:
        raise _refusal()
    async with database.read() as session:
        found = (await session.execute(_key_with_owner(parts["id"]))).one_or_none()
    # Compared even when there is no such key, so that the time taken tells nothing.
    kept = found[0].secret_hash if found else ""
    right = hmac.compare_digest(hashlib.sha256(parts["secret"].encode()).hexdigest(), kept)
    if found is None or not right or not _is_valid(found[0], found[1], now):
        raise _refusal()
    key, user, role = found
    await _note_use(database, key, now)
    granted = permissions(key.permissions) & permissions(role.permissions)
    return Actor(ActorKind.API_KEY, key.id, f"{key.name} of {user.name or user.email}", granted)


def _refusal() -> Unauthenticated:
    return Unauthenticated("This API key is not valid.", "An administrator can make a new one.")


def _key_with_owner(key_id: str) -> sa.Select[ApiKey, User, Role]:
    return (
        sa.select(ApiKey, User, Role)
        .join(User, User.id == ApiKey.user_id)
        .join(Role, Role.name == User.role)
        .where(ApiKey.id == key_id)
    )


def _is_valid(key: ApiKey, user: User, now: datetime) -> bool:
    expired = key.expires_at is not None and key.expires_at <= now
    return key.revoked_at is None and not expired and not user.disabled


async def _note_use(database: Database, key: ApiKey, now: datetime) -> None:
    if key.last_used_at and now - key.last_used_at < NOTED_EVERY:
        return
    async with database.write() as session:
        await session.execute(sa.update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=now))
