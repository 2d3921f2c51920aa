"""PostgreSQL compares within itself, and the user's SQL still runs in a transaction that can only read.

Such a transaction may write into temporary tables, and into nothing else. So the fingerprints are made in one, and
copied into the user's schema afterwards, by a statement that has nothing of the user's SQL.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from audience_sync.sources.warehouses.postgres import PostgresSession, opened
from audience_sync.sources.warehouses.protocol import Access, Rows
from audience_sync.sources.warehouses.pushdown.packs import POSTGRES
from audience_sync.sources.warehouses.pushdown.protocol import Comparing


class PostgresComparer:
    """The kind `postgres`."""

    pack = POSTGRES

    @contextmanager
    def connect(self, access: Access) -> Iterator[Comparing]:
        """A session that reads at one moment, from its first statement until it writes."""
        with opened(access) as session:
            session.begin()
            yield PostgresComparing(session)


@dataclass(frozen=True, slots=True)
class PostgresComparing:
    """Between writes there is one transaction that can only read."""

    session: PostgresSession

    def write(self, statements: Sequence[str]) -> None:
        """Done and committed; a new transaction that can only read has begun."""
        self.session.write(statements)
        self.session.begin()

    def fill(self, statements: Sequence[str]) -> None:
        """Temporary tables are filled."""
        for each in statements:
            self.session.ask(each)

    def stream(self, sql: str) -> Rows:
        return self.session.stream(sql)
