"""The built-in store's folder with its home: the bucket of the settings, and the database's pointer into it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audience_sync.sources.builtin.bucket import name_of, open_bucket
from audience_sync.sources.builtin.folder import Folder
from audience_sync.sources.builtin.lease import Lease
from audience_sync.sources.builtin.mirror import Mirror
from audience_sync.store.pointer import DatabasePointer


@contextmanager
def mirrored(root: Path, bucket: str, database_url: str) -> Iterator[Folder]:
    """The folder, as a mirror of the bucket of that address where there is one; SetupError when it is no address."""
    if not bucket:
        yield Folder(root)
        return
    opened = open_bucket(bucket)
    pointer = DatabasePointer(database_url, name_of(bucket))
    try:
        yield Folder(root, Mirror(opened, Lease(pointer)))
    finally:
        pointer.close()
