"""A forgotten password: a link made at the shell, with which its owner chooses a new one, once."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.errors import Conflict, NotFound, Refusal
from audience_sync.flows.people import Ground, Person, person_of
from audience_sync.model.permissions import Actor, ActorKind, Permission
from audience_sync.store import audit, sessions
from audience_sync.store.passwords import hash_password
from audience_sync.store.people import User
from audience_sync.store.sessions import PasswordLink

LASTS = timedelta(hours=24)


class LinkOver(Refusal):
    """The link was used, has expired, or was never made: a new one is needed."""

    status = 410
    code = "LINK_OVER"


@dataclass(frozen=True, slots=True)
class MadeLink:
    """The path and query that lead to the page, and when they stop doing so."""

    path: str
    expires_at: datetime


async def make_link(app: Ground, actor: Actor, user_id: str) -> MadeLink:
    """A link with which the user sets a password within 24 hours. An earlier one of theirs opens nothing any more."""
    actor.require(Permission.ADMIN)
    secret, expires_at = secrets.token_urlsafe(32), app.now() + LASTS
    async with app.database.write() as session:
        user = await session.get(User, user_id)
        if user is None:
            raise NotFound("There is no such user.")
        if user.disabled:
            raise Conflict(f"{user.name or user.email} is disabled.", "Enable the user first.", code="USER_DISABLED")
        await session.execute(sa.delete(PasswordLink).where(PasswordLink.user_id == user_id))
        session.add(
            PasswordLink(secret_hash=_hash(secret), user_id=user_id, created_at=app.now(), expires_at=expires_at)
        )
        audit.record(session, actor, "user.password_link_made", on=audit.Thing("user", user_id), at=app.now())
    # In the query, which is written to no log of ours.
    return MadeLink(f"/new-password?link={secret}", expires_at)


async def owner_of_link(app: Ground, secret: str) -> Person:
    """Whose password the link sets; LinkOver when it sets none."""
    async with app.database.read() as session:
        _link, user = await _valid(session, secret, app.now())
    return person_of(user)


async def set_by_link(app: Ground, secret: str, password: str) -> Person:
    """The link's owner has this password from now on and is signed out everywhere; the link is used up."""
    kept = await hash_password(password)
    async with app.database.write() as session:
        link, user = await _valid(session, secret, app.now(), lock=True)
        link.used_at, user.password_hash = app.now(), kept
        await sessions.drop(session, user.id)
        owner = Actor(ActorKind.USER, user.id, user.name or user.email, frozenset())
        audit.record(session, owner, "user.password_set", on=audit.Thing("user", user.id), at=app.now(), by="link")
    return person_of(user)


async def _valid(session: AsyncSession, secret: str, now: datetime, *, lock: bool = False) -> tuple[PasswordLink, User]:
    link = await session.get(PasswordLink, _hash(secret), with_for_update=lock)
    user = await session.get(User, link.user_id) if link else None
    if link is None or user is None or user.disabled or link.used_at is not None or link.expires_at <= now:
        raise LinkOver(
            "This link does not work any more.",
            "It works once, for 24 hours. Ask an administrator for a new one.",
        )
    return link, user


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
