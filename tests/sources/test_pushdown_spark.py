"""Spark, and with it Databricks, finds the same changes that a comparison of all values finds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from audience_sync.sources.warehouses.pushdown.packs import SPARK
from tests.sources.engines import Engine, Row
from tests.sources.test_pushdown import AFTER, BEFORE, claims

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("spark")
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.memory", "1g")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.local.dir", str(folder / "local"))
        .config("spark.sql.session.timeZone", "Europe/Berlin")
        .getOrCreate()
    )
    session.sql("CREATE DATABASE audience_sync_state")
    types = ("STRING", "STRING", "DOUBLE", "TIMESTAMP", "ARRAY<STRING>")
    array = "CAST(array({}) AS ARRAY<STRING>)".format
    yield Engine(SPARK, session.sql, lambda sql: session.sql(sql).toArrow(), types, array)
    session.stop()


@pytest.mark.parametrize("rows", [(BEFORE, AFTER), (AFTER, BEFORE)], ids=["to", "fro"])
def test_spark_finds_nasty_changes(spark: Engine, tmp_path: Path, rows: tuple[list[Row], list[Row]]) -> None:
    claims(spark, tmp_path, *rows)
