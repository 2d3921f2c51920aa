"""What Spark's and Databricks' SQL may say, how their addresses are shown, and what their errors become."""

import pytest

from audience_sync.errors import AudienceSyncError, Invalid
from audience_sync.sources.warehouses.checking import read_only
from audience_sync.sources.warehouses.databricks import Databricks
from audience_sync.sources.warehouses.spark import Spark, rows_expected
from audience_sync.sources.warehouses.spark_words import not_connected, not_done

KINDS = (Spark(), Databricks())
WRITES = [
    "INSERT INTO t SELECT 1",
    "FROM a INSERT OVERWRITE TABLE b SELECT x",
    "INSERT OVERWRITE DIRECTORY '/tmp' SELECT 1",
    "WITH x AS (SELECT 1) INSERT INTO y SELECT * FROM x",
    "MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE",
    "CREATE TABLE t USING parquet AS SELECT 1",
    "DROP TABLE t",
    "OPTIMIZE t",
    "VACUUM t",
    "CACHE TABLE t",
    "REFRESH TABLE t",
    "CLEAR CACHE",
    "ADD JAR '/x.jar'",
    "LOAD DATA INPATH 'x' INTO TABLE t",
    "COPY INTO t FROM 's3://x'",
    "CALL something()",
    "EXECUTE IMMEDIATE 'DROP TABLE t'",
    "BEGIN DROP TABLE t; END",
    "SET spark.sql.ansi.enabled = false",
    "USE other",
    "SELECT TRANSFORM(id) USING 'sh' AS (x) FROM t",
    "SELECT java_method('java.lang.System', 'exit', 1)",
    "SELECT `reflect`('java.lang.System', 'exit', 1)",
    "SELECT (SELECT system.builtin.TRY_REFLECT('a', 'b'))",
]
READS = [
    "SELECT * FROM shop.customers VERSION AS OF 3",
    "SELECT transform(emails, x -> lower(x)) AS email FROM t LATERAL VIEW explode(a) y AS z",
    "WITH x AS (SELECT 1 AS id) SELECT * FROM x",
    "SELECT id FROM delta.`s3://bucket/customers`",
    "SELECT `DROP TABLE t;` FROM c",
]
HEADER = "x-databricks-cluster-id"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("sql", WRITES)
def test_what_does_more_than_read_is_refused(kind: Spark, sql: str) -> None:
    with pytest.raises(Invalid):
        read_only(sql, kind)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("sql", READS)
def test_what_only_reads_is_left_as_it_is(kind: Spark, sql: str) -> None:
    assert read_only(f"{sql};\n-- done", kind) == sql


@pytest.mark.parametrize("call", ["ai_query('m', email)", "http_request(conn => 'c')", "secret('a', 'b')"])
def test_databricks_functions_that_reach_elsewhere_are_refused(call: str) -> None:
    with pytest.raises(Invalid, match="does more than read"):
        read_only(f"SELECT {call} FROM t", Databricks())


ADDRESSES = {
    "sc://h.example.com:15002/;token=s3cr3t;use_ssl=true;x-key=s3cr3t": "sc://h.example.com:15002/;use_ssl=true",
    "sc://h.example.com": "sc://h.example.com:15002",
    "sc://[::1]:7/;user_id=ada": "sc://[::1]:7/;user_id=ada",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_shown_without_what_is_secret(address: str) -> None:
    assert Spark().shown(address) == ADDRESSES[address]


@pytest.mark.parametrize(
    "address",
    [
        *("", "s3cr3t", "https://h/;token=s3cr3t", "sc:///;token=s3cr3t", "sc://h:x/;token=s3cr3t"),
        *("sc://u:s3cr3t@h", "sc://h/s3cr3t", "sc://h/;token", "sc://h/?token=s3cr3t", "sc://h/;token=a#s3cr3t"),
    ],
)
def test_what_is_no_address_is_refused_without_quoting_it(address: str) -> None:
    with pytest.raises(Invalid) as told:
        Spark().shown(address)
    assert "s3cr3t" not in str(told.value)


def test_a_token_with_signs_in_it_is_sent_whole() -> None:
    assert "token=a%3D%3Bb" in Spark().sent("sc://h/;token=a=%3Bb")


def test_databricks_is_reached_by_tls_at_its_own_port() -> None:
    sent = Databricks().sent(f"sc://w.example.com/;token=s3cr3t;{HEADER}=0123-x")
    assert sent == f"sc://w.example.com:443/;use_ssl=true;user_agent=audience-sync;token=s3cr3t;{HEADER}=0123-x"


def test_databricks_shows_its_cluster_and_no_token() -> None:
    shown = Databricks().shown(f"sc://w.example.com/;token=s3cr3t;{HEADER}=0123-x")
    assert shown == f"sc://w.example.com:443/;{HEADER}=0123-x"


def test_databricks_without_a_cluster_is_a_serverless_session_of_its_own() -> None:
    first, second = (dict(_pairs(Databricks().sent("sc://w.example.com/;token=x"))) for _ in range(2))
    assert first["x-databricks-session-id"] == first["session_id"] != second["session_id"]


def _pairs(address: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (each.partition("=") for each in address.split(";")[1:])]


def plan(root: str) -> str:
    return f"== Optimized Logical Plan ==\n{root}\n+- Range, Statistics(rowCount=9)\n\n== Physical Plan ==\nRange\n"


PLANS = {
    "Range (0, 2000000, step=1), Statistics(sizeInBytes=15.3 MiB, rowCount=2.00E+6)": 2_000_000,
    "Relation t, Statistics(sizeInBytes=1.0 B, rowCount=7, isRuntime=true)": 7,
    "Project [a], Statistics(sizeInBytes=15.3 MiB)": None,
    "Project [Statistics(rowCount=5) AS a], Statistics(sizeInBytes=15.3 MiB)": None,
    "Something else": None,
}


@pytest.mark.parametrize("root", PLANS)
def test_only_the_root_of_a_plan_tells_how_many_rows_there_are(root: str) -> None:
    assert rows_expected(plan(root)) == PLANS[root]


class Answer(Exception):
    """An error as Spark's client gives it."""

    def __init__(self, status: str, text: str, **others: str) -> None:
        super().__init__(text)
        self.status, self.condition, self.state = status, others.pop("condition", ""), others.pop("state", "")
        self.parameters = others

    def getGrpcStatusCode(self) -> str:  # noqa: N802  # Its name there.
        return f"StatusCode.{self.status}"

    def getCondition(self) -> str:  # noqa: N802  # Its name there.
        return self.condition

    def getSqlState(self) -> str:  # noqa: N802  # Its name there.
        return self.state

    def getMessageParameters(self) -> dict[str, str]:  # noqa: N802  # Its name there.
        return self.parameters


CONNECTING = {
    ("UNAUTHENTICATED", "Invalid authentication token s3cr3t"): "refuses the token",
    ("UNAVAILABLE", "ipv4:127.0.0.1:1: Failed to connect: Connection refused"): "nothing answers",
    ("UNAVAILABLE", "DNS resolution failed for s3cr3t"): "host is not known",
    ("UNAVAILABLE", "Ssl handshake failed: WRONG_VERSION_NUMBER"): "TLS with it fails",
    ("UNAVAILABLE", "CERTIFICATE_VERIFY_FAILED"): "certificate",
    ("UNAVAILABLE", "tcp handshaker: Connection timed out"): "in time",
    ("UNKNOWN", "something of s3cr3t nobody foresaw"): "cannot be read",
}


@pytest.mark.parametrize(("status", "text"), CONNECTING)
def test_why_there_is_no_connection_is_told_in_our_words(status: str, text: str) -> None:
    told = not_connected(Answer(status, text), "sc://h:1")
    assert (CONNECTING[status, text] in told.message, bool(told.hint), "s3cr3t" in str(told)) == (True, True, False)


DONE = [
    (
        {"condition": "TABLE_OR_VIEW_NOT_FOUND", "state": "42P01", "relationName": "`shop`.`x`"},
        "(`shop`.`x`)",
        "INVALID",
    ),
    ({"condition": "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", "state": "42703"}, "unresolved column.", "INVALID"),
    ({"condition": "CAST_INVALID_INPUT", "state": "22018", "expression": "s3cr3t"}, "cast invalid input", "INVALID"),
    ({"condition": "UNSUPPORTED_TIME_TYPE", "state": "0A000"}, "unsupported time type", "INVALID"),
    ({"condition": "INSUFFICIENT_PERMISSIONS", "state": "42501"}, "not allow", "WAREHOUSE_FORBIDDEN"),
    ({"condition": "s3cr3t", "state": "s3cr3t"}, "says no more", "WAREHOUSE_UNREADABLE"),
]


@pytest.mark.parametrize(("given", "said", "code"), DONE)
def test_why_a_statement_has_no_rows_is_told_without_its_values(given: dict[str, str], said: str, code: str) -> None:
    told: AudienceSyncError = not_done(Answer("INTERNAL", "s3cr3t", **given))
    assert (said in told.message, "s3cr3t" in f"{told}{told.details}", told.code) == (True, False, code)


def test_a_result_above_the_server_s_limit_names_its_setting() -> None:
    text = "Total size of serialized results of 9 tasks is bigger than spark.driver.maxResultSize (1024.0 MiB)"
    assert "spark.driver.maxResultSize" in not_done(Answer("INTERNAL", text)).hint
