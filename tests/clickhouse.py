"""A ClickHouse for the tests: the real engine (chDB) behind a small HTTP server of ours, in a process of its own.

Of a real server it is the engine: parser, types, functions, settings with their constraints and read-only modes,
limits, messages with their numbers, KILL QUERY, `system` tables, and the bytes of every format. Not of a real server
are the HTTP layer (written from what we know of ClickHouse's, never compared with one), users and their profiles (those
given here; for the engine everybody is `default`, and there are no grants), and the framing of an ArrowStream: chDB
gives each block as a stream of its own, which are put into one here. The unmodified clickhouse-connect speaks to it.

`python -m tests.clickhouse PASSWORD` prints its port and ends with its standard input.
"""

import base64
import os
import queue
import re
import select
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from tests.clickhouse_engine import DONE, POLL_SECONDS, Refused, Work, engine

OWNER = "owner"
PROFILES = {
    OWNER: "readonly = 0",
    "reader": "readonly = 0",
    "closed": "readonly = 1",
    "choosing": "readonly = 2",
    "cutting": "readonly = 1, timeout_overflow_mode = 'break'",
}
"""User -> the settings of the profile. `readonly` 1: may only read and set nothing; 2: may set all but that."""
NO_SETTINGS = (
    *("query", "database", "query_id", "user", "password", "session_id", "session_timeout", "session_check", "role"),
    *("wait_end_of_query", "buffer_size", "compress", "decompress", "default_format", "client_protocol_version"),
)
STATUSES = {192: 403, 193: 403, 516: 403, 194: 401, 159: 408, 46: 404, 47: 404, 60: 404, 81: 404, 62: 400, 36: 400}
"""ClickHouse's number of an exception -> HTTP's, where it is not 500."""
FORMAT = re.compile(r"\sFORMAT\s+(\w+)\s*;?\s*$")


@dataclass(frozen=True)
class Server:
    """A running server, and what its owner does there."""

    port: int
    password: str

    def address(self, user: str = "reader", database: str = "shop") -> str:
        return f"http://{user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def do(self, *statements: str) -> str:
        """The last one's rows, separated by tabs and lines."""
        given = ""
        for statement in statements:
            request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", statement.encode())
            request.add_header("X-ClickHouse-User", OWNER)
            request.add_header("X-ClickHouse-Key", self.password)
            with urllib.request.urlopen(request, timeout=60) as answer:
                given = answer.read().decode()
        return given


@contextmanager
def running(password: str) -> Iterator[Server]:
    """A server that ends with the block, and with this process, however that ends."""
    command = [sys.executable, "-m", "tests.clickhouse", password]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as process:
        assert process.stdin and process.stdout
        yield Server(int(process.stdout.readline()), password)
        process.stdin.close()


class Handler(BaseHTTPRequestHandler):
    """One request: a context of its own with its settings, and a statement in it."""

    protocol_version = "HTTP/1.1"
    password = ""

    def log_message(self, *_: object) -> None:
        """Nothing is told of requests."""

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/ping":
            self._whole(200, b"Ok.\n")
        else:
            self._answered(b"")

    def do_POST(self) -> None:
        self._answered(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answered(self, body: bytes) -> None:
        given = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        statement = "\n".join(filter(None, [given.get("query", ""), body.decode()]))
        try:
            self._run(statement, given)
        except Refused as problem:
            code = {"X-ClickHouse-Exception-Code": str(problem.number)}
            self._whole(STATUSES.get(problem.number, 500), f"{problem}\n".encode(), code)
        except OSError:
            self.close_connection = True

    def _run(self, statement: str, given: dict[str, str]) -> None:
        profile = self._profile(given)
        found = FORMAT.search(statement)
        form = found[1] if found else given.get("default_format", "TabSeparated")
        settings = {name: value for name, value in given.items() if name not in NO_SETTINGS}
        closed = "readonly = 0" not in profile or int(settings.get("readonly", 0)) > 0
        work = Work(FORMAT.sub("", statement), form, settings | {"log_comment": uuid4().hex})
        blocks = work.blocks(profile, given.get("database", ""))
        dies = closed and settings.get("cancel_http_readonly_queries_on_client_close") == "1"
        try:
            self._stream(self._watched(blocks, dies), form, given)
        except OSError:
            # Nobody takes what the statement still gives.
            work.kill()
            raise

    def _profile(self, given: dict[str, str]) -> str:
        """The user's settings; refused without the password."""
        user = self.headers.get("X-ClickHouse-User") or given.get("user", "default")
        key = self.headers.get("X-ClickHouse-Key") or given.get("password", "")
        kind, _, basic = self.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            user, _, key = base64.b64decode(basic).decode().partition(":")
        if user not in PROFILES or key != self.password:
            why = "Authentication failed: password is incorrect, or there is no user with such name."
            raise Refused(f"Code: 516. DB::Exception: {user}: {why} (AUTHENTICATION_FAILED)")
        return PROFILES[user]

    def _watched(self, blocks: "queue.Queue[object]", dies: bool) -> Iterator[bytes]:
        """The blocks as they come; while none does, a client that went away takes its statement with it."""
        while True:
            try:
                block = blocks.get(timeout=POLL_SECONDS)
            except queue.Empty:
                if dies and self._is_gone():
                    raise OSError from None
                continue
            if block is DONE:
                return
            if isinstance(block, Refused):
                raise block
            yield cast(bytes, block)

    def _is_gone(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""

    def _stream(self, blocks: Iterator[bytes], form: str, given: dict[str, str]) -> None:
        """Chunks as they come. What fails after the first breaks them off, with the reason between marks."""
        first, tag = next(blocks, b""), uuid4().hex[:16]
        self.send_response(200)
        headers = {"Query-Id": given.get("query_id", ""), "Format": form, "Timezone": "UTC", "Exception-Tag": tag}
        for name, value in headers.items():
            self.send_header(f"X-ClickHouse-{name}", value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            self._chunk(first)
            for block in blocks:
                self._chunk(block)
        except Refused as problem:
            marked = f"\r\n__exception__\r\n{tag}\r\n{problem}\r\n{len(str(problem))} {tag}\r\n__exception__\r\n"
            self._chunk(marked.encode())
            self.close_connection = True
            return
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, block: bytes) -> None:
        if block:
            self.wfile.write(f"{len(block):x}\r\n".encode() + block + b"\r\n")

    def _whole(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def serve() -> None:
    """Its port is told on standard output; it ends when its standard input does."""
    Handler.password = sys.argv[1]
    keep = engine()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        sys.stdin.read()
    del keep
    # Statements that still run must not hold it up.
    os._exit(0)


if __name__ == "__main__":
    serve()
