"""Pages that say what went wrong, to what, and the way out."""

from collections.abc import Mapping
from urllib.parse import urlencode

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from audience_sync.errors import AudienceSyncError, Forbidden, Invalid, NotFound, Refusal, Unauthenticated
from audience_sync.flows import first_run
from audience_sync.web.access import visiting
from audience_sync.web.visit import Visit

SIGN_IN, SET_UP = "/sign-in", "/set-up"
TITLES: Mapping[int, str] = {
    403: "You may not do this",
    404: "There is nothing here",
    405: "That does not work here",
    409: "That does not fit any more",
    410: "This is over",
    413: "That is too much at once",
    422: "Something is not right",
    429: "Too many attempts",
    500: "Something of ours went wrong",
    502: "The other side said no",
    503: "Not now",
}
ICONS: Mapping[int, str] = {403: "lock", 404: "road-off", 410: "hourglass", 429: "hourglass", 500: "tool"}


class OtherSite(Refusal):
    """A change was asked for by a page that is not ours."""

    status = 403
    code = "OTHER_SITE"


def tell_failures(web: FastAPI) -> None:
    """Whatever is raised below becomes a page."""
    web.add_exception_handler(AudienceSyncError, _known)
    web.add_exception_handler(RequestValidationError, _not_valid)
    web.add_exception_handler(HTTPException, _of_http)


async def refuse_other_sites(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer to a change that another site's page asked for."""
    request = Request(scope, receive)
    problem = OtherSite(
        "This request did not come from a page of ours, so nothing was changed.",
        "Open the page here and do it again. Behind a proxy, it must pass the Host header on.",
    )
    await (await _told(request, problem))(scope, receive, send)


async def _known(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, AudienceSyncError)  # noqa: S101  # What it is registered for.
    if isinstance(problem, Unauthenticated):
        return await _to_sign_in(request)
    return await _told(request, problem)


async def _to_sign_in(request: Request) -> Response:
    """Whoever is not signed in signs in and comes back; while there is nobody, an administrator is made first."""
    visit = await visiting(request)
    if await first_run.is_empty(visit.app):
        return visit.go(SET_UP)
    address = request.url
    back = f"{address.path}?{address.query}" if address.query else address.path
    # Only what was looked at can be looked at again; a change is not repeated by itself.
    wanted = back if request.method == "GET" and not visit.is_partial and back != "/" else ""
    return visit.go(f"{SIGN_IN}?{urlencode({'next': wanted})}" if wanted else SIGN_IN)


async def _not_valid(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)  # noqa: S101  # What it is registered for.
    names = ", ".join(sorted({str(each["loc"][-1]) for each in problem.errors()}))
    return await _told(request, Invalid(f"These cannot be read: {names}.", "Go back and enter them again."))


async def _of_http(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)  # noqa: S101  # What it is registered for.
    if problem.status_code == 404:
        return await _told(request, NotFound("The address is wrong, or what was there is gone.", "Search for it."))
    words = TITLES.get(problem.status_code, "The request cannot be read")
    answer = await _told(request, Refusal(f"{words}.", "Go back and try again."), status=problem.status_code)
    answer.headers.update(problem.headers or {})
    return answer


async def tell_own_fault(scope: Scope, receive: Receive, send: Send) -> None:
    """The page of a fault of ours: its number is what somebody needs to find it in the log."""
    number = structlog.contextvars.get_contextvars().get("request_id", "")
    problem = AudienceSyncError(
        "Nothing that you did was wrong.",
        "Try again. If it stays like this, give your administrator the number below: it is in the log.",
        code="INTERNAL",
        details={"request_id": number},
    )
    await (await _told(Request(scope, receive), problem, status=500))(scope, receive, send)


async def _told(request: Request, problem: AudienceSyncError, *, status: int = 0) -> Response:
    visit = await visiting(request)
    status = status or problem.status
    return visit.page(
        "problem.html",
        status=status,
        problem=problem,
        title=TITLES.get(status, "That did not work"),
        sign=ICONS.get(status, "alert-triangle"),
        missing=_missing(visit, problem),
    )


def _missing(visit: Visit, problem: AudienceSyncError) -> str:
    """The permission that the visitor lacks, in the words of the specification; empty if it is not that."""
    return str(problem.details.get("permission", "")) if isinstance(problem, Forbidden) and visit.who else ""
