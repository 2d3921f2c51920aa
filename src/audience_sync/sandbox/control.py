"""The control surface at /_sandbox/: what the pretend platforms hold and saw, and how to make them fail."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from audience_sync.sandbox import page
from audience_sync.sandbox.faults import WIRE_FAULTS
from audience_sync.sandbox.platform import AudienceView, Platform
from audience_sync.sandbox.world import World

Endpoint = Callable[[Request], Awaitable[Response]]
FORM = "application/x-www-form-urlencoded"
CENTURY_SECONDS = 100 * 365 * 86_400


class Refused(Exception):
    """The control call cannot be done; the text says why."""

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.status = status


class Control:
    """The calls of the control surface over one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Every control call and the page's looks, relative to /_sandbox."""
        return [*self._calls(), Route("/page.css", page.style)]

    def _calls(self) -> list[Route]:
        return [
            _route("/", "GET", self.index),
            _route("/audiences", "GET", self.audiences),
            _route("/audiences/{platform}/{id}", "POST", self.mark),
            _route("/audiences/{platform}/{id}/keys", "GET", self.keys),
            _route("/audiences/{platform}/{id}/rows", "GET", self.rows),
            _route("/requests", "GET", self.requests),
            _route("/requests/{n:int}/body", "GET", self.body),
            _route("/faults", "POST", self.add_fault),
            _route("/faults", "GET", self.faults),
            _route("/faults", "DELETE", self.clear_faults),
            _route("/settings", "GET", self.settings),
            _route("/settings", "POST", self.configure),
            _route("/clock", "GET", self.clock),
            _route("/clock", "POST", self.advance),
            _route("/reset", "POST", self.reset),
        ]

    async def index(self, request: Request) -> Response:
        """The platforms, their faults and marks, and the calls; for a browser the page."""
        if page.is_wanted(request):
            return page.page(self._world)
        calls = [f"{next(iter(route.methods or ()))} {route.path}" for route in self._calls()]
        platforms = {
            name: {"faults": {**WIRE_FAULTS, **platform.faults}, "marks": dict(platform.marks)}
            for name, platform in self._world.platforms.items()
        }
        return JSONResponse({"platforms": platforms, "calls": calls}, headers={"vary": "accept"})

    async def audiences(self, request: Request) -> Response:
        """Every audience of every platform; `size` counts keys, `members` people."""
        return JSONResponse(
            [
                _shown(name, audience)
                for name, platform in self._world.platforms.items()
                for audience in platform.audiences()
            ]
        )

    async def mark(self, request: Request) -> Response:
        """The audience is under the conditions given as {"mark": true or false}."""
        platform, audience = self._found(request)
        wanted = await _object(request)
        unknown = wanted.keys() - platform.marks.keys()
        if unknown:
            raise Refused(f"There is no mark {min(unknown)!r}. Marks: {', '.join(platform.marks)}.")
        for mark, on in wanted.items():
            platform.mark(audience.id, mark, on=bool(on))
        return JSONResponse(_shown(*self._named(request)))

    async def keys(self, request: Request) -> Response:
        """Every key of one audience."""
        _, audience = self._found(request)
        return JSONResponse([{"kind": kind, "value": value} for kind, value in audience.members.all_keys()])

    async def rows(self, request: Request) -> Response:
        """Every row of one audience, with its hints."""
        _, audience = self._found(request)
        return JSONResponse(list(audience.members.rows()))

    async def requests(self, request: Request) -> Response:
        """The recorded requests, oldest first; ?platform=, ?path= and ?since= narrow them."""
        asked = request.query_params
        kept = self._world.recorder.requests(
            platform=asked.get("platform", ""),
            path=asked.get("path", ""),
            since=_whole(asked.get("since", "0"), "since"),
        )
        return JSONResponse([each.as_json() for each in kept])

    async def body(self, request: Request) -> Response:
        """The bytes of one request's body as they were received."""
        wanted = request.path_params["n"]
        for each in self._world.recorder.requests(since=wanted - 1):
            if each.n == wanted:
                return Response(each.body, media_type="application/octet-stream")
        raise Refused("That request is not kept.", 404)

    async def add_fault(self, request: Request) -> Response:
        """The fault is waiting."""
        order = await _object(request)
        self._platform(str(order.get("platform", "")))
        try:
            self._world.fail(**_fault_order(order))
        except (ValueError, TypeError) as error:
            raise Refused(str(error)) from error
        return await self.faults(request)

    async def faults(self, request: Request) -> Response:
        """The faults that are waiting."""
        return JSONResponse(
            [
                {
                    "platform": f.platform,
                    "fault": f.name,
                    "times": f.times,
                    "path": f.path,
                    "after": f.after,
                    "struck": f.struck,
                }
                for f in self._world.faults.waiting()
            ]
        )

    async def clear_faults(self, request: Request) -> Response:
        """No fault is waiting."""
        self._world.faults.clear()
        return JSONResponse([])

    async def settings(self, request: Request) -> Response:
        """The settings of every platform."""
        return JSONResponse({name: each.settings() for name, each in self._world.platforms.items()})

    async def configure(self, request: Request) -> Response:
        """The named platform has the settings given beside its name."""
        changes = await _object(request)
        platform = self._platform(str(changes.pop("platform", "")))
        try:
            platform.configure(changes)
        except ValueError as error:
            raise Refused(str(error)) from error
        return JSONResponse(platform.settings())

    async def clock(self, request: Request) -> Response:
        """The sandbox's time, in unix seconds."""
        clock = self._world.clock
        return JSONResponse({"now": clock.now(), "offset_seconds": clock.offset_seconds})

    async def advance(self, request: Request) -> Response:
        """The sandbox's time is `advance_seconds` further on."""
        seconds = (await _object(request)).get("advance_seconds")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= CENTURY_SECONDS:
            raise Refused("advance_seconds must be a number from 0 to a hundred years.")
        self._world.clock.advance(seconds)
        return await self.clock(request)

    async def reset(self, request: Request) -> Response:
        """Everything is as new."""
        self._world.reset()
        return JSONResponse({"reset": True})

    def _platform(self, name: str) -> Platform:
        if name not in self._world.platforms:
            raise Refused(f"There is no platform {name!r}. Platforms: {', '.join(self._world.platforms)}.", 404)
        return self._world.platforms[name]

    def _named(self, request: Request) -> tuple[str, AudienceView]:
        return request.path_params["platform"], self._found(request)[1]

    def _found(self, request: Request) -> tuple[Platform, AudienceView]:
        platform = self._platform(request.path_params["platform"])
        wanted = request.path_params["id"]
        for audience in platform.audiences():
            if audience.id == wanted:
                return platform, audience
        raise Refused(f"There is no audience {wanted} on {platform.name}.", 404)


def _route(path: str, method: str, endpoint: Endpoint) -> Route:
    async def answered(request: Request) -> Response:
        try:
            answer = await endpoint(request)
        except Refused as refused:
            return JSONResponse({"error": {"message": str(refused)}}, refused.status)
        return _back_to_page(request) if _is_form(request) and page.is_wanted(request) else answer

    return Route(path, answered, methods=[method])


def _shown(platform: str, audience: AudienceView) -> dict[str, Any]:
    return {
        "platform": platform,
        "id": audience.id,
        "account": audience.account,
        "name": audience.name,
        "size": len(audience.members),
        "members": audience.members.people,
        "marks": sorted(audience.marks),
    }


def _fault_order(order: dict[str, Any]) -> dict[str, Any]:
    unknown = order.keys() - {"platform", "fault", "times", "path", "after"}
    if unknown:
        raise Refused(f"A fault has no {', '.join(sorted(unknown))}.")
    if not isinstance(order.get("fault"), str):
        raise Refused("fault must be a fault's name.")
    times, path, after = order.get("times", 1), order.get("path") or "", order.get("after") or 0
    if times is not None and (not isinstance(times, int) or times < 1):
        raise Refused("times must be a whole number from 1, or null for every request.")
    if not isinstance(path, str) or not isinstance(after, int) or after < 0:
        raise Refused("path must be text, and after a whole number from 0.")
    return {"platform": order["platform"], "fault": order["fault"], "times": times, "path": path, "after": after}


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM


def _back_to_page(request: Request) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/", 303)


async def _object(request: Request) -> dict[str, Any]:
    """The body as an object: JSON, or a form whose values are JSON where they can be and otherwise text."""
    body = await request.body()
    if _is_form(request):
        return {name: _value(text) for name, text in parse_qsl(body.decode("utf-8", "replace"))}
    try:
        found = json.loads(body or b"{}")
    except ValueError as error:
        raise Refused("The body is not valid JSON.", 400) from error
    if not isinstance(found, dict):
        raise Refused("The body must be a JSON object.", 400)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _whole(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise Refused(f"{name} must be a whole number.") from error
