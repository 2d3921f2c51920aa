"""A person signed in with a browser: from the cookie's token to who they are."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from audience_sync.auth import throttle
from audience_sync.auth.actors import actor_of_user
from audience_sync.auth.passwords import actor_of_password
from audience_sync.model.ids import new_id
from audience_sync.model.permissions import Actor
from audience_sync.store.database import Database
from audience_sync.store.people import Role, User
from audience_sync.store.sessions import WebSession

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=14)
"""A session ends after so long without a request, and after so long in any case."""
NOTED_EVERY = timedelta(minutes=1)
"""How exact `seen_at` is; a write per request would cost more than it tells."""
LONGEST_BROWSER = 300


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a sign-in comes from: the network address, and what the browser calls itself."""

    address: str
    name: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, with the permissions that their role has now."""

    session_id: str
    user_id: str
    email: str
    name: str
    role: str
    time_zone: str
    actor: Actor


async def sign_in(database: Database, email: str, password: str, *, browser: Browser, now: datetime) -> str:
    """The token of a new session; Unauthenticated when the password is wrong, TooManyTries after too many attempts."""
    await throttle.count_try(database, account=email, address=browser.address, now=now)
    actor = await actor_of_password(database, email, password)
    await throttle.forgive(database, email)
    return await begin(database, actor.id, browser=browser, now=now)


async def begin(database: Database, user_id: str, *, browser: Browser, now: datetime) -> str:
    """The token of a new session of that user. Sessions that have ended are cleared away on the way."""
    token = secrets.token_urlsafe(32)
    row = WebSession(
        id=new_id(),
        token_hash=_hash(token),
        user_id=user_id,
        address=browser.address,
        browser=browser.name[:LONGEST_BROWSER],
        created_at=now,
        seen_at=now,
    )
    async with database.write() as session:
        await session.execute(sa.delete(WebSession).where(sa.not_(_lives(now))))
        session.add(row)
    return token


async def signed_in(database: Database, token: str, now: datetime) -> SignedIn | None:
    """Who has this token; None when the session has ended or its user is disabled."""
    wanted = (
        sa.select(WebSession, User, Role)
        .join(User, User.id == WebSession.user_id)
        .join(Role, Role.name == User.role)
        .where(WebSession.token_hash == _hash(token), User.disabled.is_(False), _lives(now))
    )
    async with database.read() as session:
        found = (await session.execute(wanted)).one_or_none()
    if found is None:
        return None
    kept, user, role = found
    await _note(database, kept, now)
    return SignedIn(kept.id, user.id, user.email, user.name, user.role, user.time_zone, actor_of_user(user, role))


async def end(database: Database, token: str) -> None:
    """The token opens nothing any more."""
    async with database.write() as session:
        await session.execute(sa.delete(WebSession).where(WebSession.token_hash == _hash(token)))


def _lives(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(WebSession.seen_at > now - IDLE, WebSession.created_at > now - LONGEST)


async def _note(database: Database, kept: WebSession, now: datetime) -> None:
    if now - kept.seen_at < NOTED_EVERY:
        return
    async with database.write() as session:
        await session.execute(sa.update(WebSession).where(WebSession.id == kept.id).values(seen_at=now))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
