"""The pointer of a store in a bucket moves only for whoever may write, on each database."""

from collections.abc import Iterator

import pytest

from audience_sync.model.held import Held
from audience_sync.store.database import Database
from audience_sync.store.pointer import DatabasePointer


@pytest.fixture
def pointer(database: Database) -> Iterator[DatabasePointer]:
    made = DatabasePointer(database.url, "s3://people/one")
    yield made
    made.close()


def taken(pointer: DatabasePointer, holder: str = "a") -> int:
    fence = pointer.take(pointer.held(), holder)
    assert fence is not None
    return fence


async def test_it_points_nowhere_at_first(pointer: DatabasePointer) -> None:
    assert (pointer.read(), pointer.held()) == ("", Held(0, 0, ""))


async def test_it_moves_for_the_writer(pointer: DatabasePointer) -> None:
    assert pointer.move(taken(pointer), "one")
    assert pointer.read() == "one"


async def test_it_does_not_move_for_one_that_another_took_over_from(pointer: DatabasePointer) -> None:
    first = taken(pointer)
    pointer.move(taken(pointer, "b"), "b's")
    assert (pointer.move(first, "a's"), pointer.beat(first), pointer.read()) == (False, False, "b's")


async def test_a_turn_is_given_to_one_of_two_who_saw_the_same(pointer: DatabasePointer) -> None:
    seen = pointer.held()
    assert [pointer.take(seen, "a"), pointer.take(seen, "b")] == [1, None]


async def test_a_sign_of_life_keeps_the_turn(pointer: DatabasePointer) -> None:
    fence = taken(pointer)
    seen = pointer.held()
    assert pointer.beat(fence)
    assert pointer.take(seen, "b") is None


async def test_a_turn_given_back_late_is_not_another_ones(pointer: DatabasePointer) -> None:
    first = taken(pointer)
    taken(pointer, "b")
    pointer.free(first)
    assert pointer.held().holder == "b"


async def test_buckets_have_pointers_of_their_own(pointer: DatabasePointer, database: Database) -> None:
    other = DatabasePointer(database.url, "s3://people/two")
    pointer.move(taken(pointer), "one")
    assert (other.read(), other.owner() != pointer.owner()) == ("", True)
    other.close()
