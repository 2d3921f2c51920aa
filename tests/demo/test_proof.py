"""The proof at the end of the demo can fail."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audience_sync.demo.proof import proved
from tests.world import EVERYONE, House, house

PEOPLE = (
    {"profile_id": "p1", "email": " Ada@Example.com", "phone": "07700 900123", "country": "GB"},
    {"profile_id": "p2", "email": "bob@example.com"},
    {"profile_id": "p3", "email": "not an address"},
)


@pytest.fixture
async def filled(tmp_path: Path) -> AsyncIterator[tuple[House, str, set[tuple[str, str]]]]:
    """A house, its segment of everybody, and the keys that Meta holds of it."""
    async with house(tmp_path) as made:
        made.people(PEOPLE)
        segment = await made.segment(EVERYONE)
        await made.audience(segment)
        detail = await made.work()
        yield made, segment, await made.keys(detail.remote_id)


async def test_equal_keys_are_equal(filled: tuple[House, str, set[tuple[str, str]]]) -> None:
    made, segment, held = filled
    found = await proved(made.app, segment, "meta", held)
    assert (found.holds, found.members, found.wanted, found.held) == (True, 2, 3, 3)


async def test_a_missing_key_is_found(filled: tuple[House, str, set[tuple[str, str]]]) -> None:
    made, segment, held = filled
    found = await proved(made.app, segment, "meta", held - {min(held)})
    assert (found.holds, found.missing) == (False, 1)


async def test_a_surplus_key_is_found(filled: tuple[House, str, set[tuple[str, str]]]) -> None:
    made, segment, held = filled
    found = await proved(made.app, segment, "meta", held | {("EMAIL", "0" * 64)})
    assert (found.holds, found.surplus) == (False, 1)
