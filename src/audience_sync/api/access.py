"""Who is asking, and whether they may: every route names the permission that it needs."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from audience_sync.app import App
from audience_sync.auth.keys import actor_of_key
from audience_sync.errors import Unauthenticated
from audience_sync.model.permissions import Actor, Permission

BEARER = HTTPBearer(
    scheme_name="api_key",
    description="An API key: `Authorization: Bearer asy_…`. An administrator makes it with `audience-sync users`.",
    auto_error=False,
)


def belt(request: Request) -> App:
    """The App of this process."""
    app: App = request.app.state.belt
    return app


Belt = Annotated[App, Depends(belt)]


async def asking(request: Request) -> Actor:
    """The actor behind the request's API key, looked up once per request; Unauthenticated without a valid one."""
    found: Actor | None = getattr(request.state, "actor", None)
    if found is None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated("This call needs an API key.", "Send it as Authorization: Bearer asy_…")
        app = belt(request)
        found = request.state.actor = await actor_of_key(app.database, key.strip(), app.now())
    return found


@dataclass(frozen=True)
class Require:
    """A dependency that is the actor, who has the permission; else the request ends in 401 or 403."""

    permission: Permission

    async def __call__(
        self, request: Request, _key: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
    ) -> Actor:
        actor = await asking(request)
        actor.require(self.permission)
        return actor


Reader = Annotated[Actor, Depends(Require(Permission.READ))]
Creator = Annotated[Actor, Depends(Require(Permission.CREATE))]
Syncer = Annotated[Actor, Depends(Require(Permission.SYNC))]
Deleter = Annotated[Actor, Depends(Require(Permission.DELETE))]
Exporter = Annotated[Actor, Depends(Require(Permission.EXPORT))]
Admin = Annotated[Actor, Depends(Require(Permission.ADMIN))]
