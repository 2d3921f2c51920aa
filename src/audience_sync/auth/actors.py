"""The Actor that a user is, with the permissions of the role as it stands now."""

from collections.abc import Iterable

from audience_sync.model.permissions import Actor, ActorKind, Permission
from audience_sync.store.people import Role, User


def permissions(names: Iterable[str]) -> frozenset[Permission]:
    return frozenset(Permission(name) for name in names)


def actor_of_user(user: User, role: Role) -> Actor:
    return Actor(ActorKind.USER, user.id, user.name or user.email, permissions(role.permissions))
