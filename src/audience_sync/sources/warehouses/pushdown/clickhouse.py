"""ClickHouse compares within itself. While it is read-only nothing can be filled: the check of the text is the wall."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from audience_sync.sources.warehouses.clickhouse import ClickHouse, ClickHouseSession
from audience_sync.sources.warehouses.protocol import Access, Rows
from audience_sync.sources.warehouses.pushdown.one_by_one import OneByOne
from audience_sync.sources.warehouses.pushdown.packs import CLICKHOUSE
from audience_sync.sources.warehouses.pushdown.protocol import Comparing


class ClickHouseComparer:
    """The kind `clickhouse`."""

    pack = CLICKHOUSE

    @contextmanager
    def connect(self, access: Access) -> Iterator[Comparing]:
        """A session whose rows come as they always do, and whose other statements may write."""
        with ClickHouse().connect(access) as session:
            yield ClickHouseComparing(session.steady())


@dataclass(frozen=True, slots=True)
class ClickHouseComparing(OneByOne):
    """Each statement is a request of its own."""

    session: ClickHouseSession

    def do(self, sql: str) -> None:
        self.session.do(sql)

    def stream(self, sql: str) -> Rows:
        return self.session.stream(sql)
