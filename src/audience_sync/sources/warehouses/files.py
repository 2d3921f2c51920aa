"""Parquet, CSV and JSON files in the folder that the installation allows, as one table."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audience_sync.errors import Invalid, Unreadable
from audience_sync.sources.builtin.duck import literal
from audience_sync.sources.warehouses.engine import TABLE, InTheFolder, Shown, allowed_folder, inside, shut
from audience_sync.sources.warehouses.protocol import Access, Session

MOST_FILES = 10_000
READERS = {
    (".parquet", ".pq"): "read_parquet({}, union_by_name = true)",
    # Texts stay as they are written: a postal code keeps its zeros.
    (".csv", ".tsv", ".csv.gz", ".tsv.gz"): "read_csv({}, union_by_name = true, all_varchar = true, header = true)",
    (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz"): "read_json({}, union_by_name = true)",
}


class Files(InTheFolder):
    """The kind `files`: a pattern such as `customers/*.parquet`."""

    name = "files"
    title = "Files"
    example = "customers/*.parquet"

    @contextmanager
    def connect(self, access: Access) -> Iterator[Session]:
        """A session over the files that fit the pattern now."""
        folder = allowed_folder(access)
        found = sorted(file for file in folder.glob(self.shown(access.address)) if file.is_file())
        if not found or len(found) > MOST_FILES:
            raise Unreadable(
                f"{len(found)} files fit {access.address.strip()}.",
                f"1 to {MOST_FILES:,} may: check the pattern and the folder.",
                code="WAREHOUSE_FILES",
            )
        files = inside(folder, found)
        source = _reader(found).format(f"[{', '.join(map(literal, files))}]")
        with shut(
            access, Shown(files), lambda duck: duck.execute(f"CREATE VIEW {TABLE} AS SELECT * FROM {source}")
        ) as session:
            yield session


def _reader(files: list[Path]) -> str:
    readers = {_reader_of(file.name.lower()) for file in files}
    if len(readers) != 1 or None in readers:
        raise Invalid("The files are not all of one form.", "Give Parquet, CSV or JSON files, told by their endings.")
    return str(readers.pop())


def _reader_of(name: str) -> str | None:
    return next((reader for endings, reader in READERS.items() if name.endswith(endings)), None)
