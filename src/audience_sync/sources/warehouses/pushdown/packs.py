"""The dialects. Those of PostgreSQL, DuckDB, ClickHouse and Spark are run by the tests, the others are written down."""

import pyarrow as pa

from audience_sync.sources.warehouses.pushdown.pack import Pack, doubled, escaped, is_moment, is_nested

LISTING = "SELECT table_name FROM information_schema.tables WHERE table_schema = {1}"
STRINGS = "CASE WHEN count(*) = 1 THEN min({0}) ELSE md5(string_agg({0}, '' ORDER BY {0})) END"
COLLECTED = "CASE WHEN count(*) = 1 THEN min({0}) ELSE md5(array_join(array_sort(collect_list({0})), '')) END"


def _postgres_text(column: str, kind: pa.DataType) -> str:
    # Another collation might take two texts for the same.
    return f'({column})::text COLLATE "C"'


def _duckdb_text(column: str, kind: pa.DataType) -> str:
    if is_nested(kind):
        return f"CAST(to_json({column}) AS VARCHAR)"
    return f"CAST(epoch_us({column}) AS VARCHAR)" if is_moment(kind) else f"CAST({column} AS VARCHAR)"


def _clickhouse_text(column: str, kind: pa.DataType) -> str:
    return f"toString({column}, 'UTC')" if is_moment(kind) else f"toString({column})"


def _spark_text(column: str, kind: pa.DataType) -> str:
    if is_nested(kind):
        return f"to_json({column}, map('ignoreNullFields', 'false'))"
    return f"CAST(unix_micros({column}) AS STRING)" if is_moment(kind) else f"CAST({column} AS STRING)"


def _snowflake_text(column: str, kind: pa.DataType) -> str:
    if is_nested(kind):
        return f"TO_JSON(TO_VARIANT({column}))"
    if pa.types.is_floating(kind):
        return f"TO_VARCHAR({column}, 'TME')"
    if pa.types.is_timestamp(kind):
        return f"TO_VARCHAR({column}, 'YYYY-MM-DD\"T\"HH24:MI:SS.FF9{'TZHTZM' if is_moment(kind) else ''}')"
    if pa.types.is_time(kind):
        return f"TO_VARCHAR({column}, 'HH24:MI:SS.FF9')"
    return f"TO_VARCHAR({column}, 'YYYY-MM-DD')" if pa.types.is_date(kind) else f"TO_VARCHAR({column})"


def _bigquery_text(column: str, kind: pa.DataType) -> str:
    # Both write NULL as a word.
    text = f"TO_JSON_STRING({column})" if is_nested(kind) else f"FORMAT('%t', {column})"
    return f"IF({column} IS NULL, NULL, {text})"


POSTGRES = Pack(
    name="postgres",
    text=_postgres_text,
    quote=doubled('"'),
    literal=doubled("'"),
    md5="md5({})",
    length="length({})::text",
    together=STRINGS,
    text_type='text COLLATE "C"',
    count_type="bigint",
    anti="",
    tables="SELECT tablename::text FROM pg_catalog.pg_tables WHERE schemaname = {1}",
    scratch="pg_temp",
    scratch_create="CREATE TEMPORARY TABLE",
    settings="SELECT concat_ws('/', current_setting('TimeZone'), current_setting('DateStyle'), "
    "current_setting('IntervalStyle'), current_setting('extra_float_digits'), current_setting('lc_monetary'))",
    steady=True,
)
DUCKDB = Pack(
    name="duckdb",
    text=_duckdb_text,
    quote=doubled('"'),
    literal=doubled("'"),
    md5="md5({})",
    length="CAST(length({}) AS VARCHAR)",
    together=STRINGS,
    text_type="VARCHAR",
    count_type="BIGINT",
    anti="ANTI JOIN",
    tables=LISTING,
)
CLICKHOUSE = Pack(
    name="clickhouse",
    text=_clickhouse_text,
    quote=escaped("`"),
    literal=escaped("'"),
    md5="lower(hex(MD5({})))",
    length="toString(length({}))",
    together="if(count() = 1, min({0}), lower(hex(MD5(arrayStringConcat(arraySort(groupArray({0})), '')))))",
    text_type="String",
    count_type="Int64",
    anti="LEFT ANTI JOIN",
    tables="SELECT name FROM system.tables WHERE database = {1}",
    kept=" ENGINE = MergeTree ORDER BY tuple()",
)
SPARK = Pack(
    name="spark",
    text=_spark_text,
    quote=doubled("`"),
    literal=escaped("'"),
    md5="md5({})",
    length="CAST(length({}) AS STRING)",
    together=COLLECTED,
    text_type="STRING",
    count_type="BIGINT",
    anti="LEFT ANTI JOIN",
    tables="SHOW TABLES IN {0}",
)
SNOWFLAKE = Pack(
    name="snowflake",
    text=_snowflake_text,
    quote=doubled('"'),
    literal=escaped("'"),
    md5="MD5({})",
    length="TO_VARCHAR(LENGTH({}))",
    together="CASE WHEN COUNT(*) = 1 THEN MIN({0}) ELSE MD5(LISTAGG({0}, '') WITHIN GROUP (ORDER BY {0})) END",
    text_type="VARCHAR",
    count_type="BIGINT",
    anti="",
    tables="SHOW TABLES IN SCHEMA {0}",
)
BIGQUERY = Pack(
    name="bigquery",
    text=_bigquery_text,
    quote=escaped("`"),
    literal=escaped("'"),
    md5="TO_HEX(MD5({}))",
    length="CAST(LENGTH({}) AS STRING)",
    together="IF(COUNT(*) = 1, MIN({0}), TO_HEX(MD5(STRING_AGG({0}, '' ORDER BY {0}))))",
    text_type="STRING",
    count_type="INT64",
    anti="",
    tables="SELECT table_name FROM {0}.INFORMATION_SCHEMA.TABLES",
)
PACKS = {
    "postgres": POSTGRES,
    "duckdb": DUCKDB,
    "clickhouse": CLICKHOUSE,
    "spark": SPARK,
    "databricks": SPARK,
    "snowflake": SNOWFLAKE,
    "bigquery": BIGQUERY,
}
