"""Platforms: what there is to connect, the way to a platform's consent page, and the way back."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, Field

from audience_sync.api.access import Admin, Belt, Reader
from audience_sync.api.failures import Declared, problems
from audience_sync.api.nouns import CLEAN, Body, Id, router
from audience_sync.api.plain import plain
from audience_sync.api.repeats import ONCE
from audience_sync.errors import (
    ActionNeeded,
    Conflict,
    Invalid,
    NotFound,
    Reconnect,
    Refusal,
    Rejected,
    RetryLater,
)
from audience_sync.flows import connect
from audience_sync.flows.connect import Connected, PlatformState

routes = router("Platforms", "/platforms")
way_back = APIRouter(prefix="/platforms", tags=["Platforms"])
"""Open to anybody: whoever comes brings the secret state of a sign-in that an administrator has begun."""

Brought = Annotated[str, Query(max_length=8000, pattern=CLEAN)]


class SignIn(Body):
    """Where to go afterwards."""

    return_to: str = Field(default="", max_length=2000, examples=["/"])
    """A path of this installation that the browser is sent to at the end; `{connection}` in it becomes the connection's
    id. Empty: a page that tells the result."""


class PastedToken(Body):
    """A token made by hand on the platform."""

    token: str = Field(max_length=8000, examples=["EAAB…"])
    """For Meta: the token of a system user with ads_management. For Google: the JSON key of a service account."""


class Consent(BaseModel):
    """Where somebody must go now."""

    authorization_url: str = Field(description="The platform's consent page. Good for ten minutes, once.")


@routes.get("", summary="List platforms")
async def list_platforms(app: Belt, actor: Reader) -> list[PlatformState]:
    """Every platform that can be connected, with its connections."""
    return await connect.platforms(app, actor)


# Not ONCE: its answer holds the secret of the sign-in, which is not to be kept, and asking twice is harmless.
@routes.post("/{platform}/connect", summary="Begin to connect a platform", responses=problems(NotFound))
async def begin_connect(app: Belt, actor: Admin, platform: Id, wanted: SignIn = SignIn()) -> Consent:  # noqa: B008
    """Open `authorization_url` in a browser; the platform sends it back to us."""
    return Consent(authorization_url=await connect.begin(app, actor, platform, return_to=wanted.return_to))


@routes.post(
    "/{platform}/tokens",
    status_code=201,
    summary="Connect a platform by a pasted token",
    dependencies=[ONCE],
    responses=problems(NotFound, Reconnect, ActionNeeded, RetryLater, Rejected),
)
async def connect_with_token(app: Belt, actor: Admin, platform: Id, wanted: PastedToken) -> Connected:
    """The connection, with the ad accounts that the token reaches."""
    return await connect.connect_with_token(app, actor, platform, wanted.token)


def _on_the_way_back() -> Declared:
    """Programs are told the result; people go on to a page of the web app, which finishes in its own look."""
    declared: Declared = problems(Refusal, NotFound, Conflict, Reconnect, ActionNeeded, Invalid, RetryLater, Rejected)
    declared[200] = {"model": Connected, "description": "Connected."}
    declared[303] = {"description": "For a browser: on to the page that finishes."}
    return declared


@way_back.get("/{platform}/callback", summary="Come back from a platform's consent page", responses=_on_the_way_back())
async def finish_connect(
    app: Belt,
    request: Request,
    platform: Id,
    state: Brought = "",
    code: Brought = "",
    error: Brought = "",
    error_reason: Brought = "",
    error_description: Brought = "",
) -> Response:
    """Finishes what `connect` began. Platforms call it; `state` stands for whoever began."""
    if not _wants_json(request):
        return RedirectResponse(f"/platforms/{platform}/callback?{request.url.query}", 303)
    reason = {"error": error, "error_reason": error_reason, "error_description": error_description}
    made = await connect.finish(app, platform, state=state, code=code, **reason)
    return JSONResponse(plain(made))


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted
