"""Who may use this installation: users and their roles."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.errors import Conflict, Invalid, NotFound
from audience_sync.model.ids import new_id
from audience_sync.model.permissions import Actor, Permission
from audience_sync.store import audit, sessions
from audience_sync.store.database import Database
from audience_sync.store.passwords import hash_password
from audience_sync.store.people import Role, User

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
LONGEST_EMAIL = 320
LONGEST_NAME = 200


class Ground(Protocol):
    """What these flows touch of the App."""

    @property
    def database(self) -> Database: ...

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Person:
    """A user as shown; the password's hash stays in the store."""

    id: str
    email: str
    name: str
    role: str
    disabled: bool
    has_password: bool
    created_at: datetime


def tidy_name(text: str) -> str:
    """The name without blanks around it; Invalid when it is longer than 200 characters or holds control characters."""
    name = text.strip()
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(f"A name has at most {LONGEST_NAME} characters, all printable.", code="INVALID_NAME")
    return name


async def list_roles(app: Ground, actor: Actor) -> dict[str, list[str]]:
    """The permissions of each role, by name."""
    actor.require(Permission.ADMIN)
    async with app.database.read() as session:
        return {role.name: sorted(role.permissions) for role in await session.scalars(sa.select(Role).order_by("name"))}


async def list_users(app: Ground, actor: Actor) -> list[Person]:
    """Everybody, by e-mail address."""
    actor.require(Permission.ADMIN)
    async with app.database.read() as session:
        return [person_of(user) for user in await session.scalars(sa.select(User).order_by(User.email))]


async def add_user(app: Ground, actor: Actor, *, email: str, role: str, name: str = "", password: str = "") -> Person:
    """A new user. Without a password nobody can sign in as them, but API keys work."""
    actor.require(Permission.ADMIN)
    user = User(
        id=new_id(),
        email=normal_email(email),
        name=tidy_name(name),
        role=role,
        password_hash=await hash_password(password) if password else "",
        created_at=app.now(),
    )
    try:
        async with app.database.write() as session:
            await _require_role(session, role)
            session.add(user)
            audit.record(session, actor, "user.added", on=_thing(user.id), at=app.now(), email=user.email, role=role)
    except IntegrityError:
        raise Conflict(f"There is already a user {user.email}.", code="EMAIL_TAKEN") from None
    return person_of(user)


async def set_role(app: Ground, actor: Actor, user_id: str, role: str) -> Person:
    actor.require(Permission.ADMIN)
    async with _changed(app, user_id) as (session, user):
        await _require_role(session, role)
        audit.record(
            session, actor, "user.role_set", on=_thing(user.id), at=app.now(), **{"from": user.role, "to": role}
        )
        user.role = role
    return person_of(user)


async def disable_user(app: Ground, actor: Actor, user_id: str) -> Person:
    """The user can do nothing any more, and neither can their API keys; their browsers are signed out."""
    actor.require(Permission.ADMIN)
    async with _changed(app, user_id) as (session, user):
        user.disabled = True
        await sessions.drop(session, user.id)
        audit.record(session, actor, "user.disabled", on=_thing(user.id), at=app.now())
    return person_of(user)


async def enable_user(app: Ground, actor: Actor, user_id: str) -> Person:
    actor.require(Permission.ADMIN)
    async with _changed(app, user_id) as (session, user):
        user.disabled = False
        audit.record(session, actor, "user.enabled", on=_thing(user.id), at=app.now())
    return person_of(user)


async def set_password(app: Ground, actor: Actor, user_id: str, password: str) -> Person:
    """The user has this password from now on, and is signed out everywhere."""
    actor.require(Permission.ADMIN)
    kept = await hash_password(password)
    async with _changed(app, user_id) as (session, user):
        user.password_hash = kept
        await sessions.drop(session, user.id)
        audit.record(session, actor, "user.password_set", on=_thing(user.id), at=app.now())
    return person_of(user)


@asynccontextmanager
async def _changed(app: Ground, user_id: str) -> AsyncIterator[tuple[AsyncSession, User]]:
    """A user to change in one transaction, which fails if it would leave nobody with the admin permission."""
    async with app.database.write() as session:
        before = await _admins(session)
        user = await session.get(User, user_id)
        if user is None:
            raise NotFound("There is no such user.")
        yield session, user
        await session.flush()
        if before and not await _admins(session):
            raise Conflict(
                f"{user.name or user.email} is the last administrator.",
                "Make another user an administrator first.",
                code="LAST_ADMIN",
            )


async def _admins(session: AsyncSession) -> list[str]:
    """Ids of the enabled administrators. Locked, so that two of them cannot disable each other at the same moment."""
    roles = [role.name for role in await session.scalars(sa.select(Role)) if Permission.ADMIN in role.permissions]
    enabled = sa.select(User.id).where(User.role.in_(roles), User.disabled.is_(False)).order_by(User.id)
    return list(await session.scalars(enabled.with_for_update()))


async def _require_role(session: AsyncSession, name: str) -> None:
    known = list(await session.scalars(sa.select(Role.name).order_by(Role.name)))
    if name not in known:
        raise Invalid(f"There is no role {name!r}.", f"Choose one of {', '.join(known)}.", code="UNKNOWN_ROLE")


def normal_email(text: str) -> str:
    """The address in lower case; Invalid when it is none."""
    email = text.strip().lower()
    if len(email) > LONGEST_EMAIL or not email.isprintable() or not EMAIL.fullmatch(email):
        raise Invalid("This is not an e-mail address.", "It looks like name@example.com.", code="INVALID_EMAIL")
    return email


def _thing(user_id: str) -> audit.Thing:
    return audit.Thing("user", user_id)


def person_of(user: User) -> Person:
    """The user as shown."""
    return Person(
        id=user.id,
        email=user.email,
        name=user.name,
        role=user.role,
        disabled=user.disabled,
        has_password=bool(user.password_hash),
        created_at=user.created_at,
    )
