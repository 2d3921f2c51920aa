"""Iceberg tables in a folder, as another program writes them: by a catalog of its own; and what we read of them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat, ManifestContent, ManifestWriterV2
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.table import Table
from pyiceberg.typedef import Record

from audience_sync.sources.warehouses.protocol import Access
from audience_sync.sources.warehouses.registry import kind_of

PEOPLE = pa.table(
    {
        "id": pa.array([1, 2, 3], pa.int64()),
        "email": ["ann@example.com", None, "cem@example.com"],
        "phones": [["+14155550001", "+14155550002"], [], None],
        "visits": pa.array([1, 2, 3], pa.int32()),
    }
)


@contextmanager
def written(lake: Path, rows: pa.Table, name: str = "customers", **properties: str) -> Iterator[Table]:
    """The table in `lake/<name>`, which more can be done to; its catalog lies beside the lake, where we never look."""
    catalog = SqlCatalog("theirs", uri=f"sqlite:///{lake.parent}/catalog-{name}.db", warehouse=f"file://{lake}")
    try:
        catalog.create_namespace("shop")
        table = catalog.create_table(
            f"shop.{name}", rows.schema, location=f"file://{lake}/{name}", properties=properties
        )
        table.append(rows)
        yield table
    finally:
        catalog.close()


def metadata_of(table: Table) -> Path:
    """Its newest metadata file."""
    return Path(table.metadata_location.removeprefix("file://"))


class Deletes(ManifestWriterV2):
    """Writes what pyiceberg reads but does not write: a list of files that say which rows are gone."""

    def content(self) -> ManifestContent:
        return ManifestContent.DELETES

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}


def delete_positions(table: Table, positions: list[int], folder: Path | None = None) -> None:
    """The rows at these places of the only data file are deleted, and the file stays as it is (merge-on-read).

    What says so lies in the folder, or beside the data.
    """
    (file,) = (task.file.file_path for task in table.scan().plan_files())
    fields = [_field("file_path", pa.string(), 2147483546), _field("pos", pa.int64(), 2147483545)]
    gone = pa.table([pa.array([file] * len(positions)), pa.array(positions)], schema=pa.schema(fields))
    _delete(table, gone, folder, content=DataFileContent.POSITION_DELETES)


def delete_equal(table: Table, ids: list[int]) -> None:
    """The rows with these ids are deleted, wherever they are, as Flink does it."""
    gone = pa.table([pa.array(ids)], schema=pa.schema([_field("id", pa.int64(), 1)]))
    _delete(table, gone, None, content=DataFileContent.EQUALITY_DELETES, equality_ids=[1])


def _field(name: str, kind: pa.DataType, number: int) -> "pa.Field[Any]":
    return pa.field(name, kind, nullable=False, metadata={"PARQUET:field_id": str(number)})


def _delete(table: Table, gone: pa.Table, folder: Path | None, **more: Any) -> None:
    file = (folder or metadata_of(table).parent.parent / "data") / "deletes.parquet"
    pq.write_table(gone, file)
    entry = DataFile.from_args(
        file_path=f"file://{file}",
        file_format=FileFormat.PARQUET,
        partition=Record(),
        record_count=gone.num_rows,
        file_size_in_bytes=file.stat().st_size,
        _table_format_version=2,
        **more,
    )
    entry.spec_id = 0
    with table.transaction() as changes:
        append = changes.update_snapshot().fast_append()

        def writer(spec: PartitionSpec) -> Deletes:
            return Deletes(spec, table.schema(), append.new_manifest_output(), append.snapshot_id, "deflate")

        append.new_manifest_writer = writer  # type: ignore[method-assign] # There is no other way to write one.
        with append:
            append.append_data_file(entry)


def access(lake: Path, address: str = "customers") -> Access:
    return Access(address, 20.0, lake.parent / "work", lake)


def rows(lake: Path, sql: str = "SELECT * FROM files ORDER BY id", address: str = "customers") -> list[dict[str, Any]]:
    with kind_of("iceberg").connect(access(lake, address)) as session:
        found = session.stream(sql)
        return pa.Table.from_batches(list(found.batches), found.schema).to_pylist()


def ids(lake: Path, address: str = "customers") -> list[int]:
    return [row["id"] for row in rows(lake, address=address)]


def rewrite(table: Table, **changes: Any) -> None:
    """Its metadata file says something else."""
    file = metadata_of(table)
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
