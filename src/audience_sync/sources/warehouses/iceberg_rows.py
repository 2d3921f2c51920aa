"""The rows of an Iceberg table's snapshot as Arrow, a few at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from audience_sync.sources.warehouses.drivers import driver
from audience_sync.sources.warehouses.engine import Shown
from audience_sync.sources.warehouses.iceberg_files import TableFiles

BATCH_ROWS = 20_000
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows of one snapshot, from the first one each time that DuckDB asks for them.

    `scan` is pyiceberg's, and so are the `tasks`: a data file each, and the files that say which of its rows are gone.
    Its own reader would hold a whole file, or all of them, when DuckDB is slower than the disk. So the files are read
    here, and pyiceberg says what their columns have become since (names, types, what was added).
    """

    scan: Any
    tasks: tuple[Any, ...]
    files: TableFiles

    def shown(self) -> Shown:
        """What a session may be told; rows only when none is deleted, for one may be deleted twice."""
        files = [self.files.true(task.file.file_path) for task in self.tasks]
        whole = not any(task.delete_files for task in self.tasks)
        rows = sum(task.file.record_count for task in self.tasks) if whole else None
        return Shown(files, f"Iceberg, format {self.scan.table_metadata.format_version}: ", rows)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        schema = iceberg("io.pyarrow").schema_to_pyarrow(self.scan.projection(), include_field_ids=False)
        batches = (batch.cast(schema) for batch in self._batches())
        reader: Any = pa.RecordBatchReader.from_batches(schema, batches)
        stream: object = reader.__arrow_c_stream__(requested_schema)
        return stream

    def _batches(self) -> Iterator[pa.RecordBatch]:
        deleted = iceberg("io.pyarrow")._read_all_delete_files(self.files, self.tasks)
        for task in self.tasks:
            chunks = deleted.get(task.file.file_path, [])
            yield from self._read(
                task.file, np.unique(np.concatenate([np.empty(0, np.int64), *map(np.asarray, chunks)]))
            )

    def _read(self, file: Any, deleted: Positions) -> Iterator[pa.RecordBatch]:
        """The rows of one data file, in the table's columns of now."""
        arrow, wanted, metadata = iceberg("io.pyarrow"), self.scan.projection(), self.scan.table_metadata
        # Until the third format times have microseconds, though a file's may be finer.
        short = metadata.format_version <= 2
        with self.files.new_input(file.file_path).open() as opened:
            parquet = pq.ParquetFile(opened)
            own = arrow.pyarrow_to_schema(
                parquet.schema_arrow,
                metadata.name_mapping(),
                downcast_ns_timestamp_to_us=short,
                format_version=metadata.format_version,
            )
            spec = metadata.specs().get(file.spec_id)
            given = arrow._get_column_projection_values(file, wanted, metadata.schema(), spec, own.field_ids)
            ids = {field.field_id for field in wanted.fields}
            read = iceberg("schema").Schema(*(field for field in own.fields if field.field_id in ids))
            batches = parquet.iter_batches(BATCH_ROWS, columns=[field.name for field in read.fields])
            for batch in _without(deleted, batches):
                yield arrow._to_requested_schema(
                    wanted,
                    read,
                    batch,
                    downcast_ns_timestamp_to_us=short,
                    projected_missing_fields=given,
                    allow_timestamp_tz_mismatch=True,
                )


def iceberg(module: str) -> Any:
    """That module of pyiceberg; Unreadable with the command that installs it."""
    return driver(f"pyiceberg.{module}", extra="iceberg", title="Iceberg")


def _without(deleted: Positions, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches of a file without the rows at these places of it, which are in order."""
    start = 0
    for batch in batches:
        first, last = np.searchsorted(deleted, [start, start + batch.num_rows])
        kept = np.ones(batch.num_rows, dtype=bool)
        kept[deleted[first:last] - start] = False
        start += batch.num_rows
        yield batch.filter(pa.array(kept)) if first < last else batch
