"""A store that lives in a bucket: each host's folder is a mirror, files are fetched once, the pointer is a database's.

    owner                  whose objects these are
    snapshots/<id>.json    each snapshot's manifest
    files/<name>.parquet   what manifests point to; never changed
    lists/<id>.parquet     fixed lists

A writer stores its files, then the manifest, and then moves the pointer. What a writer that died had stored is named
by nothing, and swept later.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from audience_sync.errors import Conflict, SourceError
from audience_sync.sources.builtin.bucket import Bucket, Stored
from audience_sync.sources.builtin.folder import GRACE_SECONDS, Folder, Manifest
from audience_sync.sources.builtin.lease import Lease, holder_of

SWEEP_SECONDS = 600.0
"""The bucket is looked through for what nobody needs not more often than this."""
TRIES = 3
"""So often a file is fetched that does not come as it was stored."""


class Mirror:
    """The home of a store whose objects are in a bucket, and whose newest manifest is a row in a database."""

    def __init__(self, bucket: Bucket, lease: Lease, *, sweep_seconds: float = SWEEP_SECONDS) -> None:
        self._bucket, self._lease, self._pointer = bucket, lease, lease.pointer
        self._sweep_seconds = sweep_seconds
        self._swept_at = float("-inf")
        # The folder's lock lets one writer in at a time, so there is one fence.
        self._fence: int | None = None

    def newest(self) -> str:
        text = self._pointer.read()
        if not text:
            self._require_ours()
        return text

    def snapshot(self, name: str) -> str:
        newest = self._pointer.read()
        if newest and Manifest.from_text(newest).snapshot == name:
            return newest
        return self._bucket.text(f"snapshots/{name}.json") if name != "0" else ""

    def bring(self, folder: Folder, manifest: Manifest) -> None:
        missing = _missing(folder, manifest)
        if not missing and self._is_shown(folder, manifest):
            return
        folder.prepare()
        with _alone(folder):
            for name in _missing(folder, manifest):
                self._fetch(folder, name, manifest.marks.get(name, ""))
            self._show(folder, manifest)

    @contextmanager
    def leased(self, folder: Folder) -> Iterator[None]:
        with self._lease.held(holder_of(folder.root)) as fence:
            self._fence = fence
            try:
                self._claim(folder)
                folder.at_hand()
                yield
            finally:
                self._fence = None

    def publish(self, folder: Folder, manifest: Manifest) -> Manifest:
        known = {name: manifest.marks[name] for name in manifest.files if name in manifest.marks}
        made = {
            name: self._bucket.put(folder.files / name, f"files/{name}") for name in manifest.files.difference(known)
        }
        published = replace(manifest, marks=known | made)
        text = published.to_text()
        self._bucket.put_text(f"snapshots/{manifest.snapshot}.json", text)
        if self._fence is None or not self._pointer.move(self._fence, text):
            raise Conflict(
                "Another host took over writing profiles, because this one gave no sign of life for too long.",
                "Nothing was changed. Do it again.",
                code="WRITER_LOST",
            )
        return published

    def sweep(self, folder: Folder, superseded_before: float) -> None:
        if self._fence is None or time.monotonic() - self._swept_at < self._sweep_seconds:
            return
        kept = self._sweep_snapshots(folder, superseded_before)
        for file in self._bucket.all("files"):
            if Path(file.name).name not in kept and file.changed_seconds < superseded_before:
                self._bucket.delete(file.name)
        self._sweep_lists(folder)
        self._swept_at = time.monotonic()

    def save_list(self, file: Path, name: str) -> None:
        self._bucket.put(file, f"lists/{name}")
        stored = self._bucket.info(f"lists/{name}")
        if stored:
            _dated(file, stored)

    def bring_list(self, folder: Folder, name: str) -> None:
        stored, here = self._bucket.info(f"lists/{name}"), folder.lists / name
        if stored is None:
            # A list from before the store moved here is this folder's alone until the next write.
            if self._pointer.read():
                here.unlink(missing_ok=True)
        elif not here.exists() or _date(here) != (stored.size, int(stored.changed_seconds * 1000)):
            folder.prepare()
            half_made = _half_made(folder)
            self._bucket.get(f"lists/{name}", half_made)
            _dated(half_made, stored)
            half_made.replace(here)

    def remove_list(self, name: str) -> None:
        self._bucket.delete(f"lists/{name}")

    def _require_ours(self) -> str:
        """Whose the objects in the bucket are; SourceError when they are another installation's."""
        owner = self._bucket.text("owner")
        if not owner:
            self._bucket.require()
        if owner and owner != self._pointer.owner():
            raise SourceError(
                "The bucket of the profiles holds those of another installation, or this database is not the one that "
                "belongs to it.",
                "Choose another prefix. If that database is lost, delete the object `owner` in the bucket: the newest "
                "snapshot there is taken then.",
                code="BUCKET_TAKEN",
            )
        return owner

    def _claim(self, folder: Folder) -> None:
        """The bucket is ours. What it had, or else what the folder had, is the newest snapshot where there was none."""
        if self._require_ours():
            return
        snapshots = sorted(self._bucket.all("snapshots"), key=_order)
        if not self._pointer.read() and (snapshots or folder.here()):
            found = Manifest.from_text(self._bucket.text(snapshots[-1].name) if snapshots else folder.here())
            for file in () if snapshots else folder.lists.glob("*.parquet"):
                self.save_list(file, file.name)
            self.publish(folder, found if snapshots else replace(found, marks={}))
        self._bucket.put_text("owner", self._pointer.owner())

    def _fetch(self, folder: Folder, name: str, mark: str) -> None:
        for _ in range(TRIES):
            half_made = _half_made(folder)
            try:
                if self._bucket.get(f"files/{name}", half_made) == mark or not mark:
                    half_made.replace(folder.files / name)
                    return
            except FileNotFoundError:
                raise SourceError(
                    "A file of this snapshot is no longer in the bucket of the profiles.",
                    "If the snapshot is an old one, do again what needed it. Else restore the bucket from its backup.",
                    code="BUCKET_INCOMPLETE",
                ) from None
            finally:
                half_made.unlink(missing_ok=True)
        raise SourceError(
            f"A file of the profiles came from the bucket damaged, {TRIES} times.",
            "Restore the object from the bucket's backup, or import the profiles again.",
            code="BUCKET_DAMAGED",
            details={"file": name},
        )

    def _show(self, folder: Folder, manifest: Manifest) -> None:
        """The folder has the snapshot, as its newest one if it is that; what it superseded here goes in time."""
        if manifest.snapshot == "0":
            return
        if not _says(self._pointer.read(), manifest):
            folder.keep(manifest)
        elif not _says(folder.here(), manifest):
            self._require_mirror(folder)
            folder.swap(manifest)
            replace(folder, home=None).sweep(time.time() - GRACE_SECONDS)

    def _is_shown(self, folder: Folder, manifest: Manifest) -> bool:
        """Whether whoever opens the folder alone finds the snapshot, as the newest one if it is that."""
        if manifest.snapshot == "0" or _says(folder.here(), manifest):
            return True
        return _says(folder.here(manifest.snapshot), manifest) and not _says(self._pointer.read(), manifest)

    def _require_mirror(self, folder: Folder) -> None:
        """What the folder has came from the bucket or is in it; else it would be lost in a day."""
        text = folder.here()
        here = Manifest.from_text(text) if text else Manifest()
        if here.files and not here.marks and not self._bucket.info(f"snapshots/{here.snapshot}.json"):
            raise SourceError(
                "This host's folder has profiles of its own, and the bucket has others.",
                "Move the folder `profiles` in the data folder away, or choose another prefix for it.",
                code="FOLDER_IS_NO_MIRROR",
            )

    def _sweep_snapshots(self, folder: Folder, superseded_before: float) -> set[str]:
        """The files that the rest of them name. A snapshot is superseded when the one after it is stored."""
        newest = Manifest.from_text(self._pointer.read() or Manifest().to_text())
        stored = sorted(self._bucket.all("snapshots"), key=_order)
        kept = set(newest.files)
        for each, after in zip(stored, [*stored[1:], *stored[-1:]], strict=True):
            name = Path(each.name).stem
            if name != newest.snapshot and after.changed_seconds < superseded_before:
                self._bucket.delete(each.name)
            elif text := folder.here(name) or self._bucket.text(each.name):
                kept |= Manifest.from_text(text).files
        return kept

    def _sweep_lists(self, folder: Folder) -> None:
        """Lists that were removed by another host are gone from here too."""
        known = {Path(each.name).name for each in self._bucket.all("lists")}
        for file in folder.lists.glob("*.parquet"):
            if file.name not in known:
                file.unlink(missing_ok=True)


def _missing(folder: Folder, manifest: Manifest) -> list[str]:
    """Files that are not in the folder, or not in their full size."""
    return sorted(name for name in manifest.files if not _fits(folder.files / name, manifest.marks.get(name, "")))


def _fits(file: Path, mark: str) -> bool:
    try:
        size = file.stat().st_size
        return not mark or size == int(mark.partition(" ")[0])
    except FileNotFoundError:
        return False


def _says(text: str, manifest: Manifest) -> bool:
    # Not by the letter: another release may write other letters for the same.
    return bool(text) and Manifest.from_text(text) == manifest


def _half_made(folder: Folder) -> Path:
    file = folder.work / f"fetch-{uuid4().hex}"
    file.touch(mode=0o600)
    return file


@contextmanager
def _alone(folder: Folder) -> Iterator[None]:
    """No other process of this host fetches the same files."""
    lock = folder.root / "fetching"
    lock.touch(mode=0o600)
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _order(stored: Stored) -> tuple[int, float]:
    return int(Path(stored.name).name.partition("-")[0]), stored.changed_seconds


def _dated(file: Path, stored: Stored) -> None:
    """The file bears the time of its object, by which a newer one is told from it."""
    moment = int(stored.changed_seconds * 1000) * 1_000_000
    os.utime(file, ns=(moment, moment))


def _date(file: Path) -> tuple[int, int]:
    known = file.stat()
    return known.st_size, known.st_mtime_ns // 1_000_000
