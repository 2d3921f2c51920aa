"""Who may see a page: every route names what it needs, and nothing of a request is read before."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import APIRoute

from audience_sync.app import App
from audience_sync.auth.sessions import signed_in
from audience_sync.model.permissions import Permission
from audience_sync.web.visit import Visit


def belt(request: Request) -> App:
    """The App of this process."""
    app: App = request.app.state.belt
    return app


def cookie_name(app: App) -> str:
    """`__Host-` makes browsers refuse it from anybody but this very host; they allow that over https only."""
    return "__Host-audience_sync" if is_https(app) else "audience_sync"


def is_https(app: App) -> bool:
    return app.settings.base_url.startswith("https:")


async def visiting(request: Request) -> Visit:
    """The visit that this request is, its session looked up once."""
    found: Visit | None = getattr(request.state, "visit", None)
    if found is None:
        app = belt(request)
        token = request.cookies.get(cookie_name(app), "")
        who = await signed_in(app.database, token, app.now()) if token else None
        found = request.state.visit = Visit(request, app, who)
    return found


@dataclass(frozen=True)
class Require:
    """A dependency that is the visit. `permission` None: anybody who is signed in; `open_to_all`: anybody."""

    permission: Permission | None = None
    open_to_all: bool = False

    async def __call__(self, request: Request) -> Visit:
        return await visiting(request)

    def admit(self, visit: Visit) -> None:
        """Nothing; Unauthenticated or Forbidden if the visitor may not come in."""
        if self.open_to_all:
            return
        actor = visit.actor
        if self.permission is not None:
            actor.require(self.permission)


Anybody = Annotated[Visit, Depends(Require(open_to_all=True))]
Member = Annotated[Visit, Depends(Require())]
Reader = Annotated[Visit, Depends(Require(Permission.READ))]
Creator = Annotated[Visit, Depends(Require(Permission.CREATE))]
Syncer = Annotated[Visit, Depends(Require(Permission.SYNC))]
Deleter = Annotated[Visit, Depends(Require(Permission.DELETE))]
Exporter = Annotated[Visit, Depends(Require(Permission.EXPORT))]
Admin = Annotated[Visit, Depends(Require(Permission.ADMIN))]


class PageRoute(APIRoute):
    """A route with a door. One that names nothing of the above cannot be made."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        needed = self._needed()

        async def guarded(request: Request) -> Response:
            needed.admit(await visiting(request))
            return await inner(request)

        return guarded

    def _needed(self) -> Require:
        for each in self.dependant.dependencies:
            if isinstance(each.call, Require):
                return each.call
        raise RuntimeError(f"The page {self.name} does not say who may see it.")


def pages() -> APIRouter:
    """Routes of pages."""
    return APIRouter(route_class=PageRoute, default_response_class=HTMLResponse, include_in_schema=False)
