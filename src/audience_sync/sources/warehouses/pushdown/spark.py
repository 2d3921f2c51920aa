"""Spark and Databricks compare within themselves. Neither has a read-only mode: text and grants are the wall."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from audience_sync.sources.warehouses.protocol import Access, Rows
from audience_sync.sources.warehouses.pushdown.one_by_one import OneByOne
from audience_sync.sources.warehouses.pushdown.packs import SPARK
from audience_sync.sources.warehouses.pushdown.protocol import Comparing
from audience_sync.sources.warehouses.spark import Spark, SparkSession


@dataclass(frozen=True, slots=True)
class SparkComparer:
    """The kinds `spark` and `databricks`."""

    kind: Spark
    pack = SPARK

    @contextmanager
    def connect(self, access: Access) -> Iterator[Comparing]:
        """A session whose rows come as they always do, and whose other statements may write."""
        with self.kind.connect(access) as session:
            yield SparkComparing(session)


@dataclass(frozen=True, slots=True)
class SparkComparing(OneByOne):
    """Each statement is done by itself."""

    session: SparkSession

    def do(self, sql: str) -> None:
        self.session.do(sql)

    def stream(self, sql: str) -> Rows:
        """The rows; a list of tables is no query, and can only be done."""
        if not sql.startswith("SHOW "):
            return self.session.stream(sql)
        table = self.session.do(sql)
        return Rows(table.schema, iter(table.to_batches()))
