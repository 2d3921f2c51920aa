"""Who acts in the tests: an admin, a marketer, a viewer and an outsider."""

from audience_sync.model.permissions import ROLES, Actor, ActorKind, Permission

ADMIN = Actor(ActorKind.USER, "admin", "Ada Admin", ROLES["admin"])
MARKETER = Actor(
    ActorKind.USER, "marketer", "Mia Marketer", frozenset({Permission.READ, Permission.CREATE, Permission.SYNC})
)
VIEWER = Actor(ActorKind.USER, "viewer", "Vic Viewer", ROLES["viewer"])
OUTSIDER = Actor(ActorKind.USER, "outsider", "Olga Outsider", frozenset())
