"""What kinds with an ADBC driver share: a time limit that cancels, and rows that are counted to the end."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import Any

import pyarrow as pa

from audience_sync.errors import AudienceSyncError, Unreadable
from audience_sync.sources.warehouses.protocol import Rows

Options = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Adbc:
    """A connection of a driver. `words` says what it complains of, given that and the time limit."""

    connection: Any
    seconds: float
    errors: type[Exception]
    words: Callable[[Exception, float], AudienceSyncError]
    closing: ExitStack

    def ask(self, work: Callable[[Any], Any], options: Options | None = None) -> Any:
        """What `work` returns of a cursor, which is closed behind it."""
        with ExitStack() as closing, self._told():
            return work(self._cursor(closing, options or {}))

    def stream(self, sql: str, options: Options) -> Rows:
        """The statement's rows; the cursor lives as long as the connection."""
        with self._told():
            cursor = self._cursor(self.closing, options)
            cursor.execute(sql)
            reader = cursor.fetch_record_batch()
            self.closing.callback(reader.close)
        return Rows(reader.schema, self._batches(reader, cursor.rowcount))

    def _batches(self, reader: pa.RecordBatchReader, promised: int) -> Iterator[pa.RecordBatch]:
        came = 0
        while True:
            with self._told():
                batch = next(reader, None)
            if batch is None:
                break
            came += batch.num_rows
            yield batch
        # A driver may lose an error among the rows (BigQuery's does): too few would be taken for people who are gone.
        if 0 <= promised != came:
            raise Unreadable(f"Of {promised:,} rows only {came:,} came.", "Pull again, or look at the job there.")

    def _cursor(self, closing: ExitStack, options: Options) -> Any:
        """A cursor that is closed with `closing`, and cancelled when it has lived as long as the time limit."""
        cursor = closing.enter_context(self.connection.cursor())
        cursor.adbc_statement.set_options(**options)
        timer = Timer(self.seconds, self._cancel, [cursor])
        timer.daemon = True
        timer.start()
        closing.callback(timer.cancel)
        return cursor

    def _cancel(self, cursor: Any) -> None:
        with suppress(self.errors):
            cursor.adbc_cancel()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (self.errors, pa.ArrowException, OSError) as problem:
            raise self.words(problem, self.seconds) from None
