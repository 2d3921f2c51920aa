"""The folder of the store: immutable files, and one manifest that says which of them are the newest snapshot.

    manifest.json          the newest snapshot; swapped by os.replace, so a reader sees the old one or the new one
    snapshots/<id>.json    each snapshot's manifest, kept for a grace period after it was superseded
    files/<name>.parquet   what manifests point to; never changed, deleted when no kept manifest names it
    lists/<id>.parquet     fixed lists
    work/                  half-made files and spilled memory

Writers take a lock; readers take none. Where the store has a home beyond this host, such as a bucket, the folder is a
mirror of it: `manifest.json` is then the newest snapshot whose files are all here.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Protocol
from uuid import uuid4

from audience_sync.errors import SourceError
from audience_sync.sources.builtin.traits import COMPUTED, COMPUTED_DEFAULTS, COMPUTED_TYPES

GRACE_SECONDS = 24 * 3600.0
"""How long a superseded snapshot can still be read: longer than any run needs it."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a warehouse is known to hold in the snapshot that says so, and the store's files as they were just then."""

    state: str
    """The table in the warehouse that has every profile's fingerprint."""
    tag: str
    """Names the SQL, its columns, their meaning and how fingerprints are made."""
    form: dict[str, str]
    """Column -> the type that its values had; a column without values is not in it."""
    types: dict[str, str]
    """Column -> its type in the store."""
    again: str = ""
    """The file of whom to ask about again, whether or not they change: marks, MD5 of ids."""
    profiles: str = ""
    delta: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One snapshot. File names are relative to `files/`; `` means that there is no such file yet."""

    snapshot: str = "0"
    number: int = 0
    profiles: str = ""
    profile_rows: int = 0
    delta: str = ""
    """Profiles that were made or changed after the file of profiles was written: whole rows, which count instead."""
    delta_rows: int = 0
    fp_tag: str = ""
    """How the fingerprints in the file of profiles were made; `` means that it has none."""
    columns: dict[str, str] = field(default_factory=dict)
    """Columns beyond the identifiers: `attribute:plan` -> `text`, `consent:ads` -> `boolean`."""
    events: tuple[str, ...] = ()
    event_rows: int = 0
    properties: dict[str, dict[str, str]] = field(default_factory=dict)
    """Event name -> property -> type."""
    computed: str = ""
    expressions: dict[str, str] = field(default_factory=lambda: dict(COMPUTED))
    """Computed trait -> aggregate over the profile's events."""
    computed_types: dict[str, str] = field(default_factory=lambda: dict(COMPUTED_TYPES))
    defaults: dict[str, float | str | bool | None] = field(default_factory=lambda: dict(COMPUTED_DEFAULTS))
    """Computed trait -> its value for a profile without events."""
    folded: str = ""
    """The last fold's name: the arrivals that bear it in the database are in this snapshot."""

    rosters: dict[str, str] = field(default_factory=dict)
    """Warehouse -> the file of the ids that it gave the last time."""
    given: dict[str, list[str]] = field(default_factory=dict)
    """Warehouse -> the columns that it gave the last time."""
    confirmed: dict[str, Confirmed] = field(default_factory=dict)
    """Warehouse -> what is known of it, when it compares within itself."""
    marks: dict[str, str] = field(default_factory=dict)
    """File -> its bytes and their SHA-256, where the store has a home to fetch it from."""

    @property
    def files(self) -> frozenset[str]:
        own = (self.profiles, self.delta, *self.events, self.computed, *self.rosters.values())
        known = (name for each in self.confirmed.values() for name in (each.again, each.profiles, each.delta))
        return frozenset(name for name in (*own, *known) if name)

    def next(self) -> "Manifest":
        """The same, as the snapshot that follows."""
        number = self.number + 1
        return replace(self, number=number, snapshot=f"{number:06d}-{uuid4().hex[:8]}")

    def to_text(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> "Manifest":
        found = json.loads(text)
        confirmed = {source: Confirmed(**each) for source, each in found.get("confirmed", {}).items()}
        return cls(**{**found, "events": tuple(found["events"]), "confirmed": confirmed})


class Home(Protocol):
    """Where a store lives that several hosts share; each has a folder that mirrors it."""

    def newest(self) -> str:
        """The text of the newest manifest, `` while there is none."""

    def snapshot(self, name: str) -> str:
        """The text of that snapshot's manifest, `` when it is gone."""

    def bring(self, folder: "Folder", manifest: Manifest) -> None:
        """The manifest's files are in the folder, as they were made."""

    def leased(self, folder: "Folder") -> AbstractContextManager[None]:
        """No other host writes while the context is open; if one had to take over, `publish` refuses."""

    def publish(self, folder: "Folder", manifest: Manifest) -> Manifest:
        """The manifest is the newest one for all hosts, with its marks; Conflict when another host took over."""

    def sweep(self, folder: "Folder", superseded_before: float) -> None:
        """What nobody can need any more is gone from the home."""

    def save_list(self, file: Path, name: str) -> None:
        """The list of that file name is that file."""

    def bring_list(self, folder: "Folder", name: str) -> None:
        """The list of that file name is in the folder as it is at home, or in neither."""

    def remove_list(self, name: str) -> None:
        """There is no such list."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Paths of a store, and the swap of its manifest. Without a home the folder is all there is."""

    root: Path
    home: Home | None = None

    @property
    def files(self) -> Path:
        return self.root / "files"

    @property
    def lists(self) -> Path:
        return self.root / "lists"

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def snapshots(self) -> Path:
        return self.root / "snapshots"

    def prepare(self) -> None:
        """The folders exist, closed to others."""
        for folder in (self.root, self.files, self.lists, self.work, self.snapshots):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def manifest(self, snapshot: str = "") -> Manifest:
        """The newest snapshot, or that one; SourceError when it is gone. Its files may not be here yet."""
        text = self.here(snapshot) if self.home is None or snapshot else self.home.newest()
        if not text and self.home:
            # Before the first write the home has nothing, and the folder what it had before it had a home.
            text = self.home.snapshot(snapshot) if snapshot else self.here()
        if text or snapshot in ("", "0"):
            return Manifest.from_text(text) if text else Manifest()
        raise SourceError(
            f"The snapshot {snapshot} of the profiles is no longer kept.", "Make a new plan and run that."
        )

    def at_hand(self, snapshot: str = "") -> Manifest:
        """The same, with its files in this folder."""
        found = self.manifest(snapshot)
        if self.home:
            self.home.bring(self, found)
        return found

    def here(self, snapshot: str = "") -> str:
        """The text of the newest manifest in this folder, or of that snapshot's; `` when it has none."""
        file = self.snapshots / f"{snapshot}.json" if snapshot else self.root / "manifest.json"
        try:
            return file.read_text("utf-8")
        except FileNotFoundError:
            return ""

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """A private folder for half-made files, while no other process writes; it is gone afterwards."""
        self.prepare()
        (self.root / "lock").touch(mode=0o600)
        with (self.root / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Whatever lies here was left by a writer that died: the lock says that nobody is writing.
            for leftover in self.work.glob("import-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            staging = Path(mkdtemp(dir=self.work, prefix="import-"))
            try:
                with self.home.leased(self) if self.home else nullcontext():
                    yield staging
            finally:
                shutil.rmtree(staging, ignore_errors=True)

    def adopt(self, half_made: Path, kind: str) -> str:
        """The finished file's name in `files/`; it belongs to nothing until a manifest names it."""
        name = f"{kind}-{uuid4().hex[:12]}.parquet"
        half_made.chmod(0o600)
        half_made.replace(self.files / name)
        return name

    def commit(self, manifest: Manifest, *, grace_seconds: float = GRACE_SECONDS) -> None:
        """`manifest` is the newest snapshot for everyone who asks from now on; what was superseded before is gone."""
        self.swap(self.home.publish(self, manifest) if self.home else manifest)
        self.sweep(time.time() - grace_seconds)

    def swap(self, manifest: Manifest) -> None:
        """`manifest` is the newest snapshot in this folder."""
        previous = self.snapshots / f"{self._newest_here().snapshot}.json"
        if previous.exists():
            os.utime(previous)  # Its time of change is from now on the time when it was superseded.
        self.keep(manifest)
        _write(self.root / "manifest.json", manifest.to_text())

    def keep(self, manifest: Manifest) -> None:
        """The snapshot can be read from this folder, whether or not it is the newest."""
        _write(self.snapshots / f"{manifest.snapshot}.json", manifest.to_text())

    def sweep(self, superseded_before: float) -> None:
        """Snapshots superseded before that time are gone, and the files that only they named."""
        if self.home:
            self.home.sweep(self, superseded_before)
        newest = self._newest_here()
        for file in self.snapshots.glob("*.json"):
            if file.stem != newest.snapshot and file.stat().st_mtime < superseded_before:
                file.unlink()
        kept = newest.files.union(*(_read(file).files for file in self.snapshots.glob("*.json")))
        for file in self.files.iterdir():
            if file.name not in kept and file.stat().st_mtime < superseded_before:
                file.unlink()
        for leftover in self.work.iterdir():  # Of readers that died; the living clean up after themselves.
            if not leftover.name.startswith("import-") and leftover.stat().st_mtime < superseded_before:
                shutil.rmtree(leftover, ignore_errors=True)

    def _newest_here(self) -> Manifest:
        text = self.here()
        return Manifest.from_text(text) if text else Manifest()


def folder_at(place: Path | Folder) -> Folder:
    """The store's folder, where one is given by its path alone."""
    return place if isinstance(place, Folder) else Folder(place)


def _read(file: Path) -> Manifest:
    return Manifest.from_text(file.read_text("utf-8"))


def _write(file: Path, text: str) -> None:
    """The file holds the text, or what it held before."""
    half_made = file.with_suffix(".new")
    half_made.touch(mode=0o600)
    with half_made.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    half_made.replace(file)
