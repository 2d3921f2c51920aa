"""ClickHouse, its real engine, comes to the same whether it compares within itself or everything is read."""

from pathlib import Path
from uuid import uuid4

from tests.clickhouse import Server
from tests.flows.comparing import STATE, Shop

PEOPLE = """CREATE TABLE {}.customers (id String, email Nullable(String), plan LowCardinality(Nullable(String)),
  score Float64, seen_at DateTime('Europe/Berlin'), level Enum8('low' = 1, 'high' = 2), tags Array(String),
  ads_consent String) ENGINE = MergeTree ORDER BY id"""
ROWS = """INSERT INTO {}.customers SELECT toString(number), 'p' || toString(number) || '@x.org', 'free', number / 10,
  toDateTime(1792890000 + number, 'UTC'), 'low', ['a', 'b'], 'granted' FROM numbers({}, {})"""
CHANGES = (
    "ALTER TABLE {}.customers UPDATE plan = NULL WHERE id IN ('1', '2') SETTINGS mutations_sync = 2",
    "ALTER TABLE {}.customers UPDATE seen_at = seen_at + 3600 WHERE id = '3' SETTINGS mutations_sync = 2",
    "ALTER TABLE {}.customers UPDATE level = 'high', tags = ['a, b'] WHERE id = '4' SETTINGS mutations_sync = 2",
    "ALTER TABLE {}.customers UPDATE ads_consent = 'perhaps' WHERE id = '5' SETTINGS mutations_sync = 2",
    "ALTER TABLE {}.customers DELETE WHERE id IN ('6', '7', '8') SETTINGS mutations_sync = 2",
)


def test_both_ways_come_to_the_same(clickhouse_server: Server, tmp_path: Path) -> None:
    base, do = f"shop_{uuid4().hex}", clickhouse_server.do
    do(
        f"CREATE DATABASE {base}",
        f"CREATE DATABASE IF NOT EXISTS {STATE}",
        PEOPLE.format(base),
        ROWS.format(base, 0, 900),
    )
    shop = Shop(clickhouse_server.address("owner", base), tmp_path, str(uuid4()), "clickhouse")
    everything, changes = shop.differ()
    assert changes == everything
    do(*(each.format(base) for each in CHANGES), ROWS.format(base, 900, 5))
    fetched = shop.pull().fetched
    shop.pull("")
    assert (fetched, shop.people(), shop.roster()) == (10, shop.people(""), shop.roster(""))
    everything, changes = shop.differ()
    assert (changes, shop.pull().fetched) == (everything, 1)
