"""ClickHouse over HTTP: a statement at a time that can only read, its rows as one Arrow stream with a known end."""

import json
import logging
import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import sqlglot
from sqlglot import exp

from audience_sync.errors import Unreadable
from audience_sync.sources.warehouses.clickhouse_address import FORM, Place, place_of
from audience_sync.sources.warehouses.clickhouse_answer import Answer, checked
from audience_sync.sources.warehouses.clickhouse_types import carried
from audience_sync.sources.warehouses.clickhouse_words import not_connected, not_done
from audience_sync.sources.warehouses.drivers import driver
from audience_sync.sources.warehouses.protocol import Access, Rows

CONNECT_SECONDS = 10
PATIENCE_SECONDS = 5
"""Longer than the time limit that an answer is waited for, so that the server's own reason comes first."""
OVERFLOWS = ("timeout", "result", "read", "group_by", "sort", "distinct", "join", "set", "transfer")
"""What a profile may tell to `break`: then rows are missing from an answer, and nothing says so."""
DIES = "cancel_http_readonly_queries_on_client_close"
ARROW = {
    "output_format_arrow_string_as_string": "1",
    "output_format_arrow_low_cardinality_as_dictionary": "0",
    "print_pretty_type_names": "0",
}

Failures = tuple[type[Exception], ...]

# It warns of what failed by quoting it.
logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)


class ClickHouse:
    """The kind `clickhouse`."""

    name = "clickhouse"
    title = "ClickHouse"
    dialect = "clickhouse"
    example = FORM
    everything = ""
    # The engine's readonly mode itself lets file(), s3() and the lakes' functions pass (seen in 26.9).
    effects = (
        *(
            "file(",
            "filecluster",
            "filesystem(",
            "url(",
            "urlcluster",
            "s3",
            "gcs",
            "oss(",
            "cosn",
            "azureblob",
            "hdfs",
        ),
        *("deltalake", "iceberg", "hudi", "paimon", "bigquery", "ytsaurus", "arrowflight", "arrowstream"),
        *("sqlite", "remote", "cluster", "mysql", "postgresql", "mongodb", "redis", "odbc", "jdbc", "executable"),
        *("python", "prometheusquery", "input(", "eval(", "loop(", "sleep", "generateserialid", "logtrace"),
        *("showcertificate", "addressto", "aigenerate", "aiclassify", "aiembed", "aiextract", "aifilter", "airedact"),
        *("aisimilarity", "aitranslate", "catboost", "getclienthttpheader"),
    )

    def shown(self, address: str) -> str:
        """The address without password; Invalid, not quoting it, when it is none."""
        return place_of(address).shown

    @contextmanager
    def connect(self, access: Access) -> Iterator["ClickHouseSession"]:
        """A session whose statements can only read."""
        place = place_of(access.address)
        module = driver("clickhouse_connect", extra="clickhouse", title=self.title)
        failures: Failures = (module.driver.exceptions.Error, _transport(), pa.ArrowException, OSError)
        try:
            client = module.get_client(**_options(place, access.seconds))
        except failures as problem:
            raise not_connected(problem, place.shown) from None
        with ExitStack() as closing:
            closing.callback(client.close)
            yield ClickHouseSession(client, access.seconds, _walls(client, access.seconds), failures, closing)


@dataclass(frozen=True, slots=True)
class ClickHouseSession:
    """Every statement is a request of its own, with `walls` around it: settings that it cannot change."""

    client: Any
    seconds: float
    walls: dict[str, str]
    failures: Failures
    closing: ExitStack

    def test(self) -> str:
        """What answers, as whom, in words."""
        ((version, user, closed),) = self._table("SELECT version(), currentUser(), toString(getSetting('readonly'))")
        walls = "able to write" if closed == "0" else "read-only"
        return f"ClickHouse {version} answers, as {user}, {walls}."

    def estimate(self, sql: str) -> int | None:
        """The rows of a table that is given whole; None for all else, of which only the rows read would be known."""
        read = self._table(f"EXPLAIN ESTIMATE {sql}")
        table = _whole(sql)
        return int(read[0][3]) if len(read) == 1 and table and read[0][1] == table else None

    def stream(self, sql: str) -> Rows:
        """The statement's rows, a block of the server's at a time."""
        with self._told():
            described = self._table(f"DESCRIBE TABLE (\n{sql}\n)")
            statement = carried(sql, [(column[0], column[1]) for column in described])
            answer = Answer(self.client.raw_stream(statement, settings=self.walls, fmt="ArrowStream"))
        # Also when nobody asks for its rows.
        self.closing.callback(answer.close)
        with self._told(answer):
            reader = pa.ipc.open_stream(answer)
        return Rows(reader.schema, self._batches(reader, answer))

    def do(self, sql: str) -> None:
        """The statement is done; it may write, in time and whole."""
        kept = {name: value for name, value in self.walls.items() if name not in ("readonly", DIES)}
        with self._told():
            # What is inserted must be there for the next statement, whichever replica is asked.
            self.client.raw_query(sql, settings={**kept, "async_insert": "0"})

    def steady(self) -> "ClickHouseSession":
        """The same, which sees everything that was inserted before."""
        return replace(self, walls={**self.walls, "select_sequential_consistency": "1"}) if self.walls else self

    def _batches(self, reader: pa.RecordBatchReader, answer: Answer) -> Iterator[pa.RecordBatch]:
        while True:
            with self._told(answer):
                batch = next(reader, None)
                if batch is None:
                    return answer.require_end()
            yield checked(batch)

    def _table(self, sql: str) -> list[list[str]]:
        with self._told():
            found = self.client.raw_query(sql, settings=self.walls, fmt="JSONCompact")
        return list(json.loads(found)["data"])

    @contextmanager
    def _told(self, answer: Answer | None = None) -> Iterator[None]:
        try:
            yield
        except self.failures as problem:
            raise not_done(problem, answer.tail if answer else b"", self.seconds) from None


def _options(place: Place, seconds: float) -> dict[str, Any]:
    """How the driver connects. Neither a session nor a retry: a statement is asked once, in a context of its own."""
    return {
        **place.options,
        "connect_timeout": CONNECT_SECONDS,
        "send_receive_timeout": math.ceil(seconds) + PATIENCE_SECONDS,
        "query_retries": 0,
        "autogenerate_session_id": False,
        "client_name": "audience-sync",
        "dedicated_pool": True,
    }


def _walls(client: Any, seconds: float) -> dict[str, str]:
    """The settings of every statement: it reads, ends in time, fails rather than leave rows out, and dies with us.

    What the user may not set is left to the profile: everything where that has `readonly` 1, just `readonly` where 2.
    """
    known = client.server_settings
    wanted = {f"{what}_overflow_mode": "throw" for what in OVERFLOWS} | ARROW
    theirs = float(known["max_execution_time"].value)
    wanted["max_execution_time"] = str(math.ceil(min(seconds, theirs or seconds)))
    if known["readonly"].value == "0":
        wanted |= {"readonly": "1", DIES: "1"}
    missing = {name: value for name, value in wanted.items() if name in known and known[name].value != value}
    fixed = {name for name in missing if known[name].readonly}
    if any(name.endswith("_overflow_mode") for name in fixed):
        raise Unreadable(
            "The user's profile leaves rows out of a result that is too large, and this cannot be changed.",
            "Set its overflow modes to 'throw', or its readonly to 2.",
            code="WAREHOUSE_REFUSED",
        )
    return {name: value for name, value in missing.items() if name not in fixed}


def _whole(sql: str) -> str:
    """The name of the one table of which the statement gives every row; `` when it does anything else."""
    (parsed, *_) = sqlglot.parse(sql, read=ClickHouse.dialect)
    if not isinstance(parsed, exp.Select) or set(_given(parsed)) != {"expressions", "from_"}:
        return ""
    table = parsed.args["from_"].this
    folds = any(parsed.find_all(exp.AggFunc, exp.Explode, exp.Anonymous, exp.AnonymousAggFunc))
    return table.name if isinstance(table, exp.Table) and not folds and not table.args.get("joins") else ""


def _given(select: exp.Select) -> Iterator[str]:
    return (name for name, value in select.args.items() if value)


def _transport() -> type[Exception]:
    """What a broken connection raises while rows come: of the library below the driver."""
    found: type[Exception] = driver("urllib3.exceptions", extra="clickhouse", title=ClickHouse.title).HTTPError
    return found
