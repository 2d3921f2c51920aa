"""Who acts, and what they may do."""

from dataclasses import dataclass
from enum import StrEnum

from audience_sync.errors import Forbidden


class Permission(StrEnum):
    """The six permissions of the user's specification."""

    READ = "audience_sync:read"
    CREATE = "audience_sync:create"
    SYNC = "audience_sync:sync"
    DELETE = "audience_sync:delete"
    ADMIN = "audience_sync:admin"
    EXPORT = "audience_sync:export"


class ActorKind(StrEnum):
    USER = "user"
    API_KEY = "api_key"
    SCHEDULE = "schedule"
    SHELL = "shell"
    LINK = "link"


ROLES: dict[str, frozenset[Permission]] = {
    "viewer": frozenset({Permission.READ}),
    "analyst": frozenset({Permission.READ, Permission.EXPORT}),
    "operator": frozenset({Permission.READ, Permission.EXPORT, Permission.SYNC}),
    "manager": frozenset(set(Permission) - {Permission.ADMIN}),
    "admin": frozenset(Permission),
}
"""The roles that every installation begins with; they are rows in the database afterwards."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that acts: a user, an API key, the schedule, or the operator at the shell."""

    kind: ActorKind
    id: str
    name: str
    permissions: frozenset[Permission]

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Nothing, or Forbidden naming what is missing and who can grant it."""
        if not self.may(permission):
            raise Forbidden(
                f"{self.name} may not do this: it needs {permission}.",
                "An administrator can grant it with another role.",
                details={"permission": str(permission)},
            )


SCHEDULE = Actor(ActorKind.SCHEDULE, "schedule", "Schedule", frozenset({Permission.READ, Permission.SYNC}))
SHELL = Actor(ActorKind.SHELL, "shell", "Operator at the shell", frozenset(Permission))
BEARER = Actor(ActorKind.LINK, "link", "Whoever has the link", frozenset())
"""Somebody who came by a signed link, which stands for the permission."""
