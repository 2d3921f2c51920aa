"""The very first user: an administrator, while there is nobody yet."""

import sqlalchemy as sa

from audience_sync.errors import Conflict
from audience_sync.flows.people import Ground, Person, normal_email, person_of, tidy_name
from audience_sync.model.ids import new_id
from audience_sync.model.permissions import ROLES, Actor, ActorKind
from audience_sync.store import audit
from audience_sync.store.passwords import hash_password
from audience_sync.store.people import User


async def is_empty(app: Ground) -> bool:
    """Whether there is no user at all."""
    async with app.database.read() as session:
        return await session.scalar(sa.select(User.id).limit(1)) is None


async def add_first_admin(app: Ground, *, email: str, name: str, password: str) -> Person:
    """The first administrator. Conflict ALREADY_SET_UP once there is any user: of two who hurry, one gets in."""
    user = User(
        id=new_id(),
        email=normal_email(email),
        name=tidy_name(name),
        role="admin",
        password_hash=await hash_password(password),
        created_at=app.now(),
    )
    async with app.database.write() as session:
        # Only the row of a role is certain to exist, so that is what two who hurry wait for.
        await session.execute(sa.text("UPDATE roles SET name = name WHERE name = 'admin'"))
        if await session.scalar(sa.select(User.id).limit(1)) is not None:
            raise Conflict("This installation is set up already.", "Sign in instead.", code="ALREADY_SET_UP")
        session.add(user)
        actor = Actor(ActorKind.USER, user.id, user.name or user.email, ROLES["admin"])
        audit.record(
            session, actor, "user.added", on=audit.Thing("user", user.id), at=app.now(), email=user.email, role="admin"
        )
    return person_of(user)
