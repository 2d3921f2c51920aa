"""Snowflake and BigQuery compare within themselves. Neither has a read-only mode: text and grants are the wall."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from audience_sync.sources.warehouses.adbc import Adbc, Options
from audience_sync.sources.warehouses.bigquery import BigQuery, limits
from audience_sync.sources.warehouses.protocol import Access, Rows, Session
from audience_sync.sources.warehouses.pushdown.one_by_one import OneByOne
from audience_sync.sources.warehouses.pushdown.packs import BIGQUERY, SNOWFLAKE
from audience_sync.sources.warehouses.pushdown.protocol import Comparing
from audience_sync.sources.warehouses.snowflake import Snowflake


class SnowflakeComparer:
    """The kind `snowflake`."""

    pack = SNOWFLAKE

    @contextmanager
    def connect(self, access: Access) -> Iterator[Comparing]:
        """A session that commits each statement."""
        with Snowflake().connect(access) as session:
            yield AdbcComparing(session, session.adbc)


class BigQueryComparer:
    """The kind `bigquery`."""

    pack = BIGQUERY

    @contextmanager
    def connect(self, access: Access) -> Iterator[Comparing]:
        """A session whose jobs have the same limits as those that read."""
        with BigQuery().connect(access) as session:
            yield AdbcComparing(session, session.adbc, limits(session.place, access.seconds))


@dataclass(frozen=True, slots=True)
class AdbcComparing(OneByOne):
    """A session of an ADBC driver; `options` are those of a statement that has no rows."""

    session: Session
    adbc: Adbc
    options: Options = field(default_factory=dict)

    def do(self, sql: str) -> None:
        self.adbc.ask(partial(_done, sql=sql), self.options)

    def stream(self, sql: str) -> Rows:
        return self.session.stream(sql)


def _done(cursor: Any, sql: str) -> None:
    # Unlike `execute`, this asks for no rows: the driver must not look for any.
    cursor.executescript(sql)
