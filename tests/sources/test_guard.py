"""Segments by SQL: what works, what is refused, and that nothing but the store can be reached."""

import time

import pytest

from audience_sync.errors import Invalid
from tests.sources.ground import Store

PEOPLE = "id,email,plan,ltv\n1,a@example.com,pro,5\n2,b@example.com,free,7\n"


@pytest.fixture
def shop(store: Store) -> Store:
    store.give("profiles", PEOPLE, mapping={"ltv": "trait:ltv"})
    store.give("events", "id,event,time,amount\n1,purchase,2026-11-20,5\n2,visit,2026-11-20,\n")
    store.give("consents", "id,purpose,status\n1,mail,yes\n")
    return store


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT profile_id FROM profiles WHERE plan = 'pro'",
        "select PROFILE_ID from profiles where list_contains(email, 'a@example.com');",
        "SELECT profile_id FROM traits WHERE revenue = 5 -- the good ones",
        "SELECT profile_id FROM profiles WHERE plan = 'pro' -- a comment; with a semicolon\n;\n/* and ; more */",
        "WITH buyers AS (SELECT profile_id FROM events WHERE name = 'purchase') FROM buyers",
        "SELECT profile_id FROM events WHERE time > as_of() - INTERVAL 7 DAY AND is_purchase(name)",
        "SELECT profile_id FROM consents WHERE purpose = 'mail' AND granted",
        "SELECT '1' AS profile_id UNION ALL SELECT '1' UNION ALL SELECT 'nobody'",
        "SELECT ltv, profile_id FROM traits WHERE ltv < 6",
    ],
)
def test_a_select_of_ids_is_a_segment(shop: Store, sql: str) -> None:
    assert shop.by_sql(sql) == {"1"}


ATTACKS = [
    "SELECT content AS profile_id FROM read_text('/etc/passwd')",
    "SELECT column0 AS profile_id FROM read_csv('/etc/passwd', header = false)",
    "SELECT * FROM '/etc/passwd'",
    "SELECT file AS profile_id FROM glob('/*')",
    "SELECT * FROM read_parquet('http://127.0.0.1:9/x.parquet')",
    "SELECT * FROM read_json('https://example.com/x.json')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT profile_id FROM query('SELECT content AS profile_id FROM read_text(''/etc/hostname'')')",
    "COPY profiles TO '/tmp/stolen.csv'",
    "COPY (SELECT 1) TO '/tmp/stolen.csv'",
    "EXPORT DATABASE '/tmp/stolen'",
    "ATTACH '/tmp/stolen.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "PRAGMA database_list",
    "CALL enable_logging()",
    "CREATE TABLE x AS SELECT 1",
    "DROP VIEW profiles",
    "DELETE FROM profiles",
    "WITH gone AS (DELETE FROM stored RETURNING profile_id) SELECT profile_id FROM gone",
    "EXPLAIN ANALYZE SELECT profile_id FROM profiles",
    "PREPARE x AS SELECT 1",
    "SELECT profile_id FROM profiles; SELECT profile_id FROM profiles",
    "SELECT profile_id FROM profiles; COPY profiles TO '/tmp/stolen.csv'",
    "SELECT profile_id FROM profiles) TO '/tmp/stolen.csv' --",
    "SELECT profile_id FROM shop",
    "SELECT $1 AS profile_id",
    "SELECT name FROM events",
    "SELECT *, * FROM profiles",
    "SELECT getenv('HOME') AS profile_id",
    "SHOW TABLES",
    "",
    "-- nothing",
]


@pytest.mark.parametrize("sql", ATTACKS)
def test_whatever_is_no_plain_select_over_the_store_is_refused(shop: Store, sql: str) -> None:
    with pytest.raises(Invalid):
        shop.by_sql(sql or " ")


def test_settings_stay_locked_inside_a_select(shop: Store) -> None:
    sql = "SELECT value AS profile_id FROM duckdb_settings() WHERE name = 'enable_external_access' AND value = 'true'"

    assert shop.by_sql(sql) == set()


ENDLESS = "range(1000000000)"


def test_a_statement_that_takes_too_long_is_stopped(shop: Store) -> None:
    begun = time.monotonic()
    with pytest.raises(Invalid, match=r"longer than 0\.2 seconds"):
        shop.by_sql(
            "SELECT (a.range + b.range)::VARCHAR AS profile_id FROM range(1e9::BIGINT) a, range(1e9::BIGINT) b",
            seconds=0.2,
        )

    assert time.monotonic() - begun < 60


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ("SELECT profile_id FROM profiles\nWHERE plam = 'pro'", "line 2, character 7"),
        ("SELECT profile_id FROM profile", "line 1, character 24"),
        ("SELECT profile_id FRM profiles", "line 1, character 23"),
        ("SELECT profile_id FROM profiles WHERE" + " true AND" * 50 + " plam = 1", "line 1"),
    ],
)
def test_a_mistake_is_told_with_its_place(shop: Store, sql: str, place: str) -> None:
    with pytest.raises(Invalid, match=rf"\({place}\)"):
        shop.by_sql(sql)


def test_complaints_about_data_do_not_show_the_data(shop: Store) -> None:
    with pytest.raises(Invalid) as refusal:
        shop.by_sql("SELECT profile_id FROM profiles WHERE email[1]::INTEGER > 5")

    assert "example.com" not in str(refusal.value)
    assert refusal.value.__cause__ is None
