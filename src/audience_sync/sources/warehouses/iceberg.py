"""An Iceberg table in the folder that the installation allows, without a catalog: its newest snapshot."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from audience_sync.errors import AudienceSyncError, Unreadable
from audience_sync.sources.warehouses.engine import TABLE, InTheFolder, allowed_folder, inside, shut
from audience_sync.sources.warehouses.iceberg_files import TableFiles, bare
from audience_sync.sources.warehouses.iceberg_newest import newest
from audience_sync.sources.warehouses.iceberg_rows import Snapshot, iceberg
from audience_sync.sources.warehouses.protocol import Access, Session

EQUALITY = "equality deletes"
PARQUET = "PARQUET"


class Iceberg(InTheFolder):
    """The kind `iceberg`: the table's folder, or one of its metadata files."""

    name = "iceberg"
    title = "Iceberg"
    example = "lake/customers"

    @contextmanager
    def connect(self, access: Access) -> Iterator[Session]:
        """A session over the table as it is now."""
        folder, shown = allowed_folder(access), self.shown(access.address)
        (place,) = inside(folder, [folder / shown])
        (metadata,) = inside(folder, [newest(place, shown)])
        home = metadata.parent.parent if metadata.parent.name == "metadata" else metadata.parent
        files = TableFiles(folder, home, time.monotonic() + access.seconds, access.seconds)
        snapshot = _snapshot(metadata, files, shown)
        with shut(access, snapshot.shown(), lambda duck: duck.register(TABLE, snapshot)) as session:
            yield session


def _snapshot(metadata: Path, files: TableFiles, shown: str) -> Snapshot:
    """The newest snapshot, whose files all lie in the folder; Unreadable with the way out."""
    try:
        found = iceberg("serializers").FromInputFile.table_metadata(files.new_input(str(metadata)))
        files = replace(files, location=bare(found.location))
        # Not through `StaticTable.from_metadata`: it lets a table's own properties name a class that reads its files.
        scan = iceberg("table").DataScan(found, files)
        tasks = tuple(scan.plan_files())
    except AudienceSyncError:
        raise
    except Exception as problem:  # Its errors have no common kind of their own, and quote what they read.
        raise _unreadable(shown, str(problem)) from None
    for each in (each for task in tasks for each in (task.file, *task.delete_files)):
        files.true(each.file_path)
    if any(task.file.file_format != PARQUET for task in tasks):
        raise Unreadable(
            f"{shown} has data files that are no Parquet.",
            "Read it by the kind spark.",
            code="WAREHOUSE_FILES",
        )
    return Snapshot(scan, tasks, replace(files, until=math.inf))


def _unreadable(shown: str, said: str) -> Unreadable:
    if EQUALITY in said:
        return Unreadable(
            f"{shown} has equality deletes, which cannot be applied here.",
            "Compact it (rewrite_data_files in Spark, with delete-file-threshold 1), or read it by the kind spark.",
            code="WAREHOUSE_FILES",
        )
    return Unreadable(
        f"{shown} is no Iceberg table that can be read.",
        "Check that its folder is whole, and its metadata file not broken.",
        code="WAREHOUSE_FILES",
    )
