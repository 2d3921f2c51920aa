"""An import is all or nothing, and whoever reads sees one snapshot from beginning to end."""

import multiprocessing
import os
import stat
import threading
import time
from pathlib import Path

import pytest

from audience_sync.errors import SourceError
from audience_sync.model.segments import parse_segment
from audience_sync.sources.builtin import outcomes
from audience_sync.sources.builtin.duck import DEFAULT_BOUNDS
from audience_sync.sources.builtin.folder import Folder
from audience_sync.sources.builtin.imports import import_file
from tests.sources.ground import EVERYBODY, Store

FIRST = "id,email\n1,a@x.org\n2,b@x.org\n"
SECOND = "id,email\n1,new@x.org\n3,c@x.org\n"


def files(store: Store) -> set[str]:
    return {str(path.relative_to(store.folder)) for path in store.folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("step", ["profile_changes", "merge", "stored_profiles"])
def test_a_failure_at_any_step_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    store.give("profiles", FIRST)
    before, snapshot = files(store), store.source.snapshot()

    def fail(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(outcomes, step, fail)
    with pytest.raises(OSError, match="No space"):
        store.give("profiles", SECOND)

    assert (files(store), store.source.snapshot()) == (before, snapshot)


def _die_while_reading(folder: Path, file: Path) -> None:
    import_file(folder, "profiles", file, progress=lambda *_: os._exit(9), bounds=DEFAULT_BOUNDS)


def test_an_importer_that_is_killed_leaves_the_store_as_it_was(store: Store) -> None:
    store.give("profiles", FIRST)
    before = store.source.snapshot()
    file = store.root / "second.csv"
    file.write_text(SECOND)

    process = multiprocessing.get_context("spawn").Process(target=_die_while_reading, args=(store.folder, file))
    process.start()
    process.join()

    assert process.exitcode == 9
    assert (store.source.snapshot(), set(store.profiles())) == (before, {"1", "2"})
    store.give("profiles", SECOND)
    assert list((store.folder / "work").iterdir()) == []


def test_an_old_snapshot_can_still_be_read(store: Store) -> None:
    store.give("profiles", FIRST)
    old = store.source.snapshot()
    store.give("profiles", SECOND)

    assert store.members(EVERYBODY, snapshot=old) == {"1", "2"}
    assert store.members(EVERYBODY) == {"1", "2", "3"}


def test_a_reader_that_has_begun_is_not_torn(store: Store) -> None:
    store.give("profiles", FIRST)
    ids = store.root / "members.parquet"
    everybody = parse_segment({"type": "rules", "rules": EVERYBODY})
    store.source.fingerprints(everybody, ids, question=store.question())
    reader = store.source.profiles(ids, snapshot=store.source.snapshot())

    store.give("profiles", SECOND)

    assert {row["email"][0] for row in reader.read_all().to_pylist()} == {"a@x.org", "b@x.org"}


def test_readers_do_not_wait_for_a_writer(store: Store) -> None:
    store.give("profiles", FIRST)
    with Folder(store.folder).writing():
        assert store.members(EVERYBODY) == {"1", "2"}


def test_writers_wait_for_each_other(store: Store) -> None:
    store.give("profiles", FIRST)
    with Folder(store.folder).writing():
        other = threading.Thread(target=store.give, args=("profiles", SECOND))
        other.start()
        time.sleep(0.3)
        assert set(store.profiles()) == {"1", "2"}
    other.join()

    assert set(store.profiles()) == {"1", "2", "3"}


def test_superseded_files_go_after_the_grace_period(store: Store) -> None:
    store.give("profiles", FIRST)
    old = store.source.snapshot()
    store.give("profiles", SECOND)

    Folder(store.folder).sweep(time.time() + 1)

    assert len(list((store.folder / "files").iterdir())) == 1
    assert set(store.profiles()) == {"1", "2", "3"}
    with pytest.raises(SourceError, match="no longer kept"):
        store.members(EVERYBODY, snapshot=old)


def test_superseded_files_stay_within_it(store: Store) -> None:
    store.give("profiles", FIRST)
    old = store.source.snapshot()
    store.give("profiles", SECOND)

    Folder(store.folder).sweep(time.time() - 60)

    assert store.members(EVERYBODY, snapshot=old) == {"1", "2"}


def test_everything_is_for_its_owner_only(store: Store) -> None:
    store.give("profiles", FIRST)
    store.give("events", "id,event,time\n1,visit,2026-05-01\n")

    for path in [store.folder, *store.folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_store_without_profiles_answers(store: Store) -> None:
    assert store.members(EVERYBODY) == set()
    assert store.source.snapshot() == "0"
