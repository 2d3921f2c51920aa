"""What kinds with an ADBC driver share, tried with the driver of PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from typing import Any

import pytest

from audience_sync.errors import AudienceSyncError, Unreadable
from audience_sync.sources.warehouses.adbc import Adbc
from audience_sync.sources.warehouses.protocol import TookTooLong

driver = import_module("adbc_driver_postgresql.dbapi")  # It has no types.

pytestmark = pytest.mark.postgres


def words(problem: Exception, seconds: float) -> AudienceSyncError:
    return TookTooLong(seconds) if "cancel" in str(problem) else Unreadable("It broke.")


@pytest.fixture
def opened(empty_postgres_url: str) -> Iterator[Adbc]:
    with ExitStack() as closing:
        connection = closing.enter_context(driver.connect(empty_postgres_url, autocommit=True))
        yield Adbc(connection, 0.5, driver.Error, words, closing)


def test_what_runs_too_long_is_cancelled(opened: Adbc) -> None:
    def work(cursor: Any) -> None:
        cursor.execute("SELECT count(*) FROM generate_series(1, 1000000000)")
        cursor.fetchone()

    with pytest.raises(TookTooLong):
        opened.ask(work)


def test_rows_that_nobody_asks_for_do_not_keep_the_connection(opened: Adbc) -> None:
    assert opened.stream("SELECT 1 AS id", {}).schema.names == ["id"]


class Short:
    """A connection whose driver promised more rows than come."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def cursor(self) -> Any:
        cursor = self._connection.cursor()

        class Promising(type(cursor)):  # type: ignore[misc]  # The class is only known at run time.
            rowcount = 3

        cursor.__class__ = Promising
        return cursor


def test_fewer_rows_than_were_promised_are_not_believed(opened: Adbc) -> None:
    short = Adbc(Short(opened.connection), 9.0, driver.Error, words, opened.closing)
    with pytest.raises(Unreadable, match="Of 3 rows only 1 came"):
        list(short.stream("SELECT 1 AS id", {}).batches)
