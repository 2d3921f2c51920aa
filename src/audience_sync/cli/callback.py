"""The way back from a platform's consent page when no server of ours is running: a listener for one answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from html import escape
from urllib.parse import parse_qsl, urlsplit

from audience_sync.errors import AudienceSyncError

LOOPBACK = {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "::1": "::1"}
DEFAULT_PORTS = {"http": 80, "https": 443}
PAGE = "<!doctype html><meta charset=utf-8><title>Audience Sync</title><body style='font:18px sans-serif;margin:4em'>{}"
LONGEST_SECONDS = 10.0

Finish = Callable[[dict[str, str]], Awaitable[str]]
"""Told what came back; gives the words for the page, or raises what is wrong."""


@asynccontextmanager
async def listening(address: str, finish: Finish) -> AsyncIterator["asyncio.Future[None] | None"]:
    """Resolved once the answer came and was finished with; None where we cannot listen: a server is there already.

    `address` is where the platform sends people back to. Only loopback is listened on.
    """
    parts = urlsplit(address)
    host = LOOPBACK.get(parts.hostname or "")
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _answer(reader, writer, parts.path, lambda given: _finished(finish, given, ended))

    server = await _server(host, parts.port or DEFAULT_PORTS[parts.scheme], answer) if host else None
    try:
        yield ended if server else None
    finally:
        if server:
            server.close()
            await server.wait_closed()


async def _server(
    host: str, port: int, answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
) -> asyncio.Server | None:
    try:
        return await asyncio.start_server(answer, host, port)
    except OSError:
        return None


async def _finished(finish: Finish, given: dict[str, str], ended: "asyncio.Future[None]") -> str:
    """The words for the page. A second answer changes nothing."""
    if ended.done():
        return "This was done already. You can close this window."
    try:
        words = await finish(given)
    except AudienceSyncError as problem:
        if not ended.done():
            ended.set_exception(problem)
        return str(problem)
    if not ended.done():
        ended.set_result(None)
    return f"{words} You can close this window."


async def _answer(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    path: str,
    finish: Callable[[dict[str, str]], Awaitable[str]],
) -> None:
    """One request, one page. Anything but the way back is not found: browsers also ask for icons."""
    try:
        request = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LONGEST_SECONDS)
        method, _, rest = request.decode("latin-1").partition(" ")
        target = urlsplit(rest.split(" ", 1)[0])
        if method != "GET" or target.path != path:
            _write(writer, 404, "There is nothing here.")
        else:
            _write(writer, 200, await finish(dict(parse_qsl(target.query))))
        await writer.drain()
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ConnectionError):
        return
    finally:
        writer.close()


def _write(writer: asyncio.StreamWriter, status: int, words: str) -> None:
    body = PAGE.format(escape(words)).encode()
    head = (
        f"HTTP/1.1 {status} {'OK' if status == 200 else 'Not Found'}\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + body)
