"""A snapshot in two parts: who came in or changed lately, and everybody who was written down before them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from audience_sync.sources.builtin.duck import parquet
from audience_sync.sources.builtin.folder import Folder, Manifest


def latest(manifest: Manifest) -> Manifest:
    """The snapshot as if it had nobody but those who came in or changed since its file of profiles was written."""
    return replace(manifest, profiles=manifest.delta, delta="")


def parts(folder: Folder, manifest: Manifest, ids: Path) -> Iterator[tuple[Manifest, str]]:
    """Snapshots of a part each, and beside it a table expression of those rows of the file `ids` that may be there.

    The latest come first: where nobody else is asked for, nothing that is as large as the store is read.
    """
    if not manifest.delta:
        yield manifest, parquet(ids)
        return
    yield latest(manifest), parquet(ids)
    known = parquet(folder.files / manifest.delta)
    yield (
        replace(manifest, delta=""),
        f"(SELECT i.* FROM {parquet(ids)} i ANTI JOIN {known} d ON d.profile_id = i.profile_id)",
    )
