"""Parts of a page that change by themselves: a stream of what they look like now."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from fastapi.responses import Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from audience_sync.auth.sessions import signed_in
from audience_sync.web.access import cookie_name
from audience_sync.web.visit import Visit

EVERY_SECONDS = 0.5
PING_SECONDS = 15
OVER = "over"
"""The event after which the browser does not come back; `hx-sse:close` names it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What the part looks like now, and whether it stays like that."""

    html: str
    is_last: bool = False


def stream(visit: Visit, look: Callable[[], Awaitable[Frame]], *, every_seconds: float = EVERY_SECONDS) -> Response:
    """Each new look of the part until its last, or until the visitor is signed out."""
    return EventSourceResponse(
        _events(visit, look, every_seconds), ping=PING_SECONDS, headers={"X-Accel-Buffering": "no"}
    )


async def _events(
    visit: Visit, look: Callable[[], Awaitable[Frame]], every_seconds: float
) -> AsyncIterator[ServerSentEvent]:
    shown = ""
    while await _is_still_here(visit):
        frame = await look()
        if frame.html != shown:
            shown = frame.html
            yield ServerSentEvent(data=shown)
        if frame.is_last:
            break
        await asyncio.sleep(every_seconds)
    yield ServerSentEvent(data=OVER, event=OVER)


async def _is_still_here(visit: Visit) -> bool:
    token = visit.request.cookies.get(cookie_name(visit.app), "")
    return await signed_in(visit.app.database, token, visit.app.now()) is not None
