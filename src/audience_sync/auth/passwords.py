"""From an e-mail address and a password to the Actor behind them."""

import sqlalchemy as sa

from audience_sync.auth.actors import actor_of_user
from audience_sync.errors import Unauthenticated
from audience_sync.model.permissions import Actor
from audience_sync.store.database import Database
from audience_sync.store.passwords import verify_password
from audience_sync.store.people import Role, User

NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$8r5Alm3lyXhEXyoNnLAgwg$BNxFgVOXTf6eGFbKHUK+q3EsyJ8BoQSVdprZ6dbcu+Y"
"""The hash of a random password that nobody knows: verifying against it takes as long as for a user."""


async def actor_of_password(database: Database, email: str, password: str) -> Actor:
    """The user's actor; Unauthenticated in the same words and time for a wrong password, nobody and disabled users."""
    async with database.read() as session:
        found = (await session.execute(_user_with_role(email))).one_or_none()
    kept = found[0].password_hash if found else ""
    right, anew = await verify_password(password, kept or NOBODY)
    if found is None or not right or found[0].disabled:
        raise Unauthenticated("The e-mail address or the password is wrong.", "An administrator can set a new one.")
    user, role = found
    if anew:
        await _keep(database, user, anew)
    return actor_of_user(user, role)


def _user_with_role(email: str) -> sa.Select[User, Role]:
    # PostgreSQL has no text with a zero character, and no address has one.
    address = email.strip().lower().replace("\0", "?")
    return sa.select(User, Role).join(Role, Role.name == User.role).where(User.email == address)


async def _keep(database: Database, user: User, anew: str) -> None:
    """The stronger hash, unless the password was changed meanwhile."""
    same = (User.id == user.id, User.password_hash == user.password_hash)
    async with database.write() as session:
        await session.execute(sa.update(User).where(*same).values(password_hash=anew))
