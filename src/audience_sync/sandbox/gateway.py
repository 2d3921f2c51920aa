"""The way into one pretend platform: records the request, lets faults strike, sends the answer or drops the line."""

import asyncio

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.faults import WIRE_FAULTS
from audience_sync.sandbox.platform import Platform
from audience_sync.sandbox.recorder import Recorded
from audience_sync.sandbox.world import World

# Our server puts the means to cut the connection into the request's scope under this extension.
DROP = "audience_sync.drop"
EDGE_PAGE = (
    "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Sorry, something went wrong.</h1></body></html>"
)


class Gateway:
    """An ASGI app in front of one platform."""

    def __init__(self, world: World, platform: Platform) -> None:
        self._world = world
        self._platform = platform

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        struck = self._world.faults.take(self._platform.name, request.method, path)
        n = self._record(request, path, body)
        if "slow" in struck:
            await asyncio.sleep(float(struck["slow"] or 1))
        answer = self._answer(_call(request, path, body, struck), struck)
        self._world.recorder.answered(n, answer.status_code if answer else None)
        if answer is None:
            await _drop(scope, receive, send)
        else:
            await answer(scope, receive, send)

    def _record(self, request: Request, path: str, body: bytes) -> int:
        now = self._world.clock.now()
        headers = dict(request.headers)
        query = request.url.query
        return self._world.recorder.record(
            Recorded(0, now, self._platform.name, request.method, path, query, headers, body)
        )

    def _answer(self, call: Call, struck: dict[str, str]) -> Response | None:
        """What goes back to the caller; None where the connection is to be dropped."""
        if "reset_before" in struck:
            return None
        if "http500_html" in struck:
            return HTMLResponse(EDGE_PAGE, 500)
        if "http502_html" in struck:
            return HTMLResponse(EDGE_PAGE, 502)
        if "http503" in struck:
            return Response(status_code=503)
        answer = self._platform.answer(call)
        if "reset_after" in struck:
            return None
        if "http500_after" in struck:
            return HTMLResponse(EDGE_PAGE, 500)
        return HTMLResponse(EDGE_PAGE) if "html200" in struck else answer


def _call(request: Request, path: str, body: bytes, struck: dict[str, str]) -> Call:
    own = {kind: argument for kind, argument in struck.items() if kind not in WIRE_FAULTS}
    headers: Headers = request.headers
    root = f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
    return Call(request.method, path, request.url.query, headers, body, root, own)


async def _drop(scope: Scope, receive: Receive, send: Send) -> None:
    """The caller sees a dropped connection, never an answer.

    On another server than ours the line can only be cut in the middle of an answer, by breaking off.
    """
    drop = scope.get("extensions", {}).get(DROP)
    if drop is not None:
        drop["abort"]()
        # The server has to have noticed before this call ends, or it would answer after all.
        await receive()
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
    raise ConnectionResetError("The sandbox was told to drop this connection.")
