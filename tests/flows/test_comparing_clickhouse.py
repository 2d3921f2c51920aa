"""ClickHouse, its real engine, comes to the same whether it compares within itself or everything is read."""

from pathlib import Path
from uuid import uuid4

from audience_sync.sources.warehouses.protocol import Access
from audience_sync.sources.warehouses.pushdown.dropping import drop_states, place_of
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


def crowd(server: Server, folder: Path) -> tuple[str, Shop]:
    """A database of its own with 900 customers, of whom nothing is pulled yet."""
    base = f"shop_{uuid4().hex}"
    server.do(
        f"CREATE DATABASE {base}",
        f"CREATE DATABASE IF NOT EXISTS {STATE}",
        PEOPLE.format(base),
        ROWS.format(base, 0, 900),
    )
    return base, Shop(server.address("owner", base), folder, str(uuid4()), "clickhouse")


def test_both_ways_come_to_the_same(clickhouse_server: Server, tmp_path: Path) -> None:
    base, shop = crowd(clickhouse_server, tmp_path)
    everything, changes = shop.differ()
    assert changes == everything
    clickhouse_server.do(*(each.format(base) for each in CHANGES), ROWS.format(base, 900, 5))
    fetched = shop.pull().fetched
    shop.pull("")
    assert (fetched, shop.people(), shop.roster()) == (10, shop.people(""), shop.roster(""))
    everything, changes = shop.differ()
    assert (changes, shop.pull().fetched) == (everything, 1)


def test_the_states_of_a_warehouse_can_be_dropped(clickhouse_server: Server, tmp_path: Path) -> None:
    _, shop = crowd(clickhouse_server, tmp_path)
    shop.pull()
    place, access = place_of("clickhouse", STATE, shop.source), Access(shop.address, 60.0, tmp_path)
    gone = [drop_states(place, "clickhouse", access) for _ in range(2)]
    assert (len(gone[0]), gone[1], shop.pull().fetched) == (1, (), 900)
