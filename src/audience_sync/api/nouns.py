"""What the routers of all nouns share: the door, ids in paths, pages, bodies, failures, and where a run is found."""

import math
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, model_validator

from audience_sync.api.access import Require, asking
from audience_sync.api.failures import problems
from audience_sync.api.repeats import Handler, done_once, idempotency_key
from audience_sync.errors import Forbidden, Invalid, Unauthenticated
from audience_sync.flows.views import RunView

BASE = "/api/v1"
CLEAN = r"^[^\x00]*$"
"""PostgreSQL keeps no text with a zero character."""

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
Search = Annotated[str, Query(max_length=200, pattern=CLEAN, description="Part of a name, in any case.")]
Cursor = Annotated[
    str, Query(max_length=2000, pattern=CLEAN, description="`next_cursor` of the page before; empty for the first.")
]
Limit = Annotated[int, Query(ge=1, le=200, description="Most items in the page.")]
Days = Annotated[int, Query(ge=1, le=366, description="How many days back.")]

Name = Annotated[str, Field(max_length=200)]
Words = Annotated[str, Field(max_length=2000)]


class NounRoute(APIRoute):
    """A route that has a door: nothing of a request is read before its key has the permission.

    It does a request once per Idempotency-Key if ONCE is among its dependencies.
    """

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()
        needed = self._needed()
        known = {parameter.alias for parameter in self.dependant.query_params}
        is_once = any(each.dependency is idempotency_key for each in self.dependencies)

        async def guarded(request: Request) -> Response:
            actor = await asking(request)
            actor.require(needed.permission)
            _require_known(request, known)
            return await (done_once(request, actor, inner) if is_once else inner(request))

        return guarded

    def _needed(self) -> Require:
        for each in self.dependant.dependencies:
            if isinstance(each.call, Require):
                return each.call
        raise RuntimeError(f"The route {self.name} names no permission.")


def _require_known(request: Request, known: set[str]) -> None:
    """A misspelt filter would be ignored silently, so it is refused."""
    if unknown := set(request.query_params) - known:
        raise Invalid(
            f"This call takes no {', '.join(sorted(unknown))} in its query.",
            f"It takes {', '.join(sorted(known)) or 'nothing'}.",
            details={"fields": [{"path": f"query.{name}", "message": "unknown"} for name in sorted(unknown)]},
        )


def router(noun: str, prefix: str = "") -> APIRouter:
    """Routes about one noun. What every one of them can end in is declared here, the rest with each route."""
    return APIRouter(
        prefix=prefix,
        tags=[noun],
        route_class=NounRoute,
        responses=problems(Unauthenticated, Forbidden, Invalid),
    )


class Body(BaseModel):
    """A request's body: nothing unknown in it, and no text or number that a database cannot keep."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, given: Any) -> Any:
        _require_storable(given)
        return given


def _require_storable(given: Any) -> None:
    match given:
        case str():
            if "\0" in given or (not given.isascii() and _has_surrogate(given)):
                raise ValueError("text holds a character that cannot be kept")
        case float():
            if not math.isfinite(given):
                raise ValueError("a number must be finite")
        case dict():
            for name, value in given.items():
                _require_storable(name)
                _require_storable(value)
        case list():
            for value in given:
                _require_storable(value)


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def locate(response: Response, run: RunView) -> None:
    """The answer says where the run's progress is."""
    response.headers["Location"] = f"{BASE}/runs/{run.id}"
