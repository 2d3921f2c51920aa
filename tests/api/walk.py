"""Every route of the API as it is served, and a request to it that reaches the door."""

import re
from dataclasses import dataclass

from fastapi.routing import iter_route_contexts

from audience_sync.api.application import create_api
from audience_sync.api.document import permission_of
from audience_sync.model.permissions import Permission


@dataclass(frozen=True)
class Door:
    """One method of one path, and the permission that it asks for; None if it asks for none."""

    method: str
    path: str
    permission: Permission | None

    @property
    def url(self) -> str:
        """The path with ids of nothing."""
        return re.sub(r"\{[a-z_]+\}", "nothing", self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def doors() -> list[Door]:
    """All of them, also those that are not in the OpenAPI document."""
    return [
        Door(method, str(route.path), permission_of(route) if hasattr(route, "dependant") else None)
        for route in iter_route_contexts(create_api().routes)
        for method in sorted(route.methods or {"GET"})
    ]
