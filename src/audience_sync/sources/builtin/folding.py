"""What arrived by the API comes into the store: by the same path as a file, as one new snapshot, exactly once.

The database notes the name of the fold at what is about to be folded in, and the snapshot has that name too. So what a
crash left in the database is known for what it is, and never comes over what was imported after it.
"""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from audience_sync.sources.builtin.arrivals import Arrived, Round, Row, rounds
from audience_sync.sources.builtin.changes import consent_reasons, profile_reasons
from audience_sync.sources.builtin.checking import judge, prepare
from audience_sync.sources.builtin.duck import DEFAULT_BOUNDS, Bounds, duck
from audience_sync.sources.builtin.encodings import Shape
from audience_sync.sources.builtin.erasing import erase
from audience_sync.sources.builtin.event_changes import event_reasons
from audience_sync.sources.builtin.fields import ImportKind, bind
from audience_sync.sources.builtin.folder import GRACE_SECONDS as SNAPSHOT_GRACE_SECONDS
from audience_sync.sources.builtin.folder import Folder, Manifest, folder_at
from audience_sync.sources.builtin.json_files import stage_jsonl
from audience_sync.sources.builtin.outcomes import Work, outcome_of

JSONL = Shape("jsonl", packed=False, encoding="utf-8")
REASONS = {
    ImportKind.PROFILES: profile_reasons,
    ImportKind.CONSENTS: consent_reasons,
    ImportKind.EVENTS: event_reasons,
}
GRACE_SECONDS = 3600.0
"""How long a snapshot that a fold supersedes can still be read: folds are many, and each writes a delta."""
Read = Callable[[str, str], Sequence[Arrived]]
"""Given the name of the last fold, which the store has, and of this one: what is to be folded in now, in its order."""


@dataclass(frozen=True, slots=True)
class Folded:
    """What became of the rows. `created`, `updated` and `erased` are profiles, `events` are new ones.

    `refused` rows were none that a file could have; what is accepted at the door is checked so that there are none.
    """

    name: str = ""
    rows: int = 0
    created: int = 0
    updated: int = 0
    events: int = 0
    erased: int = 0
    refused: int = 0
    snapshot: str = ""


def fold(root: Path | Folder, read: Read, *, bounds: Bounds = DEFAULT_BOUNDS) -> Folded:
    """The store in `root` has what `read` gives, all of it or nothing. No other process writes while it is read."""
    folder = folder_at(root)
    with folder.writing() as staging:
        before = folder.manifest()
        name = uuid4().hex
        arrived = read(before.folded, name)
        if not arrived:
            return Folded(snapshot=before.snapshot)
        with _Folding(folder, before, staging, bounds) as folding:
            for each in rounds(arrived):
                folding.take(each)
            folding.commit(name)
        return replace(
            folding.done,
            name=name,
            rows=sum(len(each.rows) for each in arrived),
            snapshot=folding.after.snapshot,
        )


class _Folding:
    """One fold under way: the manifest that comes of it, and the files that were made for it."""

    def __init__(self, folder: Folder, before: Manifest, staging: Path, bounds: Bounds) -> None:
        self._folder, self._before, self._staging, self._bounds = folder, before, staging, bounds
        self._made: set[str] = set()
        self._committed = False
        self.after, self.done = before, Folded()

    def __enter__(self) -> "_Folding":
        return self

    def __exit__(self, *_: object) -> None:
        """What was made on the way and is in no snapshot is gone at once: it may hold who was erased."""
        kept = self._before.files | (self.after.files if self._committed else frozenset())
        for name in self._made - kept:
            (self._folder.files / name).unlink(missing_ok=True)

    def take(self, each: Round) -> None:
        if each.erased:
            with TemporaryDirectory(dir=self._staging) as work:
                after, erased = erase(self._folder, self.after, each.erased, Path(work), bounds=self._bounds)
            self._have(after)
            self.done = replace(self.done, erased=self.done.erased + erased)
        self._import(ImportKind.PROFILES, _without_computed(each.profiles.values(), self.after))
        self._import(ImportKind.CONSENTS, [row for rows in each.consents.values() for row in rows])
        self._import(ImportKind.EVENTS, list(each.events.values()))

    def commit(self, name: str) -> None:
        """The newest snapshot. When nothing changed it is the one before, and has the fold's name all the same."""
        after = self.after if self.after == self._before else self.after.next()
        self.after = replace(after, folded=name)
        self._folder.commit(self.after, grace_seconds=GRACE_SECONDS)
        self._committed = True

    def _import(self, kind: ImportKind, rows: list[Row]) -> None:
        if not rows:
            return
        with ExitStack() as stack:
            work = Path(stack.enter_context(TemporaryDirectory(dir=self._staging)))
            connection = stack.enter_context(duck(work, self._bounds))
            file = work / "rows.jsonl"
            file.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
            staged = stage_jsonl(connection, file, JSONL, work, progress=lambda done, total, rows: None)
            bound = bind(kind, staged.headers, {header: header for header in staged.headers})
            prepare(connection, staged, bound)
            judged = judge(connection, staged, REASONS[kind](bound))
            outcome = outcome_of(Work(connection, self._folder, work, self.after, bound, self._bounds), kind)
        self._have(outcome.after)
        is_event = kind is ImportKind.EVENTS
        self.done = replace(
            self.done,
            created=self.done.created + (0 if is_event else outcome.created),
            updated=self.done.updated + outcome.updated,
            events=self.done.events + (outcome.created if is_event else 0),
            refused=self.done.refused + judged.refused,
        )

    def _have(self, after: Manifest) -> None:
        self._made |= after.files - self._before.files
        self.after = after


def _without_computed(rows: Iterable[Row], manifest: Manifest) -> list[Row]:
    """A trait that the store has begun to compute since the rows arrived is the store's own."""
    computed = {f"trait:{name}" for name in manifest.expressions}
    return [{name: value for name, value in row.items() if name not in computed} for row in rows]


def tidy(root: Path | Folder) -> None:
    """Snapshots superseded longer ago than their grace are gone, with what only they had."""
    folder = folder_at(root)
    with folder.writing():
        folder.sweep(time.time() - SNAPSHOT_GRACE_SECONDS)
