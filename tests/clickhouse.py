"""A ClickHouse for the tests: the real engine (chDB) behind a small HTTP server of ours, in a process of its own.

Of a real server it is the engine: parser, types, functions, settings with their constraints and read-only modes,
limits, messages with their numbers, KILL QUERY, `system` tables, and the bytes of every format. Not of a real server
are the HTTP layer (written from what we know of ClickHouse's, never compared with one), users and their profiles (those
given here; for the engine everybody is `default`, and there are no grants), and the framing of an ArrowStream: chDB
gives each block as a stream of its own, which are put into one here. The unmodified clickhouse-connect speaks to it.

`python -m tests.clickhouse PASSWORD` prints its port and ends with its standard input.
"""

import base64
import io
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
from importlib import import_module
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pyarrow as pa

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
POLL_SECONDS = 0.1
DONE = object()


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


class Refused(Exception):
    """What the engine, or the door before it, complains of."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        found = re.search(r"Code: (\d+)", text)
        self.number = int(found[1]) if found else 1


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
        self._stream(self._watched(blocks, work, dies), form, given)

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

    def _watched(self, blocks: "queue.Queue[object]", work: "Work", dies: bool) -> Iterator[bytes]:
        """The blocks as they come; while none does, a client that went away takes its statement with it."""
        while True:
            try:
                block = blocks.get(timeout=POLL_SECONDS)
            except queue.Empty:
                if dies and self._is_gone():
                    work.kill()
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


@dataclass(frozen=True)
class Work:
    """A statement for the engine; `log_comment` among its settings is how it is found to be killed."""

    statement: str
    form: str
    settings: dict[str, str]

    def blocks(self, profile: str, database: str) -> "queue.Queue[object]":
        """The bytes of the answer as the engine gives them, two ahead of who reads them; then DONE, or Refused."""
        given: queue.Queue[object] = queue.Queue(2)
        threading.Thread(target=self._run, args=(given, profile, database), daemon=True).start()
        return given

    def kill(self) -> None:
        """The statement has ended, or soon does."""
        mark = self.settings["log_comment"]
        engine().query(f"KILL QUERY WHERE Settings['log_comment'] = '{mark}' ASYNC")

    def _run(self, given: "queue.Queue[object]", profile: str, database: str) -> None:
        try:
            context = engine()
            if database:
                context.query(f"USE {_quoted(database)}")
            mark, settings = self.settings["log_comment"], dict(self.settings)
            context.query(f"SET log_comment = '{mark}', {profile}")
            del settings["log_comment"]
            if settings:
                context.query(f"SET {', '.join(f'{name} = {_text(value)}' for name, value in settings.items())}")
            for block in self._given(context):
                given.put(block)
        except Exception as problem:  # The engine's errors have no common kind of their own.
            given.put(Refused(str(problem).removeprefix("Streaming query failed: ")))
        given.put(DONE)

    def _given(self, context: Any) -> Iterator[bytes]:
        if self.form != "ArrowStream":
            yield bytes(context.query(self.statement, self.form).bytes())
            return
        blocks = context.send_query(self.statement, "ArrowStream")
        whole = _one_stream(bytes(block.bytes()) for block in blocks)
        first = next(whole, b"")
        # Of a result without rows it streams nothing, not even the columns.
        yield first or bytes(context.query(self.statement, self.form).bytes())
        yield from whole


def _one_stream(streams: Iterator[bytes]) -> Iterator[bytes]:
    """Arrow streams of one schema as one, piece by piece; nothing when there are none."""
    sink, writer = io.BytesIO(), None
    for stream in streams:
        reader = pa.ipc.open_stream(io.BytesIO(stream))
        writer = writer or pa.ipc.new_stream(sink, reader.schema)
        for batch in reader:
            writer.write_batch(batch)
        yield sink.getvalue()
        sink.seek(0)
        sink.truncate()
    if writer:
        writer.close()
        yield sink.getvalue()


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "\\`") + "`"


def _text(value: str) -> str:
    return value if value.isdecimal() else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def engine() -> Any:
    """A context of its own in the one engine of this process.

    Half a gigabyte that only the server's own process loads.
    """
    return import_module("chdb.session").Session()


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
