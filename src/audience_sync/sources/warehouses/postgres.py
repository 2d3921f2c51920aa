"""PostgreSQL by its own Arrow driver (ADBC): a read-only transaction with a time limit, rows by binary COPY."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pyarrow as pa

from audience_sync.errors import Invalid
from audience_sync.sources.warehouses.drivers import driver
from audience_sync.sources.warehouses.postgres_words import not_connected, not_done
from audience_sync.sources.warehouses.protocol import Access, Rows, Session

CONNECT_SECONDS = 10
SHOWN = ("sslmode", "host", "port", "dbname")
"""Parameters of an address that are no secret."""
FORM = "postgresql://user:password@host:5432/database?sslmode=require"


class Postgres:
    """The kind `postgres`."""

    name = "postgres"
    title = "PostgreSQL"
    dialect = "postgres"
    example = FORM
    everything = ""
    effects = (
        *("nextval", "setval", "set_config", "dblink", "lo_", "loread", "lowrite", "query_to_xml", "cursor_to_xml"),
        *(
            "table_to_xml",
            "schema_to_xml",
            "database_to_xml",
            "pg_advisory",
            "pg_try_advisory",
            "pg_notify",
            "pg_sleep",
        ),
        *("pg_terminate", "pg_cancel", "pg_reload", "pg_rotate", "pg_read", "pg_ls", "pg_stat_file", "pg_stat_reset"),
        *("pg_create", "pg_drop", "pg_switch", "pg_logical", "pg_replication", "pg_backup", "pg_start", "pg_stop"),
        *("pg_promote", "pg_export", "pg_import", "pg_file", "pg_current_logfile", "pg_copy", "pg_sync", "pg_wal"),
    )

    def shown(self, address: str) -> str:
        """The address without password; Invalid, not quoting it, when it is none."""
        try:
            parts = urlsplit(address.strip())
            host, user, port = parts.hostname or "", parts.username or "", parts.port
        except ValueError:
            raise _no_address() from None
        query = [(name, value) for name, value in parse_qsl(parts.query) if name in SHOWN]
        if parts.scheme not in ("postgresql", "postgres") or not (host or dict(query).get("host")):
            raise _no_address()
        place = f"{f'{user}@' if user else ''}{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
        return f"postgresql://{place}{parts.path}{'?' if query else ''}{urlencode(query, quote_via=quote, safe='/')}"

    @contextmanager
    def connect(self, access: Access) -> Iterator[Session]:
        """A session in one transaction that can only read."""
        with opened(access) as session:
            session.begin()
            yield session


@contextmanager
def opened(access: Access) -> Iterator["PostgresSession"]:
    """A session whose transaction is not begun."""
    adbc = driver("adbc_driver_postgresql.dbapi", extra="postgres", title=Postgres.title)
    try:
        connection = adbc.connect(_patient(access.address), autocommit=False)
    except adbc.Error as problem:
        raise not_connected(str(problem), Postgres().shown(access.address)) from None
    try:
        yield PostgresSession(connection, access.seconds, adbc.Error)
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class PostgresSession:
    """One transaction. Its statements are prepared one by one, so that a second cannot hide behind the first."""

    connection: Any
    seconds: float
    errors: type[Exception]

    def begin(self) -> None:
        """The transaction refuses writes, and whatever takes longer than the time limit."""
        self.ask("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        self._limit()

    def write(self, statements: Sequence[str]) -> None:
        """Our own statements are done, in a transaction of their own; the next one has not begun."""
        self.commit()
        self._limit()
        for each in statements:
            self.ask(each)
        self.commit()

    def commit(self) -> None:
        """The transaction has ended; what it put into tables of the session's own stays."""
        with self._told():
            self.connection.commit()

    def test(self) -> str:
        """What answers, as whom, in words."""
        wanted = (
            "SELECT current_setting('server_version'), current_user::text, current_setting('transaction_read_only')"
        )
        version, user, closed = self._row(wanted)
        walls = "read-only" if closed == "on" else "able to write"
        return f"PostgreSQL {version} answers, as {user}, {walls}."

    def estimate(self, sql: str) -> int | None:
        """What the planner expects."""
        (plan,) = self._row(f"EXPLAIN (FORMAT JSON) {sql}", copy=False)
        rows = json.loads(plan)[0]["Plan"].get("Plan Rows")
        return int(rows) if rows is not None else None

    def stream(self, sql: str) -> Rows:
        """The statement's rows, about 16 MB at a time."""
        cursor = self.connection.cursor()
        with self._told():
            cursor.execute(sql)
            reader = cursor.fetch_record_batch()
        return Rows(reader.schema, self._batches(reader, cursor))

    def _batches(self, reader: pa.RecordBatchReader, cursor: Any) -> Iterator[pa.RecordBatch]:
        try:
            while True:
                with self._told():
                    batch = next(reader, None)
                if batch is None:
                    return
                yield batch
        finally:
            reader.close()
            cursor.close()

    def _limit(self) -> None:
        self.ask(f"SET LOCAL statement_timeout = {int(self.seconds * 1000)}")

    def ask(self, sql: str) -> None:
        """The statement is done; it has no rows."""
        with self._told(), self.connection.cursor() as cursor:
            cursor.execute(sql)

    def _row(self, sql: str, *, copy: bool = True) -> list[str]:
        with self._told(), self.connection.cursor() as cursor:
            cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": str(copy).lower()})
            cursor.execute(sql)
            return [str(value) for value in cursor.fetchone()]

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (self.errors, pa.ArrowException, OSError) as problem:
            raise not_done(problem, self.seconds) from None


def _patient(address: str) -> str:
    """The address with our name, and with an end to waiting for an answer, unless it has its own."""
    parts = urlsplit(address.strip())
    given = dict(parse_qsl(parts.query))
    ours = {"connect_timeout": str(CONNECT_SECONDS), "application_name": "audience-sync"}
    return parts._replace(query=urlencode({**ours, **given}, quote_via=quote, safe="/")).geturl()


def _no_address() -> Invalid:
    return Invalid("This is no address of a PostgreSQL database.", f"Write {FORM}.")
