"""BigQuery: its driver is real and asks a loopback for its token; no project was asked (see `tests/live`)."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import adbc_driver_bigquery.dbapi
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from audience_sync.errors import AudienceSyncError, Invalid, Unreadable
from audience_sync.sources.warehouses import bigquery
from audience_sync.sources.warehouses.bigquery import BigQuery, limits
from audience_sync.sources.warehouses.bigquery_address import place_of
from audience_sync.sources.warehouses.bigquery_words import not_done
from audience_sync.sources.warehouses.checking import first_rows, one_table, read_only
from audience_sync.sources.warehouses.protocol import Access, TookTooLong
from tests.sources.warehouses.doors import door

KEY = {"type": "service_account", "client_email": "reader@p.iam.gserviceaccount.com", "private_key": "s3cr3t"}


def encoded(key: object) -> str:
    return base64.b64encode(json.dumps(key).encode()).decode()


def test_an_address_is_shown_without_its_key() -> None:
    address = f"bigquery://my-project/shop?location=EU&max_gib=2.5&credentials={encoded(KEY)}"
    assert BigQuery().shown(address) == "bigquery://my-project/shop?location=EU&max_gib=2.5"
    assert "s3cr3t" not in repr(place_of(address))


@pytest.mark.parametrize(
    "address",
    [
        "bigquery://p/d",
        "bigquery://p/d?credentials=s3cr3t",
        f"bigquery:///d?credentials={encoded(KEY)}",
        f"bigquery://p/d/t?credentials={encoded(KEY)}",
        f"bigquery://p/d?credentials={encoded({**KEY, 'type': 'external_account'})}",
        f"bigquery://p/d?credentials={encoded(['s3cr3t'])}",
        f"bigquery://p/d?max_gib=s3cr3t&credentials={encoded(KEY)}",
        f"bigquery://p/d?max_gib=nan&credentials={encoded(KEY)}",
        f"bigquery://p/d?s3cr3t=1&credentials={encoded(KEY)}",
        "",
    ],
)
def test_what_is_no_address_is_refused_without_quoting_it(address: str) -> None:
    with pytest.raises(Invalid) as told:
        BigQuery().shown(address)
    assert "s3cr3t" not in str(told.value)


def test_an_address_becomes_these_options_of_the_driver() -> None:
    driver = "adbc.bigquery.sql"
    assert place_of(f"bigquery://p/d?location=EU&credentials={encoded(KEY)}").options == {
        f"{driver}.project_id": "p",
        f"{driver}.dataset_id": "d",
        f"{driver}.location": "EU",
        f"{driver}.auth_type": f"{driver}.auth_type.json_credential_string",
        f"{driver}.auth_credentials": json.dumps(KEY),
    }


def test_the_driver_takes_the_limits_of_a_job(key: Callable[[str], str]) -> None:
    place = place_of(f"bigquery://p/d?location=EU&max_gib=1.5&credentials={key('http://127.0.0.1:1')}")
    with (
        adbc_driver_bigquery.dbapi.connect(db_kwargs=place.options, autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        cursor.adbc_statement.set_options(**limits(place, 90.5))
        told = cursor.adbc_statement.get_option_int
        query = "adbc.bigquery.sql.query"
        assert (told(f"{query}.job_timeout"), told(f"{query}.max_bytes_billed")) == (90_500, 1_610_612_736)


def test_a_look_asks_for_its_first_rows() -> None:
    sql = read_only("SELECT * EXCEPT (phone) FROM `my-project.shop.customers`;", BigQuery())
    expected = "SELECT * FROM (\nSELECT * EXCEPT (phone) FROM `my-project.shop.customers`\n) AS looked LIMIT 10"
    assert first_rows(sql, 10) == expected


@pytest.mark.parametrize("name", ["`my-project`.shop.customers", "shop.customers"])
def test_a_table_becomes_its_select(name: str) -> None:
    assert one_table(name, BigQuery()) == f"SELECT * FROM {name}"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM EXTERNAL_QUERY('p.eu.c', 'DELETE FROM x')",
        "SELECT * FROM ML.PREDICT(MODEL d.m, (SELECT 1 AS id))",
        "SELECT AI.GENERATE('x') AS id",
        "SELECT * FROM AI.GENERATE_TEXT(MODEL d.m, TABLE d.t)",
        "EXPORT DATA OPTIONS (uri = 'gs://b/*.csv', format = 'CSV') AS SELECT 1",
        "CALL d.x()",
        "EXECUTE IMMEDIATE 'DROP TABLE d.x'",
        "DECLARE x INT64; SELECT 1",
        "BEGIN TRANSACTION",
        "LOAD DATA INTO d.x FROM FILES (uris = ['gs://b/x'], format = 'CSV')",
        "CREATE TEMP FUNCTION f() AS (1); SELECT f()",
    ],
)
def test_what_does_more_than_read_is_refused(sql: str) -> None:
    with pytest.raises(Invalid):
        read_only(sql, BigQuery())


@pytest.fixture(scope="module")
def key() -> Callable[[str], str]:
    """A key file's base64 whose token comes from that address."""
    pem = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    whole = {**KEY, "private_key": pem.decode(), "private_key_id": "k", "project_id": "p"}
    return lambda address: encoded({**whole, "token_uri": address})


@pytest.fixture
def tokens() -> Iterator[str]:
    """Where Google gives tokens: it refuses every key."""
    said = {"error": "invalid_grant", "error_description": "Invalid JWT: s3cr3t"}
    with door(lambda _: (400, said)) as port:
        yield f"http://127.0.0.1:{port}/token"


def refusal(key: str) -> Unreadable:
    with pytest.raises(Unreadable) as told, BigQuery().connect(Access(f"bigquery://p/d?credentials={key}", 9, Path())):
        pass
    return told.value


def test_a_key_that_google_refuses_is_told(key: Callable[[str], str], tokens: str) -> None:
    told = refusal(key(tokens))
    assert (told.code, told.message) == ("WAREHOUSE_REFUSED", "bigquery://p/d cannot be read: Google refuses the key.")


def test_a_way_that_is_closed_is_told_in_time(key: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself the driver would try for ever."""
    monkeypatch.setattr(bigquery, "CONNECT_SECONDS", 0.5)
    told = refusal(key("http://127.0.0.1:1/token"))
    assert (told.code, "nothing answers" in told.message) == ("WAREHOUSE_UNREACHABLE", True)


def test_a_key_file_that_cannot_be_read_is_told() -> None:
    told = refusal(encoded({**KEY, "private_key_id": "k", "token_uri": "http://127.0.0.1:1/token"}))
    assert (told.code, "s3cr3t" in str(told)) == ("WAREHOUSE_REFUSED", False)


API = "[BigQuery] googleapi: Error 400: {}, {}"
SAID: dict[str, tuple[type[AudienceSyncError], str]] = {
    API.format("Unrecognized name: s3cr3t at [3:8]", "invalidQuery"): (Invalid, "(line 3, character 8)"),
    API.format("Access Denied: Table p:d.s3cr3t", "accessDenied"): (Unreadable, "does not allow it"),
    API.format("Not found: Table p:d.s3cr3t", "notFound"): (Unreadable, "no such table"),
    API.format("Query exceeded limit for bytes billed", "bytesBilledLimitExceeded"): (Unreadable, "max_gib"),
    API.format("something about s3cr3t", "backendError"): (Unreadable, "backendError"),
    '{Location: "query"; Message: "Job timed out"; Reason: "timeout"}': (TookTooLong, "longer than 9 seconds"),
    "rpc error: context canceled": (TookTooLong, "longer than 9 seconds"),
    "[bigquery] Arrow reader requires roles/bigquery.readSessionUser": (Unreadable, "may not read results"),
    "s3cr3t": (Unreadable, "the connection broke"),
}


@pytest.mark.parametrize("text", SAID)
def test_why_a_statement_has_no_rows_is_told_in_our_words(text: str) -> None:
    """The texts have the form that the driver's Go library gives them; no server said them."""
    told = not_done(Exception(text), 9.0)
    kind, part = SAID[text]
    assert (type(told), part in told.message, "s3cr3t" in str(told), bool(told.hint)) == (kind, True, False, True)


def test_a_test_says_whose_key_it_is(key: Callable[[str], str]) -> None:
    place = replace(place_of(f"bigquery://p/d?credentials={key('http://127.0.0.1:1')}"), most_gib=2.5)
    session = bigquery.BigQuerySession(None, place)  # type: ignore[arg-type]  # It is not asked.
    assert session.test() == "BigQuery answers in p, as reader@p.iam.gserviceaccount.com, of at most 2.5 GiB a job."
