"""Snowflake: its driver is real and speaks to a loopback; no account was asked (see `tests/live`)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from adbc_driver_manager import AdbcStatusCode, OperationalError
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from audience_sync.errors import AudienceSyncError, Invalid, Unreadable
from audience_sync.sources.warehouses import snowflake
from audience_sync.sources.warehouses.checking import first_rows, one_table, read_only
from audience_sync.sources.warehouses.protocol import Access, TookTooLong
from audience_sync.sources.warehouses.snowflake import Snowflake
from audience_sync.sources.warehouses.snowflake_address import place_of
from audience_sync.sources.warehouses.snowflake_words import not_done
from tests.sources.warehouses.doors import door

DRIVER = "adbc.snowflake.sql"
ADDRESSES = {
    "snowflake://me:p%40s3cr3t@Org-Acct/SHOP/PUBLIC?warehouse=WH&role=READER": (
        "snowflake://me@Org-Acct/SHOP/PUBLIC?warehouse=WH&role=READER"
    ),
    "snowflake://me@acct.snowflakecomputing.com/SHOP?token=s3cr3t": "snowflake://me@acct/SHOP",
    "snowflake://me@acct?private_key=s3cr3tAA&private_key_password=s3cr3t&host=h": "snowflake://me@acct?host=h",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_shown_without_what_is_secret(address: str) -> None:
    assert Snowflake().shown(address) == ADDRESSES[address]
    assert "s3cr3t" not in repr(place_of(address))


@pytest.mark.parametrize(
    "address",
    [
        "snowflake://acct:s3cr3t/x",
        "https://me:s3cr3t@acct/x",
        "snowflake://me:s3cr3t@acct/a/b/c",
        "snowflake://me:s3cr3t@acct?token=s3cr3t",
        "snowflake://me@acct",
        "snowflake://me:s3cr3t@acct?s3cr3t=1",
        "snowflake://me@acct?private_key=s3cr3t!",
        "",
    ],
)
def test_what_is_no_address_is_refused_without_quoting_it(address: str) -> None:
    with pytest.raises(Invalid) as told:
        Snowflake().shown(address)
    assert "s3cr3t" not in str(told.value)


def test_a_password_becomes_these_options_of_the_driver() -> None:
    assert place_of("snowflake://me:p%40ss@Org-Acct/SHOP/PUBLIC?warehouse=WH&role=READER").options == {
        f"{DRIVER}.account": "Org-Acct",
        "username": "me",
        f"{DRIVER}.auth_type": "auth_snowflake",
        "password": "p@ss",
        f"{DRIVER}.db": "SHOP",
        f"{DRIVER}.schema": "PUBLIC",
        f"{DRIVER}.warehouse": "WH",
        f"{DRIVER}.role": "READER",
    }


def test_a_token_becomes_these_options_of_the_driver() -> None:
    options = place_of("snowflake://me@acct?token=a+b%2Bc").options
    assert (options[f"{DRIVER}.auth_type"], options[f"{DRIVER}.client_option.auth_token"]) == ("auth_pat", "a+b+c")


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("snowflake://me@acct?private_key=AA%2BA", "PRIVATE KEY"),
        ("snowflake://me@acct?private_key=AA+A&private_key_password=x", "ENCRYPTED PRIVATE KEY"),
    ],
)
def test_a_key_becomes_pem_again(address: str, named: str) -> None:
    options = place_of(address).options
    pem = f"-----BEGIN {named}-----\nAA+A\n-----END {named}-----\n"
    assert options[f"{DRIVER}.client_option.jwt_private_key_pkcs8_value"] == pem


STATEMENTS = {
    "SELECT id FROM customers": "SELECT * FROM (\nSELECT id FROM customers\n) AS looked LIMIT 10",
    "SELECT id FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY at) = 1;": (
        "SELECT * FROM (\nSELECT id FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY at) = 1\n) AS looked LIMIT 10"
    ),
}


@pytest.mark.parametrize("sql", STATEMENTS)
def test_a_look_asks_for_its_first_rows(sql: str) -> None:
    assert first_rows(read_only(sql, Snowflake()), 10) == STATEMENTS[sql]


def test_a_table_becomes_its_select() -> None:
    assert one_table('SHOP."Public".CUSTOMERS', Snowflake()) == 'SELECT * FROM SHOP."Public".CUSTOMERS'


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT SYSTEM$CANCEL_QUERY('x')",
        "SELECT SYSTEM$SEND_EMAIL('a', 'b', 'c', 'd')",
        "SELECT SNOWFLAKE.CORTEX.COMPLETE('m', email) FROM customers",
        "SELECT AI_COMPLETE('m', email) FROM customers",
        "SELECT * FROM TABLE(RESULT_SCAN('x'))",
        "CALL x()",
        "EXECUTE IMMEDIATE 'DROP TABLE x'",
        "COPY INTO @stage FROM customers",
        "PUT file:///etc/passwd @stage",
        "ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 0",
        "USE ROLE ACCOUNTADMIN",
        "SHOW TABLES",
        "MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE",
    ],
)
def test_what_does_more_than_read_is_refused(sql: str) -> None:
    with pytest.raises(Invalid):
        read_only(sql, Snowflake())


@dataclass
class SignIn:
    """Where the driver signs in: what it sent, and the number of the refusal that it gets."""

    number: str = "390100"
    asked: list[dict[str, Any]] = field(default_factory=list)
    address: str = ""

    def answer(self, body: bytes) -> tuple[int, dict[str, Any]]:
        self.asked.append(json.loads(body)["data"])
        return 200, {"success": False, "code": self.number, "message": "no for s3cr3t", "data": {}}


@pytest.fixture
def sign_in() -> Iterator[SignIn]:
    made = SignIn()
    with door(made.answer) as port:
        made.address = f"host=127.0.0.1&port={port}&protocol=http"
        yield made


def refusal(address: str) -> Unreadable:
    with pytest.raises(Unreadable) as told, Snowflake().connect(Access(address, 90.5, Path())):
        pass
    return told.value


def test_the_driver_signs_in_with_a_time_limit_on_its_statements(sign_in: SignIn) -> None:
    refusal(f"snowflake://me:s3cr3t@acct/SHOP?warehouse=WH&{sign_in.address}")
    (asked,) = sign_in.asked
    assert (asked["LOGIN_NAME"], asked["PASSWORD"], asked["ACCOUNT_NAME"]) == ("me", "s3cr3t", "acct")
    assert asked["SESSION_PARAMETERS"]["STATEMENT_TIMEOUT_IN_SECONDS"] == "91"


def test_the_driver_takes_the_key_of_an_address(sign_in: SignIn) -> None:
    key = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    line = "".join(key.decode().splitlines()[1:-1])
    refusal(f"snowflake://me@acct?private_key={line}&{sign_in.address}")
    assert (sign_in.asked[0]["AUTHENTICATOR"], sign_in.asked[0]["TOKEN"].count(".")) == ("SNOWFLAKE_JWT", 2)


def test_the_driver_takes_the_token_of_an_address(sign_in: SignIn) -> None:
    refusal(f"snowflake://me@acct?token=s3cr3t&{sign_in.address}")
    assert (sign_in.asked[0]["AUTHENTICATOR"], sign_in.asked[0]["TOKEN"]) == ("PROGRAMMATIC_ACCESS_TOKEN", "s3cr3t")


@pytest.mark.parametrize(
    ("number", "part"), [("390100", "user or password"), ("390189", "no such role"), ("390422", "let this machine in")]
)
def test_why_nobody_is_let_in_is_told_without_password(sign_in: SignIn, number: str, part: str) -> None:
    sign_in.number = number
    told = refusal(f"snowflake://me:s3cr3t@acct?{sign_in.address}")
    assert (told.code, part in told.message, "s3cr3t" in str(told)) == ("WAREHOUSE_REFUSED", True, False)


def test_an_account_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(snowflake.CONNECT, f"{DRIVER}.client_option.login_timeout", "1s")
    told = refusal("snowflake://me:s3cr3t@acct?host=127.0.0.1&port=1&protocol=http")
    assert (told.code, told.message) == (
        "WAREHOUSE_UNREACHABLE",
        "snowflake://me@acct?host=127.0.0.1&port=1&protocol=http cannot be read: nothing answers there.",
    )


def test_a_key_that_is_none_is_told() -> None:
    told = refusal("snowflake://me@acct?private_key=AAAA&host=127.0.0.1&port=1&protocol=http")
    assert (told.code, "private key" in told.message) == ("WAREHOUSE_REFUSED", True)


SAID: dict[tuple[int, str], tuple[type[AudienceSyncError], str]] = {
    (630, "57014"): (TookTooLong, "longer than 9 seconds"),
    (2003, "02000"): (Unreadable, "no such table"),
    (904, "42000"): (Invalid, "a column that there is not"),
    (1003, "42000"): (Invalid, "Snowflake's error 1003"),
    (3001, "42501"): (Unreadable, "does not allow it"),
    (606, "57P03"): (Unreadable, "No warehouse"),
    (100038, "22018"): (Unreadable, "error 100038"),
}


@pytest.mark.parametrize("number", SAID, ids=str)
def test_why_a_statement_has_no_rows_is_told_in_our_words(number: tuple[int, str]) -> None:
    """The numbers are of Snowflake's pages, in the driver's own exception; no server said them."""
    problem = OperationalError("about 's3cr3t'", status_code=AdbcStatusCode.INTERNAL, sqlstate=number[1])
    problem.vendor_code = number[0]
    told = not_done(problem, 9.0)
    kind, part = SAID[number]
    assert (type(told), part in told.message, "s3cr3t" in str(told), bool(told.hint)) == (kind, True, False, True)
