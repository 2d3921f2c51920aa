"""ClickHouse: its engine is real, see `tests/clickhouse.py` for what is not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from audience_sync.errors import AudienceSyncError, Invalid, Unreadable
from audience_sync.sources.warehouses.checking import one_table, read_only
from audience_sync.sources.warehouses.clickhouse import ClickHouse
from audience_sync.sources.warehouses.clickhouse_types import type_for
from audience_sync.sources.warehouses.clickhouse_words import not_done
from audience_sync.sources.warehouses.spooling import headers_of
from tests.clickhouse import Server
from tests.sources.warehouses.claims import Claims, Subject, subject

ADDRESSES = {
    "https://me:s3cr3t@ch.example.com/shop?role=reader": "https://me@ch.example.com:8443/shop?role=reader",
    "http://me:p%40s3cr3t@[::1]:8124": "http://me@[::1]:8124/",
    "https://ch.example.com/?ca_cert=/etc/ca.pem": "https://default@ch.example.com:8443/?ca_cert=/etc/ca.pem",
}
TYPES = {
    "LowCardinality(Nullable(String))": "LowCardinality(Nullable(String))",
    "Array(Enum8('it\\'s, ok' = 1, 'IPv4' = -2))": "Array(String)",
    "Nullable(DateTime)": "Nullable(DateTime64(0))",
    "DateTime('Europe/Berlin')": "DateTime64(0, 'Europe/Berlin')",
    "DateTime64(3, 'UTC')": "DateTime64(3, 'UTC')",
    "Tuple(a FixedString(3), b IPv6)": "Tuple(a String, b String)",
    "Decimal(38, 2)": "Decimal(38, 2)",
    "Nullable(Decimal(76, 3))": "Nullable(String)",
    "Int64": "Int64",
    "UInt256": "String",
    "Date": "Date32",
}
REACHING = [
    "SELECT * FROM url('http://127.0.0.1:1/x', 'CSV', 'a String')",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT `file`('/etc/passwd') AS id",
    "SELECT * APPLY(file) FROM (SELECT '/etc/passwd' AS id)",
    "SELECT * FROM s3('https://x/y.csv')",
    "SELECT * FROM icebergLocal('/etc')",
    "SELECT * FROM remoteSecure('h', system.one)",
    "SELECT * FROM cluster('c', system.one)",
    "SELECT * FROM mysql('h:1', 'd', 't', 'u', 'p')",
    "SELECT * FROM postgresql('h:1', 'd', 't', 'u', 'p')",
    "SELECT * FROM executable('x', 'CSV', 'a String')",
    "SELECT * FROM input('a String')",
    "SELECT id FROM customers SETTINGS readonly = 0",
    "SELECT id FROM customers FORMAT CSV",
    "SYSTEM RELOAD CONFIG",
    "KILL QUERY WHERE 1",
    "INSERT INTO FUNCTION url('http://x', 'CSV') SELECT 1",
]


@pytest.fixture
def ask(clickhouse_server: Server, tmp_path: Path) -> Callable[..., Subject]:
    """The server as somebody sees it."""
    return lambda user="reader", database="default": subject(
        "clickhouse", clickhouse_server.address(user, database), tmp_path
    )


class TestClickHouse(Claims):
    @pytest.fixture
    def subject(self, ask: Callable[..., Subject]) -> Subject:
        return ask()


@pytest.fixture
def table(clickhouse_server: Server) -> Iterator[str]:
    """A table of 1,000 rows."""
    clickhouse_server.do(
        "CREATE TABLE many (id UInt64, plan LowCardinality(String)) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO many SELECT number, 'free' FROM numbers(1000)",
    )
    yield "many"
    clickhouse_server.do("DROP TABLE many")


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_shown_without_password(address: str) -> None:
    assert ClickHouse().shown(address) == ADDRESSES[address]


@pytest.mark.parametrize(
    "address",
    ["clickhouse://u:s3cr3t@h", "https://u:s3cr3t@h:x/", "https://h/a/b", "https://h/?access_token=s3cr3t", ""],
)
def test_what_is_no_address_is_refused_without_quoting_it(address: str) -> None:
    with pytest.raises(Invalid) as told:
        ClickHouse().shown(address)
    assert "s3cr3t" not in str(told.value)


@pytest.mark.parametrize("sql", REACHING)
def test_what_reaches_outside_or_sets_something_is_not_asked(sql: str) -> None:
    with pytest.raises(Invalid):
        read_only(sql, ClickHouse())


@pytest.mark.parametrize("sql", ["SELECT URLHash(url) AS id FROM file", "SELECT file.id FROM s3 AS file"])
def test_names_that_look_like_such_functions_are_left_alone(sql: str) -> None:
    assert read_only(sql, ClickHouse()) == sql


def test_a_table_s_name_is_quoted_where_it_must_be() -> None:
    assert one_table('shop."my table"', ClickHouse()) == 'SELECT * FROM shop."my table"'


@pytest.mark.parametrize("user", ["reader", "closed"])
@pytest.mark.parametrize(
    "sql", ["INSERT INTO many SELECT 1, ''", "CREATE TABLE x (a Int8) ENGINE = Memory", REACHING[0]]
)
def test_the_engine_itself_refuses_what_was_not_seen(
    ask: Callable[..., Subject], table: str, user: str, sql: str
) -> None:
    with ask(user).session() as session, pytest.raises(Invalid):
        session.stream(sql)
    assert ask().rows("SELECT count() AS id FROM many") == [(1000,)]


@pytest.mark.parametrize("user", ["reader", "closed", "choosing"])
def test_whatever_a_user_s_profile_allows_rows_come(ask: Callable[..., Subject], user: str) -> None:
    assert ask(user).rows("SELECT 1 AS id") == [(1,)]


def test_a_profile_that_leaves_rows_out_is_not_believed(clickhouse_server: Server, ask: Callable[..., Subject]) -> None:
    with pytest.raises(Unreadable, match="leaves rows out"), ask("cutting").session():
        pass


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT * FROM many", 1000),
        ("SELECT id FROM default.many", 1000),
        ("SELECT * FROM many WHERE plan = 'pro'", None),
        ("SELECT count() FROM many", None),
        ("SELECT DISTINCT plan FROM many", None),
        ("SELECT * FROM many LIMIT 5", None),
        ("SELECT a.id FROM many AS a, many AS b", None),
        ("SELECT 1 AS id", None),
    ],
)
def test_only_of_a_whole_table_is_it_said_how_many_rows_come(
    ask: Callable[..., Subject], table: str, sql: str, rows: int | None
) -> None:
    with ask().session() as session:
        assert session.estimate(sql) == rows


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_that_arrow_would_lose_is_cast(kind: str) -> None:
    assert type_for(kind) == TYPES[kind]


def test_a_statement_is_asked_as_it_is_written(ask: Callable[..., Subject]) -> None:
    sql = "SELECT '100% {a:b} %(x)s ;' AS id /* ; */ -- FORMAT CSV"
    assert ask().rows(sql) == [("100% {a:b} %(x)s ;",)]


def test_hostile_names_of_columns_survive_the_cast(ask: Callable[..., Subject]) -> None:
    name = "a`b\\c'; DROP"
    quoted = name.replace("\\", "\\\\").replace("`", "\\`")
    with ask().session() as session:
        found = session.stream(f"SELECT toIPv4('1.2.3.4') AS `{quoted}`")
        assert [batch.to_pylist() for batch in found.batches] == [[{name: "1.2.3.4"}]]


MESSY = """
SELECT
  CAST('ann' AS LowCardinality(Nullable(String))) AS low, CAST(NULL AS Nullable(String)) AS nothing,
  ['a@x.org', 'b@x.org'] AS several, toDateTime64('2026-03-29 03:30:00.125', 3, 'Europe/Berlin') AS at,
  toDateTime('2026-03-29 03:30:00', 'Europe/Berlin') AS seen, toDate('2026-03-29') AS day,
  toDecimal64(12.30, 2) AS spent, toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0') AS one, true AS yes,
  CAST('pro' AS Enum8('free' = 1, 'pro' = 2)) AS plan, CAST(['pro'] AS Array(Enum8('pro' = 2))) AS plans,
  toFixedString('DE', 4) AS country, toIPv6('::1') AS host, toInt256('12345678901234567890123456789012345678901') AS far
"""


def test_messy_types_keep_what_they_mean(ask: Callable[..., Subject]) -> None:
    moment = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    contact = ("ann", None, ["a@x.org", "b@x.org"])
    times = (moment.replace(microsecond=125_000), moment, date(2026, 3, 29))
    figures = (Decimal("12.30"), UUID("61f0c404-5cb3-11e7-907b-a6006ad3dba0"), True, "pro", ["pro"])
    texts = ("DE", "::1", "12345678901234567890123456789012345678901")
    assert ask().rows(MESSY) == [(*contact, *times, *figures, *texts)]


def test_a_map_is_refused_by_its_name(ask: Callable[..., Subject]) -> None:
    with ask().session() as session, pytest.raises(Invalid, match="'odd'"):
        headers_of(session.stream("SELECT map('a', 1) AS odd").schema)


def test_a_text_that_is_none_is_told_by_its_column(ask: Callable[..., Subject]) -> None:
    with pytest.raises(Invalid, match=r"'raw'.*UTF-8"):
        ask().rows("SELECT unhex('ff') AS raw")


def test_an_error_among_the_rows_is_no_end(ask: Callable[..., Subject]) -> None:
    sql = "SELECT throwIf(number = 190000, 'ann@example.com') AS id FROM numbers(300000)"
    with pytest.raises(Unreadable, match=r"FUNCTION_THROW_IF_VALUE_IS_NON_ZERO \(395\)") as told:
        ask().rows(sql)
    assert "ann" not in str(told.value)


def wrong(server: Server) -> dict[str, tuple[str, str]]:
    right = server.address()
    return {
        right.replace(server.password, "wr0ng"): ("WAREHOUSE_REFUSED", "user or password"),
        right.replace("reader", "nobody"): ("WAREHOUSE_REFUSED", "user or password"),
        server.address(database="nowhere"): ("WAREHOUSE_REFUSED", "no such database"),
        right.replace("http:", "https:"): ("WAREHOUSE_REFUSED", "TLS"),
        "http://u:wr0ng@127.0.0.1:1/x": ("WAREHOUSE_UNREACHABLE", "nothing answers"),
        "http://u:wr0ng@no-such-host.invalid/x": ("WAREHOUSE_UNREACHABLE", "host is not known"),
        f"{right}?ca_cert=/nowhere".replace("http:", "https:"): ("WAREHOUSE_REFUSED", "ca_cert"),
    }


@pytest.mark.parametrize("which", range(7))
def test_why_there_is_no_connection_is_told_without_password(
    clickhouse_server: Server, ask: Callable[..., Subject], which: int
) -> None:
    address, (code, part) = list(wrong(clickhouse_server).items())[which]
    one = ask()
    with (
        pytest.raises(Unreadable) as told,
        replace(one, access=replace(one.access, address=address)).session(),
    ):
        pass
    secret = clickhouse_server.password in str(told.value) or "wr0ng" in str(told.value)
    assert (told.value.code, part in told.value.message, secret) == (code, True, False)


SAID = {
    "SELECT nope FROM (SELECT 's3cr3t' AS id)": "There is no column nope.",
    "SELECT * FROM nowhere.nothing": "There is no database nowhere.",
    "SELECT * FROM nothing": "There is no table nothing.",
    "SELECT nope('s3cr3t')": "There is no function nope.",
    "SELECT 's3cr3t' AS id GROUP 1": "its syntax is wrong (line 2, character",
    "SELECT 1 AS id SETTINGS max_threads = 77": "changes a setting",
}


@pytest.mark.parametrize("sql", SAID)
def test_why_a_statement_cannot_be_run_is_told_in_our_words(ask: Callable[..., Subject], sql: str) -> None:
    with ask().session() as session, pytest.raises(AudienceSyncError) as told:
        session.stream(sql)
    assert (SAID[sql] in told.value.message, "s3cr3t" in str(told.value)) == (True, False)


def test_a_table_that_is_not_granted_is_told() -> None:
    """The engine in the tests has no grants; the sentence is that of ClickHouse's source."""
    said = (
        "Code: 497. DB::Exception: reader: Not enough privileges. To execute this query, it's necessary to have the "
        "grant SELECT(id, email) ON shop.customers. (ACCESS_DENIED)"
    )
    told = not_done(Exception(said), b"", 1.0)
    assert (told.code, told.message) == (
        "WAREHOUSE_FORBIDDEN",
        "The database does not allow it: SELECT on shop.customers.",
    )
