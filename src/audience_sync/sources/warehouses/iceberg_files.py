"""The files that an Iceberg table names: those in the allowed folder are opened, and nothing else is."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Never

import pyarrow as pa

from audience_sync.errors import Unreadable
from audience_sync.sources.warehouses.protocol import TookTooLong


@dataclass(frozen=True, slots=True)
class TableFiles:
    """What pyiceberg calls a FileIO, without its ways to other file systems.

    A table says of its files where they lay when it was written. What it says of its own `location` is looked for in
    `place`, where it lies now; whatever is then not in the folder is refused.
    """

    folder: Path
    place: Path
    until: float
    """In time.monotonic()'s seconds; TookTooLong after it."""
    seconds: float
    location: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)

    def true(self, named: str) -> Path:
        """Where that file is, by its true name; Unreadable when that is not in the folder."""
        path = _local(named)
        if self.location and path.startswith(f"{self.location}/"):
            path = f"{self.place}{path[len(self.location) :]}"
        if path.startswith("/") and "\0" not in path and (found := Path(path).resolve()).is_relative_to(self.folder):
            return found
        raise _elsewhere(named)

    def new_input(self, location: str) -> "TableFile":
        """The file, to be read."""
        if time.monotonic() > self.until:
            raise TookTooLong(self.seconds)
        return TableFile(location, self.true(location))

    def new_output(self, location: str) -> Never:
        """Nothing is written."""
        raise PermissionError(location)

    def delete(self, location: object) -> Never:
        """Nothing is deleted."""
        raise PermissionError(location)


@dataclass(frozen=True, slots=True)
class TableFile:
    """What pyiceberg calls an InputFile."""

    location: str
    path: Path

    def __len__(self) -> int:
        return self.path.stat().st_size

    def exists(self) -> bool:
        return self.path.is_file()

    def open(self, *, seekable: bool = True) -> pa.NativeFile:
        """Its bytes, read without Python's lock being held."""
        return pa.OSFile(str(self.path), "rb")


def bare(location: str) -> str:
    """A table's location as the names of its files begin."""
    return _local(location).rstrip("/")


def _local(named: str) -> str:
    """Without `file:` and its two or no slashes, as Java and Python write it."""
    path = named.removeprefix("file:") if named.startswith("file:/") else named
    return f"/{path.lstrip('/')}" if path.startswith("///") else path


def _elsewhere(named: str) -> Unreadable:
    scheme = named.partition("://")[0] if "://" in named else "another folder"
    return Unreadable(
        f"The table names files that lie elsewhere: in {scheme[:20]}.",
        "Put the whole table in one folder as it was written (metadata and data under its location), or have Spark "
        "write its paths anew (rewrite_table_path), or read it by the kind spark.",
        code="WAREHOUSE_FILES",
    )
