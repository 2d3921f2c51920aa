"""Every kind of warehouse by its name."""

from audience_sync.errors import NotFound
from audience_sync.sources.warehouses.bigquery import BigQuery
from audience_sync.sources.warehouses.clickhouse import ClickHouse
from audience_sync.sources.warehouses.databricks import Databricks
from audience_sync.sources.warehouses.delta import Delta
from audience_sync.sources.warehouses.files import Files
from audience_sync.sources.warehouses.iceberg import Iceberg
from audience_sync.sources.warehouses.postgres import Postgres
from audience_sync.sources.warehouses.protocol import Kind
from audience_sync.sources.warehouses.snowflake import Snowflake
from audience_sync.sources.warehouses.spark import Spark

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (Postgres(), ClickHouse(), Spark(), Databricks(), Snowflake(), BigQuery(), Files(), Delta(), Iceberg())
}


def kind_of(name: str) -> Kind:
    """The kind, or NotFound naming those there are."""
    if name not in KINDS:
        raise NotFound(f"There is no kind of warehouse {name!r}.", f"Kinds: {', '.join(KINDS)}.")
    return KINDS[name]
