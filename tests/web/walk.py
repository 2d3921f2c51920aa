"""Every route of the web app as it is served, and a request to it that reaches the door."""

import re
from dataclasses import dataclass

from fastapi.routing import RouteContext, iter_route_contexts

from audience_sync.web.access import Require
from audience_sync.web.application import create_web


@dataclass(frozen=True)
class Door:
    """One method of one path, and what it asks for; None if it names nothing."""

    method: str
    path: str
    needed: Require | None

    @property
    def url(self) -> str:
        """The path with ids of nothing."""
        return re.sub(r"\{[a-z_]+\}", "nothing", self.path)

    @property
    def is_open(self) -> bool:
        return self.needed is None or self.needed.open_to_all

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def doors() -> list[Door]:
    """All of them."""
    return [
        Door(method, str(route.path), _needed(route))
        for route in iter_route_contexts(create_web().routes)
        for method in sorted((route.methods or {"GET"}) - {"HEAD"})
    ]


def _needed(route: RouteContext) -> Require | None:
    if not hasattr(route, "dependant"):
        return None
    calls = (each.call for each in route.dependant.dependencies)
    return next((call for call in calls if isinstance(call, Require)), None)
