"""The kinds of warehouses that can compare within themselves."""

from audience_sync.errors import Invalid
from audience_sync.sources.warehouses.databricks import Databricks
from audience_sync.sources.warehouses.pushdown.adbc import BigQueryComparer, SnowflakeComparer
from audience_sync.sources.warehouses.pushdown.clickhouse import ClickHouseComparer
from audience_sync.sources.warehouses.pushdown.postgres import PostgresComparer
from audience_sync.sources.warehouses.pushdown.protocol import Comparer
from audience_sync.sources.warehouses.pushdown.spark import SparkComparer
from audience_sync.sources.warehouses.spark import Spark

COMPARERS: dict[str, Comparer] = {
    "postgres": PostgresComparer(),
    "clickhouse": ClickHouseComparer(),
    "snowflake": SnowflakeComparer(),
    "bigquery": BigQueryComparer(),
    "spark": SparkComparer(Spark()),
    "databricks": SparkComparer(Databricks()),
}


def comparer_of(kind: str) -> Comparer:
    """How that kind compares; Invalid when it cannot."""
    if kind not in COMPARERS:
        raise Invalid(
            f"A warehouse of the kind {kind!r} cannot keep a state.",
            f"Leave the state's schema out. Kinds that can: {', '.join(COMPARERS)}.",
        )
    return COMPARERS[kind]
