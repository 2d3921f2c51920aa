"""Where one can go: the sidebar's groups, each entry with the permission that its page needs."""

from dataclasses import dataclass

from audience_sync.model.permissions import Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the sidebar. `permission` None: for everybody who is signed in."""

    label: str
    href: str
    icon: str
    permission: Permission | None = Permission.READ

    def leads_to(self, path: str) -> bool:
        """Whether the page at the path belongs to this entry."""
        return path == self.href or path.startswith(f"{self.href}/")


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading."""

    label: str
    entries: tuple[Entry, ...]


NAVIGATION = (
    Group(
        "CDP",
        (Entry("Profiles", "/profiles", "user-circle"), Entry("Segments", "/segments", "chart-donut")),
    ),
    Group(
        "Audience Sync",
        (
            Entry("Audiences", "/audiences", "target-arrow"),
            Entry("Connected Platforms", "/platforms", "plug-connected"),
            Entry("Exports", "/exports", "file-export", Permission.EXPORT),
            Entry("History", "/history", "history"),
        ),
    ),
    Group(
        "Settings",
        (
            Entry("Warehouses", "/warehouses", "database", Permission.ADMIN),
            Entry("Users and roles", "/users", "users", Permission.ADMIN),
            Entry("API keys", "/api-keys", "key", None),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the way to a page; the last one has no address."""

    label: str
    href: str = ""
