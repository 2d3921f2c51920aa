"""ClickHouse's answer while it comes. It began as a success, so its end must prove that nothing is missing."""

import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from audience_sync.errors import Invalid, Unreadable

END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
"""How an Arrow stream says that it is whole; a reader would also take silence for the end."""
CHUNK_BYTES = 1 << 18
TAIL_BYTES = 20_000
"""Enough for the reason of a failure, which the server writes behind the rows that it had sent."""


class Answer(io.IOBase):
    """A response as the file that Arrow reads, and the last that came of it."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.tail = b""
        self._response = response
        # Chunk by chunk: of a larger read that fails, what had come before the failure would be lost.
        self._chunks: Iterator[bytes] = response.stream(CHUNK_BYTES)
        self._ahead = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int) -> bytes:
        """The next bytes, fewer only at the end."""
        parts, missing = [self._ahead[:size]], size - len(self._ahead)
        self._ahead = self._ahead[size:]
        while missing > 0 and (chunk := next(self._chunks, b"")):
            self.tail = (self.tail + chunk)[-TAIL_BYTES:]
            parts.append(chunk[:missing])
            self._ahead = chunk[missing:]
            missing -= len(chunk)
        return b"".join(parts)

    def require_end(self) -> None:
        """All rows have come; Unreadable when the answer stopped before its end, or goes on after it."""
        if self.read(1) or not self.tail.endswith(END):
            raise Unreadable(
                "The warehouse's answer is not whole.", "Pull again; if it stays so, see the server's log."
            )

    def close(self) -> None:
        """The connection is gone, and with it the statement, if it still runs."""
        self._response.close()
        super().close()


def checked(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch; Invalid, naming the column, when a text in it is none: ClickHouse keeps any bytes as text."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            raise Invalid(
                f"The column {name!r} has a text that is no UTF-8.", "Write toValidUTF8(…) around it in the SQL."
            ) from None
    return batch
