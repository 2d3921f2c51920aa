"""Keys with which programs use the REST API for a user."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.errors import Conflict, Invalid, NotFound
from audience_sync.flows.people import Ground, tidy_name
from audience_sync.model.permissions import Actor, ActorKind, Permission
from audience_sync.store import audit
from audience_sync.store.people import ApiKey, Role, User


@dataclass(frozen=True, slots=True)
class Key:
    """An API key as shown; its secret is shown once, by `create_key`."""

    id: str
    user_id: str
    name: str
    permissions: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


async def create_key(
    app: Ground,
    actor: Actor,
    owner_id: str,
    *,
    name: str,
    permissions: Collection[Permission],
    expires_at: datetime | None = None,
) -> tuple[Key, str]:
    """A new key and its text `asy_<id>_<secret>`, which cannot be shown again.

    Invalid when a permission is not one of the owner's.
    """
    _require_own_or_admin(actor, owner_id)
    secret = secrets.token_urlsafe(32)
    row = ApiKey(
        id=secrets.token_hex(8),
        user_id=owner_id,
        name=_named(name),
        secret_hash=hashlib.sha256(secret.encode()).hexdigest(),
        permissions=sorted(permissions),
        created_at=app.now(),
        expires_at=_future(expires_at, app.now()),
    )
    async with app.database.write() as session:
        await _require_within_owner(session, owner_id, permissions)
        session.add(row)
        audit.record(session, actor, "api_key.created", on=_thing(row.id), at=app.now(), name=row.name, owner=owner_id)
    return _key(row), f"asy_{row.id}_{secret}"


async def list_keys(app: Ground, actor: Actor, owner_id: str) -> list[Key]:
    """All keys of the owner, the newest first, revoked ones too."""
    _require_own_or_admin(actor, owner_id)
    wanted = sa.select(ApiKey).where(ApiKey.user_id == owner_id).order_by(ApiKey.created_at.desc(), ApiKey.id)
    async with app.database.read() as session:
        return [_key(row) for row in await session.scalars(wanted)]


async def revoke_key(app: Ground, actor: Actor, key_id: str) -> Key:
    """The key opens nothing any more. Revoking it again changes nothing."""
    async with app.database.write() as session:
        row = await session.get(ApiKey, key_id, with_for_update=True)
        # A stranger's key and a missing one look the same to who may not manage it.
        _require_own_or_admin(actor, row.user_id if row else "")
        if row is None:
            raise NotFound("There is no such API key.")
        if row.revoked_at is None:
            row.revoked_at = app.now()
            audit.record(session, actor, "api_key.revoked", on=_thing(row.id), at=app.now(), name=row.name)
    return _key(row)


def _require_own_or_admin(actor: Actor, owner_id: str) -> None:
    """Nothing for users and their own keys. A key manages keys only with the admin permission."""
    if actor.kind is not ActorKind.USER or actor.id != owner_id:
        actor.require(Permission.ADMIN)


async def _require_within_owner(session: AsyncSession, owner_id: str, permissions: Collection[Permission]) -> None:
    owner = await session.get(User, owner_id)
    if owner is None:
        raise NotFound("There is no such user.")
    if owner.disabled:
        raise Conflict(f"{owner.name or owner.email} is disabled.", "Enable the user first.", code="USER_DISABLED")
    role = await session.get_one(Role, owner.role)
    if excess := sorted(set(permissions) - set(role.permissions)):
        raise Invalid(
            f"The owner of the key lacks {', '.join(excess)}.",
            "A key may have at most the permissions of its owner's role.",
            code="PERMISSION_BEYOND_OWNER",
        )


def _named(text: str) -> str:
    name = tidy_name(text)
    if not name:
        raise Invalid("An API key needs a name.", "Name it after the program that will use it.", code="INVALID_NAME")
    return name


def _future(moment: datetime | None, now: datetime) -> datetime | None:
    if moment is not None and moment <= now:
        raise Invalid("The key would have expired already.", "Give a time in the future, or none.")
    return moment


def _thing(key_id: str) -> audit.Thing:
    return audit.Thing("api_key", key_id)


def _key(row: ApiKey) -> Key:
    return Key(
        id=row.id,
        user_id=row.user_id,
        name=row.name,
        permissions=list(row.permissions),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
