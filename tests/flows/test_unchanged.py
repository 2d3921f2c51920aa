"""A sync in which nothing can have changed: it reads nothing, and its numbers are still true."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audience_sync.flows import history, runs
from audience_sync.flows.views import RunDetail
from audience_sync.model.permissions import SHELL
from tests.convergence.oracle import keys_of
from tests.flows.test_sync import ANN, BOB, NOBODY, REMOTE
from tests.world import House, house

RULES = {"type": "rules", "rules": {"identifier": "email", "op": "exists"}}


@pytest.fixture
async def home(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    async with house(tmp_path, database_url=database_url) as made:
        yield made


@pytest.fixture
async def synced(home: House) -> str:
    home.people([ANN, BOB, NOBODY])
    audience = await home.audience(await home.segment(RULES))
    assert (await home.work()).run.status == "completed"
    return audience


def hide_profiles(home: House) -> None:
    """Whoever reads a profile from now on fails."""
    for file in (home.app.settings.profiles_dir / "files").iterdir():
        file.unlink()


async def again(home: House, audience: str) -> RunDetail:
    await home.sync(audience)
    return await runs.get(home.app, SHELL, (await history.history(home.app, SHELL, audience)).items[0].id)


async def test_nothing_is_read_when_nothing_came_in(home: House, synced: str) -> None:
    hide_profiles(home)
    assert (await again(home, synced)).run.status == "completed"


async def test_its_waterfall_is_that_of_the_run_before(home: House, synced: str) -> None:
    hide_profiles(home)
    fall = (await again(home, synced)).waterfall
    assert fall is not None
    assert (fall.segment, fall.withheld, fall.sendable, fall.sent) == (3, {"no_usable_identifier": 1}, 2, 0)


async def test_it_may_come_again_and_again(home: House, synced: str) -> None:
    hide_profiles(home)
    assert [(await again(home, synced)).run.status for _ in range(3)] == ["completed"] * 3


async def test_what_came_in_is_read(home: House, synced: str) -> None:
    await again(home, synced)
    home.people([{**ANN, "email": "ann@example.net"}])
    await again(home, synced)
    assert await home.keys(REMOTE) == keys_of([{**ANN, "email": "ann@example.net"}, BOB])


async def test_what_is_owed_is_not_taken_for_done(home: House, synced: str) -> None:
    home.people([{**ANN, "email": "ann@example.net"}])
    await home.fault("error:200/1870034", path="POST .*users")
    assert (await again(home, synced)).run.status == "partial"
    assert (await again(home, synced)).run.status == "completed"
    assert await home.keys(REMOTE) == keys_of([{**ANN, "email": "ann@example.net"}, BOB])


def hide_ledger(home: House, audience: str) -> None:
    """Whoever reads what the platform holds from now on fails."""
    for file in (home.app.settings.ledger_dir / audience).rglob("*.parquet"):
        file.unlink()


async def test_the_ledger_is_not_read_when_nobody_in_the_segment_differs(home: House, synced: str) -> None:
    home.people([{"id": "new", "city": "Paris"}])
    hide_ledger(home, synced)
    assert (await again(home, synced)).run.status == "completed"


async def test_whoever_comes_into_the_segment_is_compared_with_the_ledger(home: House, synced: str) -> None:
    home.people([{"id": "new", "email": "new@example.com"}])
    hide_ledger(home, synced)
    assert (await again(home, synced)).run.status == "failed"


async def test_its_waterfall_is_that_of_the_segment_as_it_is(home: House, synced: str) -> None:
    home.people([{"id": "new", "city": "Paris"}])
    fall = (await again(home, synced)).waterfall
    assert fall is not None
    assert (fall.segment, fall.withheld, fall.sendable, fall.sent) == (3, {"no_usable_identifier": 1}, 2, 0)
