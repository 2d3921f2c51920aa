"""Every failure as `{"error": {code, message, hint, details}}`, and how a route declares those it can end in."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Match

from audience_sync.errors import AudienceSyncError, Invalid, NotFound, Refusal, RetryLater


class Error(BaseModel):
    """What went wrong, and what to do next."""

    code: str
    message: str
    hint: str
    details: dict[str, Any]


class Failure(BaseModel):
    """The body of every answer that is not a success."""

    error: Error


class MethodNotAllowed(Refusal):
    """The path exists, but not with this method."""

    status = 405
    code = "METHOD_NOT_ALLOWED"


class BodyTooLarge(Refusal):
    """The request carries more than is read."""

    status = 413
    code = "BODY_TOO_LARGE"


class Malformed(Refusal):
    """The request cannot be read at all."""

    status = 400
    code = "MALFORMED"


class Internal(AudienceSyncError):
    """Our own fault; the log tells more under the request's id."""

    status = 500
    code = "INTERNAL"


Declared = dict[int | str, dict[str, Any]]


def problems(*kinds: type[AudienceSyncError]) -> Declared:
    """The failures that a route can end in, for its OpenAPI entry; several of one status are told together."""
    declared: Declared = {}
    for kind in kinds:
        entry = declared.setdefault(kind.status, {"model": Failure, "description": ""})
        said = f"`{kind.code}`: {(kind.__doc__ or '').splitlines()[0]}"
        entry["description"] = "\n\n".join(filter(None, (entry["description"], said)))
    return declared


def failure(problem: AudienceSyncError, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer that tells of the problem."""
    error = {"code": problem.code, "message": problem.message, "hint": problem.hint, "details": problem.details}
    return JSONResponse({"error": error}, problem.status, {**(headers or {}), **_headers(problem)})


def _headers(problem: AudienceSyncError) -> dict[str, str]:
    match problem.status:
        case 401:
            return {"WWW-Authenticate": "Bearer"}
        case 503 if isinstance(problem, RetryLater):
            return {"Retry-After": str(math.ceil(problem.after_seconds))}
        case _:
            return {}


def tell_failures(api: FastAPI) -> None:
    """Whatever is raised below the API's edge becomes a failure's body."""
    api.add_exception_handler(AudienceSyncError, _known)
    api.add_exception_handler(RequestValidationError, _not_valid)
    api.add_exception_handler(HTTPException, _of_http)


async def _known(_request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, AudienceSyncError)  # noqa: S101  # What it is registered for.
    return failure(problem)


async def _not_valid(_request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, RequestValidationError)  # noqa: S101  # What it is registered for.
    return failure(invalid(problem.errors()))


def invalid(faults: Iterable[Mapping[str, Any]]) -> Invalid:
    """What is wrong, by path. The values stay out of it: they may be personal."""
    fields = [{"path": ".".join(str(part) for part in each["loc"]), "message": each["msg"]} for each in faults]
    first = fields[0] if fields else {"path": "request", "message": "cannot be read"}
    return Invalid(
        f"{first['path']}: {first['message']}.", "Mend the fields under details.", details={"fields": fields}
    )


async def _of_http(request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, HTTPException)  # noqa: S101  # What it is registered for.
    match problem.status_code:
        case 404:
            return failure(NotFound("There is nothing at this path.", "GET /docs lists every call."))
        case 405:
            return failure(
                MethodNotAllowed(f"{request.method} is not a method of this path.", "The header Allow lists those."),
                headers={"Allow": ", ".join(sorted(_methods_of_path(request)))},
            )
        case 413:
            return failure(BodyTooLarge("The request is too large.", "Send less at once."))
        case _:
            return failure(Malformed("The request cannot be read.", "Send JSON with Content-Type application/json."))


def _methods_of_path(request: Request) -> set[str]:
    """All of them: several routes may share a path."""
    return {
        method
        for route in iter_route_contexts(request.app.routes)
        if route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods or ()
    }
