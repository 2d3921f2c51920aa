"""Roles and permissions in words."""

from audience_sync.model.permissions import Permission

WORDS = {
    Permission.READ: ("View", "See segments, platform audiences and sync history"),
    Permission.CREATE: ("Create", "Create and change segments and platform audiences"),
    Permission.SYNC: ("Sync", "Start and cancel syncs"),
    Permission.DELETE: ("Delete", "Delete platform audiences"),
    Permission.ADMIN: ("Administer", "Connect platforms, manage users and settings"),
    Permission.EXPORT: ("Export", "Export the people of a segment as a file"),
}
ROLE_WORDS = {
    "viewer": "Looks, changes nothing",
    "analyst": "Looks and exports",
    "operator": "Keeps syncs running",
    "manager": "Creates audiences and syncs them: the marketer's role",
    "admin": "Everything, with users and platforms",
}


def permission_words() -> dict[str, tuple[str, str]]:
    """Each permission's short name and what it allows."""
    return {str(name): words for name, words in WORDS.items()}


def role_words(name: str) -> str:
    """What the role is for; empty for a role of the installation's own."""
    return ROLE_WORDS.get(name, "")
