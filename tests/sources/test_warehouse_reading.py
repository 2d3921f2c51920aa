"""What a warehouse's SQL may say, which files may be read, and how an address is shown."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from hypothesis import given
from hypothesis import strategies as st

from audience_sync.errors import AudienceSyncError, Invalid, NotFound, Unreadable
from audience_sync.sources.warehouses.checking import one_table, read_only
from audience_sync.sources.warehouses.drivers import driver
from audience_sync.sources.warehouses.files import Files
from audience_sync.sources.warehouses.postgres import Postgres
from audience_sync.sources.warehouses.postgres_words import not_connected
from audience_sync.sources.warehouses.protocol import Access, Rows, TookTooLong
from audience_sync.sources.warehouses.registry import KINDS, kind_of
from audience_sync.sources.warehouses.spooling import headers_of, spool

WRITES = [
    "DELETE FROM customers",
    "INSERT INTO customers VALUES (1)",
    "UPDATE customers SET id = 1",
    "MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE",
    "TRUNCATE customers",
    "DROP TABLE customers",
    "CREATE TABLE x AS SELECT 1",
    "ALTER TABLE customers ADD x int",
    "GRANT ALL ON customers TO public",
    "WITH x AS (DELETE FROM customers RETURNING id) SELECT * FROM x",
    "SELECT id INTO copy FROM customers",
    "SELECT id FROM customers FOR UPDATE",
    "SELECT id FROM customers; DROP TABLE customers",
    "SELECT 1 /* */; SELECT 2",
    "SELECT nextval('s') AS id",
    'SELECT "pg_catalog".pg_terminate_backend(1) AS id',
    "SELECT (SELECT SET_CONFIG('transaction_read_only', 'off', false)) AS id",
    "SELECT * FROM dblink('host=x', 'DROP TABLE y') AS t(id int)",
    "SELECT query_to_xml('DELETE FROM x', true, true, '')",
    "COPY customers TO PROGRAM 'true'",
    "EXPLAIN ANALYZE DELETE FROM customers",
    "CALL something()",
    "DO $$ BEGIN DELETE FROM customers; END $$",
    "SET transaction_read_only = off",
    "COMMIT",
    "VACUUM",
    "",
    "-- nothing",
    "SELECT 'open",
    "SELECT 1\0",
]
READS = [
    "SELECT * FROM customers",
    "WITH x AS (SELECT 1 AS id) SELECT * FROM x",
    "SELECT 1 AS id UNION ALL SELECT 2",
    "(SELECT 1 AS id)",
    "VALUES (1, 'a')",
    "SELECT $$;DROP TABLE x$$ AS id",
    'SELECT id AS "DELETE FROM x;--" FROM c',
    "SELECT lower(e), row_number() OVER (ORDER BY id) FROM c WHERE j->>'a' = 'b' AND at > now() - interval '1 day'",
]


@pytest.mark.parametrize("sql", WRITES)
def test_what_does_more_than_read_is_refused(sql: str) -> None:
    with pytest.raises(Invalid):
        read_only(sql, Postgres())


@pytest.mark.parametrize("sql", READS)
@pytest.mark.parametrize("end", ["", ";", " ; ;\n-- done"])
def test_what_only_reads_is_left_as_it_is(sql: str, end: str) -> None:
    assert read_only(sql + end, Postgres()) == sql


@given(st.text())
def test_any_text_is_either_read_or_refused_in_words(sql: str) -> None:
    try:
        read_only(sql, Postgres())
    except Invalid as told:
        assert told.hint


def test_a_table_s_name_is_quoted_where_it_must_be() -> None:
    assert one_table("shop.customers", Postgres()) == "SELECT * FROM shop.customers"
    assert one_table('"a;b"."c"', Postgres()) == 'SELECT * FROM "a;b"."c"'


@pytest.mark.parametrize("name", ["a; DROP TABLE b", "a b c d", "(SELECT 1)", ""])
def test_what_is_no_table_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        one_table(name, Postgres())


ADDRESSES = {
    "postgresql://me:s3cr3t@db.example.com:5433/shop?sslmode=require&sslpassword=s3cr3t": (
        "postgresql://me@db.example.com:5433/shop?sslmode=require"
    ),
    "postgres://me:s3cr3t@[::1]/shop": "postgresql://me@[::1]/shop",
    "postgresql:///shop?host=/var/run&password=s3cr3t": "postgresql:///shop?host=/var/run",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_shown_without_what_is_secret(address: str) -> None:
    assert Postgres().shown(address) == ADDRESSES[address]


@pytest.mark.parametrize(
    "address", ["host=db password=s3cr3t", "mysql://u:s3cr3t@h/x", "postgresql://u:s3cr3t@h:x/y", ""]
)
def test_what_is_no_address_is_refused_without_quoting_it(address: str) -> None:
    with pytest.raises(Invalid) as told:
        Postgres().shown(address)
    assert "s3cr3t" not in str(told.value)


def test_an_access_does_not_tell_its_address() -> None:
    assert "s3cr3t" not in repr(Access("postgresql://u:s3cr3t@h/x", 1.0, Path()))


def test_a_missing_driver_is_told_with_the_command_that_installs_it() -> None:
    with pytest.raises(Unreadable) as told:
        driver("no_such_driver", extra="postgres", title="PostgreSQL")
    assert "pip install 'audience-sync[postgres]'" in told.value.hint


def test_an_unknown_kind_is_told_with_those_there_are() -> None:
    with pytest.raises(NotFound) as told:
        kind_of("oracle")
    assert ", ".join(KINDS) in told.value.hint


SAID = {
    'connection to server at "h" failed: FATAL:  password authentication failed for user "u"': "user or password",
    "could not translate host name": "host is not known",
    "failed: Connection refused": "nothing answers",
    "failed: timeout expired": "in time",
    'FATAL:  no pg_hba.conf entry for host "10.0.0.1"': "let this machine in",
    "server does not support SSL, but SSL was required": "speak TLS",
    "SSL error: certificate verify failed": "certificate",
    'FATAL:  database "x" does not exist': "no such database",
    "something of s3cr3t nobody foresaw": "cannot be read",
}


@pytest.mark.parametrize("text", SAID)
def test_why_there_is_no_connection_is_told_in_our_words(text: str) -> None:
    told = not_connected(text, "postgresql://u@h/x")
    assert (SAID[text] in told.message, bool(told.hint), "s3cr3t" in str(told)) == (True, True, False)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A folder that may be read, beside one that may not."""
    (folder := tmp_path / "lake").mkdir()
    (folder / "a.csv").write_text("id,zip\n1,00123\n")
    (folder / "b.csv").write_text("id,plan\n2,pro\n")
    pq.write_table(pa.table({"id": [3]}), folder / "c.parquet")
    (folder / "d.jsonl").write_text('{"id": 4, "plan": "free"}\n')
    write_deltalake(str(folder / "delta"), pa.table({"id": ["5", "6"]}))
    (tmp_path / "secret.csv").write_text("id\n7\n")
    return folder


def rows(
    lake: Path, address: str, sql: str = "SELECT * FROM files", *, kind: str = "files", seconds: float = 9
) -> object:
    access = Access(address, seconds, lake.parent / "work", lake)
    with kind_of(kind).connect(access) as session:
        found = session.stream(read_only(sql, kind_of(kind)))
        return pa.Table.from_batches(list(found.batches), found.schema).to_pylist()


def test_files_of_one_form_are_one_table(lake: Path) -> None:
    expected = [{"id": "1", "zip": "00123", "plan": None}, {"id": "2", "zip": None, "plan": "pro"}]
    assert rows(lake, "*.csv", "SELECT * FROM files ORDER BY id") == expected


@pytest.mark.parametrize(
    ("kind", "address", "ids"), [("files", "*.parquet", [3]), ("files", "d.jsonl", [4]), ("delta", "delta", ["5", "6"])]
)
def test_every_form_is_read(lake: Path, kind: str, address: str, ids: list[object]) -> None:
    assert rows(lake, address, "SELECT id FROM files ORDER BY id", kind=kind) == [{"id": each} for each in ids]


@pytest.mark.parametrize("address", ["../secret.csv", "/etc/passwd", "*/../../secret.csv", "", "a\0"])
def test_an_address_does_not_lead_out_of_the_folder(lake: Path, address: str) -> None:
    with pytest.raises(Invalid):
        rows(lake, address)


def test_a_link_does_not_lead_out_of_the_folder(lake: Path) -> None:
    (lake / "link.csv").symlink_to(lake.parent / "secret.csv")
    with pytest.raises(Invalid, match="leads out"):
        rows(lake, "link.csv")


@pytest.mark.parametrize("file", ["../secret.csv", "b.csv"])
@pytest.mark.parametrize("sql", ["SELECT * FROM read_csv('{}')", "SELECT * FROM '{}'", "SELECT * FROM read_text('{}')"])
def test_sql_reads_no_file_but_the_table_s(lake: Path, sql: str, file: str) -> None:
    with pytest.raises(Invalid, match="outside"):
        rows(lake, "a.csv", sql.format(lake / file))


def test_files_of_several_forms_are_refused(lake: Path) -> None:
    with pytest.raises(Invalid, match="one form"):
        rows(lake, "[ac].*")


def test_no_files_and_no_folder_are_told(lake: Path) -> None:
    with pytest.raises(Unreadable, match="0 files"):
        rows(lake, "x*.csv")
    with pytest.raises(Unreadable), Files().connect(Access("*.csv", 1, lake)):
        pass


def test_a_broken_file_is_told_without_its_content(lake: Path) -> None:
    (lake / "bad.jsonl").write_text('{"id": "ada@example.com", \n')
    with pytest.raises(AudienceSyncError) as told:
        rows(lake, "bad.jsonl")
    assert "ada@" not in str(told.value)


def test_what_is_no_delta_table_is_told(lake: Path) -> None:
    (lake / "empty").mkdir()
    with pytest.raises(Unreadable, match="no Delta table"):
        rows(lake, "empty", kind="delta")


def test_sql_over_files_ends_in_time(lake: Path) -> None:
    with pytest.raises(TookTooLong):
        rows(lake, "a.csv", "SELECT count(*) FROM range(10000000000) a, files b", seconds=0.3)


def endless() -> Iterator[pa.RecordBatch]:
    while True:
        yield pa.record_batch({"id": ["1"]})


def test_rows_that_never_end_are_ended(tmp_path: Path) -> None:
    with pytest.raises(TookTooLong):
        spool(Rows(pa.schema({"id": pa.string()}), endless()), tmp_path / "x", seconds=0.1, told=lambda rows: None)


@pytest.mark.parametrize(
    "kind", [pa.binary(), pa.month_day_nano_interval(), pa.map_(pa.string(), pa.string())], ids=str
)
def test_a_column_that_is_no_text_is_named(kind: pa.DataType) -> None:
    with pytest.raises(Invalid, match="'odd'"):
        headers_of(pa.schema({"id": pa.string(), "odd": kind}))


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(Invalid, match="two columns named 'id'"):
        headers_of(pa.schema([pa.field("id", pa.string()), pa.field("id", pa.string())]))


def test_how_many_rows_a_delta_table_has_is_not_guessed(lake: Path) -> None:
    with kind_of("delta").connect(Access("delta", 9, lake.parent / "work", lake)) as session:
        assert session.estimate("SELECT * FROM files") is None
