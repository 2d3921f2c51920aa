"""Statements for the ClickHouse engine in this process (chDB), each in a context of its own, their bytes in blocks."""

import io
import queue
import re
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from importlib import import_module
from itertools import takewhile
from typing import Any

import pyarrow as pa

POLL_SECONDS = 0.1
DONE = object()


class Refused(Exception):
    """What the engine, or the door before it, complains of."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        found = re.search(r"Code: (\d+)", text)
        self.number = int(found[1]) if found else 1


@dataclass(frozen=True)
class Work:
    """A statement for the engine; `log_comment` among its settings is how it is found to be killed."""

    statement: str
    form: str
    settings: dict[str, str]
    given_up: threading.Event = field(default_factory=threading.Event)

    def blocks(self, profile: str, database: str) -> "queue.Queue[object]":
        """The bytes of the answer as the engine gives them, two ahead of who reads them; then DONE, or Refused."""
        given: queue.Queue[object] = queue.Queue(2)
        threading.Thread(target=self._run, args=(given, profile, database), daemon=True).start()
        return given

    def kill(self) -> None:
        """The statement has ended, or soon does; also while nobody takes its blocks."""
        self.given_up.set()
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
            with closing(self._given(context)) as blocks:
                for block in takewhile(lambda _: not self.given_up.is_set(), blocks):
                    self._put(given, block)
        except Exception as problem:  # The engine's errors have no common kind of their own.
            self._put(given, Refused(str(problem).removeprefix("Streaming query failed: ")))
        self._put(given, DONE)

    def _put(self, given: "queue.Queue[object]", block: object) -> None:
        while not self.given_up.is_set():
            with suppress(queue.Full):
                given.put(block, timeout=POLL_SECONDS)
                return

    def _given(self, context: Any) -> Generator[bytes]:
        if self.form != "ArrowStream":
            yield bytes(context.query(self.statement, self.form).bytes())
            return
        # Left before its end, the block cancels the statement.
        with context.send_query(self.statement, "ArrowStream") as blocks:
            whole = _one_stream(bytes(block.bytes()) for block in blocks)
            if first := next(whole, b""):
                yield first
                yield from whole
                return
        # Of a result without rows it streams nothing, not even the columns.
        yield bytes(context.query(self.statement, self.form).bytes())


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
