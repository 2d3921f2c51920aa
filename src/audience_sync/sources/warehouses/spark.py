"""Spark by Spark Connect: the statement's rows as the Arrow batches that the server sends, one after the other."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from audience_sync.sources.warehouses.drivers import driver
from audience_sync.sources.warehouses.protocol import Access, Rows, Session, TookTooLong
from audience_sync.sources.warehouses.spark_address import read_address
from audience_sync.sources.warehouses.spark_words import not_connected, not_done

RETRIES = {"max_retries": 5, "max_backoff": 2000}
"""A stream that breaks off is taken up again where it ended, for about ten seconds (waits in milliseconds)."""
AGAIN_SECONDS = 5
"""After the time limit the server is told to stop as often, until it does."""
LOGGERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")
"""Spark's client writes each error to them, with the statement and the values in it."""


class Spark:
    """The kind `spark`."""

    name = "spark"
    title = "Spark"
    dialect = "spark"
    example = "sc://spark.example.com:15002/;use_ssl=true;token=…"
    everything = ""
    effects: tuple[str, ...] = ("java_method", "reflect", "try_reflect")
    port = 15002
    plain: tuple[str, ...] = ("use_ssl", "user_id")
    """Parameters of an address that are no secret."""

    def shown(self, address: str) -> str:
        """The address without token; Invalid, not quoting it, when it is none."""
        return read_address(address, example=self.example, port=self.port).shown(self.plain)

    def sent(self, address: str) -> str:
        """The address as the client takes it."""
        return read_address(address, example=self.example, port=self.port).sent({"user_agent": "audience-sync"})

    @contextmanager
    def connect(self, access: Access) -> Iterator[Session]:
        """A session of its own on the server, which forgets it at the end, with whatever it still does for it."""
        spark = _library(self.title)
        client = spark.client(self.sent(access.address))
        try:
            with _limited(spark, client, access.seconds) as over:
                session = SparkSession(spark, client, access.seconds, over)
                session.begin(self.shown(access.address))
                yield session
        finally:
            _end(spark, client)


@dataclass(frozen=True, slots=True)
class Library:
    """What is used of Spark's client, which not every installation has."""

    connect: Any
    protocol: Any
    errors: tuple[type[Exception], ...]

    def client(self, address: str) -> Any:
        """A client, which speaks to nobody yet."""
        return self.connect.SparkConnectClient(address, retry_policy=RETRIES)

    def plan(self, sql: str) -> Any:
        """The plan of a query. In brackets nothing else can be run: Spark would do a command that stands alone."""
        query = self.protocol.SQL(query=f"SELECT * FROM (\n{sql}\n)")
        return self.protocol.Plan(root=self.protocol.Relation(sql=query))


@dataclass(frozen=True, slots=True)
class SparkSession:
    """Queries on one server. `over` is set once the time limit has passed."""

    spark: Library
    client: Any
    seconds: float
    over: threading.Event

    def begin(self, shown: str) -> None:
        """The server has answered; Unreadable when it does not, or lets nobody in. Only later calls are tried again."""
        later = self.client.get_retry_policies()
        self.client.set_retry_policies([])
        try:
            self.client.get_configs("spark.sql.session.timeZone")
        except self.spark.errors as problem:
            raise (TookTooLong(self.seconds) if self.over.is_set() else not_connected(problem, shown)) from None
        self.client.set_retry_policies(later)

    def test(self) -> str:
        """What answers, as whom, in words."""
        rows = self.stream("SELECT version() AS version, current_user() AS user")
        (row,) = (row for batch in rows.batches for row in batch.to_pylist())
        return f"Spark {row['version'].partition(' ')[0]} answers, as {row['user']}."

    def estimate(self, sql: str) -> int | None:
        """What the optimizer expects, where tables have statistics for it."""
        with self._told():
            return rows_expected(self.client.explain_string(self.spark.plan(sql), "cost"))

    def stream(self, sql: str) -> Rows:
        """The statement's rows, in the batches that the server makes of them (4 MB unless it is set otherwise)."""
        answers = self.client.to_table_as_iterator(self.spark.plan(sql), {})
        with self._told():
            # The server sends a batch even where there is no row, for it has the columns.
            first = next(each for each in answers if isinstance(each, pa.Table))
        return Rows(first.schema, self._batches(first, answers))

    def _batches(self, first: pa.Table, answers: Any) -> Iterator[pa.RecordBatch]:
        try:
            yield from first.to_batches()
            while True:
                with self._told():
                    table = next(answers, None)
                if table is None:
                    return
                yield from table.to_batches()
        finally:
            answers.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        if self.over.is_set():
            raise TookTooLong(self.seconds)
        try:
            yield
        except self.spark.errors as problem:
            raise (TookTooLong(self.seconds) if self.over.is_set() else not_done(problem)) from None


def rows_expected(plan: str) -> int | None:
    """The rows of a plan's root, from Spark's `EXPLAIN COST`; None where it names only bytes."""
    root = plan.partition("== Optimized Logical Plan ==\n")[2].partition("\n")[0]
    found = re.search(r"Statistics\([^()]*rowCount=([0-9.]+(?:E\+?\d+)?)[^()]*\)$", root)
    return int(float(found[1])) if found else None


def _library(title: str) -> Library:
    modules = [
        driver(name, extra="spark", title=title)
        for name in ("pyspark.sql.connect.client", "pyspark.sql.connect.proto", "pyspark.errors", "pyspark.logger")
    ]
    connect, protocol, errors, logger = modules
    for name in LOGGERS:
        logger.PySparkLogger.getLogger(name).disabled = True
    # It answers ValueError where a connection is closed that somebody still waits for.
    return Library(connect, protocol, (errors.PySparkException, pa.ArrowException, ValueError, OSError))


def _end(spark: Library, client: Any) -> None:
    """The server has forgotten the session and stopped what it did for it, where it can be reached."""
    client.set_retry_policies([])
    with suppress(*spark.errors):
        client.release_session()
    client.close()


@contextmanager
def _limited(spark: Library, client: Any, seconds: float) -> Iterator[threading.Event]:
    """The server is told to stop, all that it does for this client, once the time is over."""
    over, ended = threading.Event(), threading.Event()
    watch = threading.Thread(target=_watch, args=(spark, client, seconds, (over, ended)), daemon=True)
    watch.start()
    try:
        yield over
    finally:
        ended.set()
        watch.join()


def _watch(spark: Library, client: Any, seconds: float, events: tuple[threading.Event, threading.Event]) -> None:
    over, ended = events
    if ended.wait(seconds):
        return
    over.set()
    while True:
        with suppress(*spark.errors):
            client.interrupt_all()
        if ended.wait(AGAIN_SECONDS):
            return
