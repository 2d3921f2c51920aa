"""Spark, and with it Databricks, finds the same changes that a comparison of all values finds."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pytest

from audience_sync.sources.warehouses.protocol import Access
from audience_sync.sources.warehouses.pushdown.packs import SPARK
from audience_sync.sources.warehouses.pushdown.spark import SparkComparer, SparkComparing
from audience_sync.sources.warehouses.spark import Spark
from tests import spark
from tests.flows.comparing import STATE, Shop
from tests.sources.engines import Engine, Row
from tests.sources.test_pushdown import AFTER, BEFORE, seen, there

pytestmark = pytest.mark.slow

PEOPLE = """SELECT CAST(id AS STRING) AS id, concat('p', id, '@x.org') AS email, IF(id < {0}, 'pro', NULL) AS plan,
  timestamp_seconds(id * IF(id = 7, {0}, 1)) AS seen_at, array('a', IF(id = 8, '{0}', NULL)) AS tags,
  'granted' AS ads_consent
  FROM range({1}, {2})"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with spark.server() as running:
        yield running


@pytest.fixture(scope="module")
def session(address: str) -> Iterator[SparkComparing]:
    with SparkComparer(Spark()).connect(Access(address, 250, Path())) as made:
        assert isinstance(made, SparkComparing)
        made.write([f"CREATE DATABASE IF NOT EXISTS {STATE}", "SET TIME ZONE 'Europe/Berlin'"])
        yield made


@pytest.mark.parametrize("rows", [(BEFORE, AFTER), (AFTER, BEFORE)], ids=["to", "fro"])
def test_spark_finds_nasty_changes(session: SparkComparing, tmp_path: Path, rows: tuple[list[Row], list[Row]]) -> None:
    def arrow(sql: str) -> pa.Table:
        found = session.stream(sql)
        return pa.Table.from_batches(list(found.batches), found.schema)

    types = ("STRING", "STRING", "DOUBLE", "TIMESTAMP", "ARRAY<STRING>")
    array = "CAST(array({}) AS ARRAY<STRING>)".format
    assert seen(Engine(SPARK, session.session.do, arrow, types, array), tmp_path, *rows) == there(*rows)


def test_both_ways_come_to_the_same(address: str, session: SparkComparing, tmp_path: Path) -> None:
    view = f"{STATE}.people_{uuid4().hex}"
    shop, sql = Shop(address, tmp_path, str(uuid4()), "spark"), f"SELECT * FROM {view}"
    for given, came in (((3, 0, 50), 50), ((5, 1, 52), 6)):
        session.write([f"CREATE OR REPLACE VIEW {view} AS {PEOPLE.format(*given)}"])
        assert shop.pull(sql=sql).fetched == came
        shop.pull("", sql)
        assert (shop.people(), shop.roster()) == (shop.people(""), shop.roster(""))
