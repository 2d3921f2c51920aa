"""Snowflake by its Arrow driver (ADBC): a session with a time limit and one role, a SELECT at a time."""

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from audience_sync.sources.warehouses.adbc import Adbc, Options
from audience_sync.sources.warehouses.drivers import driver
from audience_sync.sources.warehouses.protocol import Access, Rows
from audience_sync.sources.warehouses.snowflake_address import FORM, place_of
from audience_sync.sources.warehouses.snowflake_words import not_connected, not_done

CLIENT = "adbc.snowflake.sql.client_option"
CONNECT = {
    f"{CLIENT}.login_timeout": "30s",
    f"{CLIENT}.disable_telemetry": "true",
    f"{CLIENT}.app_name": "audience-sync",
}
# Nanoseconds would reach from 1677 to 2262 only.
PRECISION = {f"{CLIENT}.max_timestamp_precision": "microseconds"}
QUEUE: Options = {"adbc.rpc.result_queue_size": 8, "adbc.snowflake.rpc.prefetch_concurrency": 2}
"""Batches ahead of who reads them; the driver's own 200 would be memory without a bound worth the name."""


class Snowflake:
    """The kind `snowflake`."""

    name = "snowflake"
    title = "Snowflake"
    dialect = "snowflake"
    example = FORM
    everything = ""
    effects = (
        *("system$", "result_scan(", "get_presigned_url(", "build_stage_file_url(", "build_scoped_file_url("),
        *("snowflake.cortex.", "snowflake.ml.", "snowflake.notification.", "ai_", "complete(", "finetune("),
    )

    def shown(self, address: str) -> str:
        """The address without password, token or key; Invalid, not quoting it, when it is none."""
        return place_of(address).shown

    @contextmanager
    def connect(self, access: Access) -> Iterator["SnowflakeSession"]:
        """A session that ends its statements in time. Snowflake has no read-only one: the role must be the wall."""
        place = place_of(access.address)
        adbc = driver("adbc_driver_snowflake.dbapi", extra="snowflake", title=self.title)
        limit = {"STATEMENT_TIMEOUT_IN_SECONDS": str(math.ceil(access.seconds))}
        try:
            connection = adbc.connect(db_kwargs={**place.options, **CONNECT, **PRECISION, **limit}, autocommit=True)
        except adbc.Error as problem:
            raise not_connected(problem, place.shown) from None
        with ExitStack() as closing:
            closing.enter_context(connection)
            session = SnowflakeSession(Adbc(connection, access.seconds, adbc.Error, not_done, closing))
            session.begin(one_role=place.has_role)
            yield session


@dataclass(frozen=True, slots=True)
class SnowflakeSession:
    """One session of one user."""

    adbc: Adbc

    def begin(self, *, one_role: bool) -> None:
        """The user's other roles are laid down when the address names one: they may be allowed more."""
        if one_role:
            self.adbc.ask(lambda cursor: cursor.execute("USE SECONDARY ROLES NONE"))

    def test(self) -> str:
        """What answers, as whom, in words."""
        version, user, role = self.adbc.ask(_who)
        return f"Snowflake {version} answers, as {user} with the role {role}."

    def estimate(self, sql: str) -> int | None:
        """Nothing: it tells no rows before they are there. The statement is described, which finds what is wrong."""
        self.adbc.ask(lambda cursor: cursor.adbc_execute_schema(sql))
        return None

    def stream(self, sql: str) -> Rows:
        """The statement's rows."""
        return self.adbc.stream(sql, QUEUE)


def _who(cursor: Any) -> list[str]:
    cursor.execute("SELECT CURRENT_VERSION(), CURRENT_USER(), CURRENT_ROLE()")
    return [str(value) for value in cursor.fetchone()]
