"""BigQuery by its Arrow driver (ADBC): jobs with a time limit and a limit of what they may cost, a SELECT at a time."""

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from audience_sync.errors import Unreadable
from audience_sync.sources.warehouses.adbc import Adbc, Options
from audience_sync.sources.warehouses.bigquery_address import FORM, Place, place_of
from audience_sync.sources.warehouses.bigquery_words import not_connected, not_done
from audience_sync.sources.warehouses.drivers import driver
from audience_sync.sources.warehouses.protocol import Access, Rows

CONNECT_SECONDS = 20
QUERY = "adbc.bigquery.sql.query"


class BigQuery:
    """The kind `bigquery`."""

    name = "bigquery"
    title = "BigQuery"
    dialect = "bigquery"
    example = FORM
    everything = ""
    effects = (
        *("external_query(", "external_object_transform(", "ml.", "ai.", "ai_", "ml_", "predict(", "forecast("),
        *("generate_text(", "generate_table(", "generate_embedding(", "generate_bool(", "generate_double("),
        *("generate_int(", "obj."),
    )

    def shown(self, address: str) -> str:
        """The address without the key; Invalid, not quoting it, when it is none."""
        return place_of(address).shown

    @contextmanager
    def connect(self, access: Access) -> Iterator["BigQuerySession"]:
        """A session, once a dry run has shown that the key opens something. It has no read-only mode: see the docs."""
        place = place_of(access.address)
        adbc = driver("adbc_driver_bigquery.dbapi", extra="bigquery", title=self.title)

        def unreachable(problem: Exception, _: float) -> Unreadable:
            return not_connected(problem, place.shown)

        try:
            connection = adbc.connect(db_kwargs=place.options, autocommit=True)
        except adbc.Error as problem:
            raise not_connected(problem, place.shown) from None
        with ExitStack() as closing:
            closing.enter_context(connection)
            _tried(Adbc(connection, CONNECT_SECONDS, adbc.Error, unreachable, closing), "SELECT 1")
            yield BigQuerySession(Adbc(connection, access.seconds, adbc.Error, not_done, closing), place)


@dataclass(frozen=True, slots=True)
class BigQuerySession:
    """One key's jobs in one project."""

    adbc: Adbc
    place: Place

    def test(self) -> str:
        """What answers, as whom, in words."""
        most = f", of at most {self.place.most_gib:g} GiB a job" if self.place.most_gib else ""
        return f"BigQuery answers in {self.place.project}, as {self.place.account}{most}."

    def estimate(self, sql: str) -> int | None:
        """Nothing: it tells no rows before they are there. The statement is tried dry, which finds what is wrong."""
        _tried(self.adbc, sql)
        return None

    def stream(self, sql: str) -> Rows:
        """The statement's rows."""
        return self.adbc.stream(sql, limits(self.place, self.adbc.seconds))


def limits(place: Place, seconds: float) -> Options:
    """The driver's options of a job: when it ends, what it may be billed for, and how far it may read ahead."""
    options: Options = {f"{QUERY}.job_timeout": math.ceil(seconds * 1000), f"{QUERY}.result_buffer_size": 8}
    if place.most_gib:
        options[f"{QUERY}.max_bytes_billed"] = int(place.most_gib * 2**30)
    return options


def _tried(adbc: Adbc, sql: str) -> None:
    """The statement could be run. It is not, and costs nothing."""

    def dry(cursor: Any) -> None:
        # The driver asks for a dry run's rows, of which there are none, unless it is told to run an update.
        cursor.executescript(sql)

    adbc.ask(dry, {f"{QUERY}.dry_run": "true"})
