"""What happens to every request whatever it asks: an id, a line in the log, safe headers, a limit of size."""

import re
import time
from secrets import token_hex
from traceback import extract_tb

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from audience_sync.api.failures import BodyTooLarge, Internal, failure
from audience_sync.api.nouns import BASE

log = structlog.get_logger(__name__)

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
MAX_BODY_BYTES = 10 * 1024 * 1024
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Pages of the API need a stylesheet of ours and nothing else; a route may set one of these otherwise."""


class Watch:
    """Outermost. Gives the request its id, writes its line, and turns what nobody caught into INTERNAL."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(send, _request_id(Headers(scope=scope)))
        with structlog.contextvars.bound_contextvars(request_id=answer.request_id):
            started = time.monotonic()
            try:
                await self.app(scope, receive, answer.send)
            except Exception as problem:
                _tell(problem)
                if not answer.status:
                    await _internal(answer.request_id)(scope, receive, answer.send)
            finally:
                _write_line(scope, answer.status, time.monotonic() - started)


class _Answer:
    """Passes the answer on with the headers that every answer has, and remembers its status."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self.request_id
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


def _request_id(headers: Headers) -> str:
    """The caller's own id if it is a plain one, so that it can be followed through several systems."""
    given = headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else token_hex(8)


def _internal(request_id: str) -> ASGIApp:
    problem = Internal(
        "Something of ours went wrong with this request.",
        "Look for its request id in the log, or tell us the id.",
        details={"request_id": request_id},
    )
    return failure(problem)


def _tell(problem: Exception) -> None:
    """Type and place only: the text of a stranger's exception may hold what was sent."""
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in extract_tb(problem.__traceback__)]
    log.error("request failed", kind=type(problem).__name__, places=places[-5:])


def _write_line(scope: Scope, status: int, seconds: float) -> None:
    """Without the query, which may hold a code of a sign-in; without paths that are not ours."""
    path = scope["path"] if "endpoint" in scope else "(unknown)"
    log.info("request", method=scope["method"], path=path, status=status, ms=round(seconds * 1000))


class BodyLimit:
    """A body larger than we read ends in 413, whether it says its size beforehand or not."""

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        # Pages are told as pages, by what reads them below.
        if scope["path"].startswith(BASE) and length.isdigit() and int(length) > self.max_bytes:
            problem = BodyTooLarge(f"A request has at most {self.max_bytes} bytes.", "Send less at once.")
            await failure(problem)(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.max_bytes:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)
