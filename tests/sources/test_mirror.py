"""Several hosts share the store in a bucket: none reads what is not whole, and nobody's work is lost."""

import multiprocessing
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from audience_sync.errors import Conflict, SetupError, SourceError
from audience_sync.model.segments import ListKind, parse_segment
from audience_sync.sources.builtin.bucket import Bucket, open_bucket
from audience_sync.sources.builtin.folding import tidy
from tests.buckets import KEY, SECRET, Shared, database_at
from tests.sources.elsewhere import Work, as_host, die_while_writing, take_in
from tests.sources.ground import EVERYBODY, Store

FIRST = "id,email\n1,a@x.org\n2,b@x.org\n"
SECOND = "id,email\n3,c@x.org\n"
THIRD = "id,email\n4,d@x.org\n"
LATER = 4e9
"""A time that is long after every object was stored."""


class Cut(Bucket):
    """A bucket whose connection breaks when something is to be stored below a folder."""

    def put(self, file: Path, name: str) -> str:
        raise SourceError("cut", code="BUCKET_UNREACHABLE")


def process_at(shared: Shared, work: Work, root: Path, file: Path) -> int | None:
    """How a process of its own ended that did the work as another host, with credentials from its environment."""
    own = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
    words = (work, own, shared.address, shared.database_url, root, file)
    process = multiprocessing.get_context("spawn").Process(target=as_host, args=words)
    process.start()
    process.join()
    return process.exitcode


def test_a_fresh_host_reads_everything(shared: Shared) -> None:
    shared.host("a").give("profiles", FIRST)
    kept = shared.host("a").source.save_list("vips", ListKind.EMAIL, ["b@x.org"])
    fresh = shared.host("b")
    assert (set(fresh.profiles()), set(fresh.fingerprints(kept))) == ({"1", "2"}, {"2"})


def test_a_host_sees_what_another_wrote(shared: Shared) -> None:
    one, other = shared.host("a"), shared.host("b")
    one.give("profiles", FIRST)
    assert set(other.profiles()) == {"1", "2"}
    other.give("profiles", SECOND)
    assert set(one.profiles()) == {"1", "2", "3"}


def test_a_process_imports_while_another_reads(shared: Shared) -> None:
    reader = shared.host("a")
    reader.give("profiles", FIRST)
    file = shared.root / "second.csv"
    file.write_text(SECOND)
    seen: list[set[str]] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.4):
            seen.append(set(reader.profiles()))

    looking = threading.Thread(target=look)
    looking.start()
    ended = process_at(shared, take_in, shared.root / "b", file)
    done.set()
    looking.join()

    assert (ended, set(reader.profiles())) == (0, {"1", "2", "3"})
    assert seen and all(each in ({"1", "2"}, {"1", "2", "3"}) for each in seen)


def test_two_hosts_that_write_at_once_lose_nothing(shared: Shared) -> None:
    hosts = {"a": FIRST, "b": SECOND, "c": THIRD}
    writing = [
        threading.Thread(target=shared.host(name).give, args=("profiles", content)) for name, content in hosts.items()
    ]
    for each in writing:
        each.start()
    for each in writing:
        each.join()
    assert set(shared.host("d").profiles()) == {"1", "2", "3", "4"}


def test_a_writer_that_another_took_over_from_changes_nothing(shared: Shared) -> None:
    slow, other = shared.host("a"), shared.host("b")
    slow.give("profiles", FIRST)
    with pytest.raises(Conflict, match="took over") as told, slow.place.writing():
        # Its lease is taken as if it had given no sign of life.
        shared.pointer.take(shared.pointer.held(), "b")
        slow.place.commit(slow.place.manifest().next())
    shared.pointer.free(shared.pointer.held().fence)
    other.give("profiles", SECOND)
    assert (told.value.code, set(slow.profiles())) == ("WRITER_LOST", {"1", "2", "3"})


def test_a_writer_that_died_on_another_host_is_waited_for_no_longer_than_its_life(shared: Shared) -> None:
    shared.pointer.take(shared.pointer.held(), "a host that burnt down")
    shared.host("b", life_seconds=0.2).give("profiles", FIRST)
    assert set(shared.host("b").profiles()) == {"1", "2"}


def test_a_writer_that_was_killed_does_not_hold_up_its_own_host(shared: Shared) -> None:
    file = shared.root / "first.csv"
    file.write_text(FIRST)
    host = shared.host("a", life_seconds=3600)
    assert process_at(shared, die_while_writing, host.folder, file) == 9
    assert shared.pointer.held().holder
    host.give("profiles", FIRST)
    assert set(host.profiles()) == {"1", "2"}


def test_a_lost_mirror_is_made_again(shared: Shared) -> None:
    host = shared.host("a")
    host.give("profiles", FIRST)
    shutil.rmtree(host.folder)
    assert set(host.profiles()) == {"1", "2"}


@pytest.mark.parametrize("harm", [lambda file: file.unlink(), lambda file: file.write_bytes(b"PAR1")])
def test_a_lost_or_cut_file_of_the_mirror_is_fetched_again(shared: Shared, harm: Callable[[Path], None]) -> None:
    host = shared.host("a")
    host.give("profiles", FIRST)
    for file in (host.folder / "files").iterdir():
        harm(file)
    assert set(host.profiles()) == {"1", "2"}


def test_an_upload_that_breaks_off_changes_nothing(shared: Shared) -> None:
    shared.host("a").give("profiles", FIRST)
    before = shared.pointer.read()
    cut = shared.host("a", bucket=Cut(shared.system, shared.bucket.prefix))
    with pytest.raises(SourceError, match="cut"):
        cut.give("profiles", SECOND)
    assert (shared.pointer.read(), set(shared.host("a").profiles())) == (before, {"1", "2"})
    shared.host("a").give("profiles", SECOND)
    assert set(shared.host("b").profiles()) == {"1", "2", "3"}


def test_what_was_stored_and_never_named_is_swept(shared: Shared) -> None:
    host = shared.host("a")
    host.give("profiles", FIRST)
    named = shared.objects("files/")
    shared.bucket.put_text("files/profiles-left.parquet", "by a writer that died")
    tidy(host.place)
    assert "files/profiles-left.parquet" in shared.objects()
    with host.place.writing():
        host.place.sweep(LATER)
    assert shared.objects("files/") == named


def test_superseded_files_leave_the_bucket_after_the_grace_period(shared: Shared) -> None:
    host = shared.host("a")
    host.give("profiles", FIRST)
    old = host.source.snapshot()
    host.give("profiles", SECOND)
    with host.place.writing():
        host.place.sweep(LATER)
    assert (len(shared.objects("files/")), len(shared.objects("snapshots/"))) == (1, 1)
    with pytest.raises(SourceError, match="no longer kept"):
        shared.host("b").members(EVERYBODY, snapshot=old)


def test_a_list_that_was_removed_leaves_other_hosts_too(shared: Shared) -> None:
    one, other = shared.host("a"), shared.host("b")
    one.give("profiles", FIRST)
    kept = one.source.save_list("vips", ListKind.EMAIL, ["b@x.org"])
    other.fingerprints(kept)
    one.source.remove_list("vips")
    tidy(other.place)
    assert list((other.folder / "lists").iterdir()) == []


def test_a_damaged_object_is_refused(shared: Shared) -> None:
    shared.host("a").give("profiles", FIRST)
    (name,) = shared.objects("files/")
    shared.bucket.put_text(name, "x" * shared.objects()[name])
    fresh = shared.host("b")
    with pytest.raises(SourceError, match="damaged") as told:
        fresh.profiles()
    assert (told.value.code, list((fresh.folder / "files").iterdir())) == ("BUCKET_DAMAGED", [])


def test_a_download_that_was_damaged_on_its_way_is_fetched_again(shared: Shared) -> None:
    shared.host("a").give("profiles", FIRST)

    class Noisy(Bucket):
        def get(self, name: str, file: Path) -> str:
            mark = super().get(name, file)
            if name not in spoilt:
                spoilt.add(name)
                file.write_bytes(file.read_bytes()[:-1])
                return "spoilt"
            return mark

    spoilt: set[str] = set()
    fresh = shared.host("b", bucket=Noisy(shared.system, shared.bucket.prefix))
    assert (set(fresh.profiles()), len(spoilt)) == ({"1", "2"}, 1)


def test_a_bucket_out_of_reach_is_told_with_the_way_out(shared: Shared) -> None:
    shared.host("a").give("profiles", FIRST)
    (name,) = shared.objects("files/")
    with pytest.raises(SourceError) as told:
        shared.host("b", bucket=shared.away).profiles()
    said = f"{told.value} {told.value.details}"
    assert (told.value.code, "AUDIENCE_SYNC_PROFILES_BUCKET" in said) == ("BUCKET_UNREACHABLE", True)
    assert not any(word in said for word in (KEY, SECRET, name))


def test_a_full_mirror_answers_while_the_bucket_is_out_of_reach(shared: Shared) -> None:
    shared.host("a").give("profiles", FIRST)
    assert set(shared.host("a", bucket=shared.away).profiles()) == {"1", "2"}


def test_names_in_the_bucket_say_nothing_about_people(shared: Shared) -> None:
    host = shared.host("a")
    host.give("profiles", "id,email\nada-lovelace,ada@x.org\n")
    host.source.save_list("l1", ListKind.EMAIL, ["ada@x.org"])
    texts = [*shared.objects(), shared.pointer.read()]
    # Names are of random digits and a to f, so what is looked for has other letters.
    assert not any(word in text for text in texts for word in ("lovelace", "@", "x.org"))


def test_nothing_is_asked_of_the_bucket_while_nothing_changed(shared: Shared) -> None:
    shared.host("a").give("profiles", FIRST)
    everybody = parse_segment({"type": "rules", "rules": EVERYBODY})
    witnesses = []
    for host in (shared.host("a"), shared.host("a", bucket=shared.away)):
        host.source.bring(everybody)
        witnesses.append(host.source.witness(everybody, host.question()))
    assert witnesses[0] == witnesses[1] != ""


def test_a_child_that_opens_the_folder_alone_reads_the_newest(shared: Shared) -> None:
    shared.host("a").give("profiles", FIRST)
    other = shared.host("b")
    kept = shared.host("a").source.save_list("vips", ListKind.EMAIL, ["b@x.org"])
    other.source.bring(kept)
    alone = Store(other.root)
    assert (set(alone.profiles()), set(alone.fingerprints(kept))) == ({"1", "2"}, {"2"})


def test_a_store_that_was_in_its_folder_moves_into_the_bucket(shared: Shared) -> None:
    before = Store(shared.host("a").root)
    before.give("profiles", FIRST)
    kept = before.source.save_list("vips", ListKind.EMAIL, ["b@x.org"])
    host = shared.host("a")
    assert (set(host.profiles()), set(host.fingerprints(kept))) == ({"1", "2"}, {"2"})
    tidy(host.place)
    fresh = shared.host("b")
    assert (set(fresh.profiles()), set(fresh.fingerprints(kept))) == ({"1", "2"}, {"2"})


def test_a_folder_with_profiles_of_its_own_is_not_written_over(shared: Shared) -> None:
    shared.host("a").give("profiles", FIRST)
    Store(shared.host("b").root).give("profiles", SECOND)
    with pytest.raises(SourceError) as told:
        shared.host("b").profiles()
    assert told.value.code == "FOLDER_IS_NO_MIRROR"
    assert set(Store(shared.host("b").root).profiles()) == {"3"}


def test_a_bucket_of_another_installation_is_left_alone(shared: Shared) -> None:
    shared.host("a").give("profiles", FIRST)
    stranger = _with_a_new_database(shared)
    for touch in (lambda: stranger.host("z").profiles(), lambda: stranger.host("z").give("profiles", SECOND)):
        with pytest.raises(SourceError, match="another installation"):
            touch()
    assert set(shared.host("a").profiles()) == {"1", "2"}


def test_a_bucket_whose_database_was_lost_is_taken_up_again(shared: Shared) -> None:
    shared.host("a").give("profiles", FIRST)
    shared.host("a").give("profiles", SECOND)
    new = _with_a_new_database(shared)
    shared.bucket.delete("owner")
    tidy(new.host("z").place)
    assert set(new.host("z").profiles()) == {"1", "2", "3"}


def _with_a_new_database(shared: Shared) -> Shared:
    (shared.root / "new").mkdir()
    return replace(
        shared, root=shared.root / "new", pointer=database_at(shared.root / "new", shared.name, shared.scheme)
    )


@pytest.mark.parametrize(
    "address",
    [
        *("https://x.org/y", "s3://", "s3://key:secret@people/x", "s3://people/x?acess_key=1", "people", "gs://"),
        *("gs://secret@people/x", "gs://people/x?access_token=secret", "gs://people/x?region=us-east-1"),
    ],
)
def test_an_address_that_is_none_is_refused_and_shows_no_secret(address: str) -> None:
    with pytest.raises(SetupError, match="s3://bucket/prefix or gs://bucket/prefix") as told:
        open_bucket(address)
    assert "secret" not in str(told.value)
