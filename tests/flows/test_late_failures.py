"""A failure that TikTok tells only after the run: in its own words, and nothing of what it was about is believed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audience_sync.flows import audiences, history, runs, schedule
from audience_sync.flows.views import RunDetail, RunView
from audience_sync.model.permissions import SHELL
from audience_sync.sandbox.tiktok.audience import LATE_WORDS
from tests.flows.clocked import assert_equal, clocked, members, pass_by
from tests.platforms import TIKTOK
from tests.world import IN_SEGMENT, House


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str) -> AsyncIterator[House]:
    """One clock on both sides, because a failure is told apart from a run by when it happened."""
    async with clocked(tmp_path, pretend=TIKTOK, database_url=sqlite_url) as made:
        yield made


async def synced(home: House) -> str:
    """An audience of the first ten, an hour ago."""
    members(home, range(10))
    audience = await home.audience(await home.segment(IN_SEGMENT), auto_sync=False)
    await home.work()
    await pass_by(home, hours=1)
    return audience


async def failed_late(home: House, audience: str, path: str = "mapping") -> RunDetail:
    """A run that ended well, and of which nothing on that path was applied."""
    await home.fault("late_failure", times=9, path=path)
    done = await home.sync(audience)
    assert done.run.status == "completed"
    await home.sandbox.delete("/_sandbox/faults")
    return done


async def told(home: House, audience: str, *, hours: float = 1) -> RunView:
    """The newest run, after TikTok was asked again."""
    await pass_by(home, hours=hours)
    await schedule.measure_due(home.app)
    return (await history.history(home.app, SHELL, audience)).items[0]


async def test_the_run_is_partial_with_tiktoks_own_words(home: House) -> None:
    audience = await synced(home)
    members(home, range(12))
    await failed_late(home, audience)
    newest = await told(home, audience)
    assert (newest.status, newest.error["code"]) == ("partial", "LATE_FAILURE")
    assert newest.error["message"].endswith(f"It says: {LATE_WORDS}")


async def test_the_next_run_sends_all_again_and_those_after_it_nothing(home: House) -> None:
    audience = await synced(home)
    members(home, range(12))
    await failed_late(home, audience)
    await told(home, audience)
    done = await home.sync(audience)
    assert (done.run.status, done.run.resent + done.run.added) == ("completed", 12)
    await assert_equal(home, done.remote_id, range(12))
    assert (await home.sync(audience)).run.requests == 0


async def test_a_removal_that_failed_late_is_done_again(home: House) -> None:
    audience = await synced(home)
    members(home, range(5, 15))
    partial = await failed_late(home, audience)
    await told(home, audience)
    view = await audiences.get(home.app, SHELL, audience)
    assert (partial.run.removed, view.owed) == (5, 5)
    done = await home.sync(audience)
    assert (done.run.status, done.run.owed) == ("completed", 0)
    await assert_equal(home, done.remote_id, range(5, 15))


async def test_so_is_one_that_is_told_only_after_the_run_that_followed(home: House) -> None:
    audience = await synced(home)
    await home.control("settings", platform="tiktok", late_failure_seconds=9000)
    members(home, range(5, 10))
    await failed_late(home, audience)
    await pass_by(home, hours=1)
    members(home, range(5, 12))
    assert (await home.sync(audience)).run.status == "completed"
    assert (await told(home, audience)).status == "completed"
    assert (await told(home, audience, hours=3)).status == "partial"
    done = await home.sync(audience)
    await assert_equal(home, done.remote_id, range(5, 12))


async def test_who_came_back_meanwhile_is_not_removed(home: House) -> None:
    audience = await synced(home)
    members(home, range(5, 10))
    await failed_late(home, audience)
    await pass_by(home, seconds=10)
    members(home, range(10))
    await home.sync(audience)
    await told(home, audience)
    plan = await runs.preview(home.app, SHELL, audience)
    assert plan.keys_removed == 0
    await home.sync(audience)


async def test_a_failure_between_two_runs_is_that_of_the_first(home: House) -> None:
    audience = await synced(home)
    members(home, range(5, 10))
    first = await failed_late(home, audience)
    await pass_by(home, minutes=10)
    members(home, range(5, 12))
    assert (await home.sync(audience)).run.status == "completed"
    assert (await told(home, audience)).status == "completed"
    assert (await runs.get(home.app, SHELL, first.run.id)).run.error["code"] == "LATE_FAILURE"
    done = await home.sync(audience)
    await assert_equal(home, done.remote_id, range(5, 12))


async def test_a_run_that_sent_nothing_is_not_to_blame(home: House) -> None:
    audience = await synced(home)
    members(home, range(12))
    await home.control("settings", platform="tiktok", late_failure_seconds=7200)
    first = await failed_late(home, audience)
    await pass_by(home, hours=1)
    idle = await home.sync(audience)
    await pass_by(home, hours=1)
    await told(home, audience)
    found = [(await runs.get(home.app, SHELL, each.run.id)).run.status for each in (first, idle)]
    assert found == ["partial", "completed"]


async def test_while_a_run_is_under_way_nothing_is_taken_back(home: House) -> None:
    audience = await synced(home)
    members(home, range(12))
    first = await failed_late(home, audience)
    await pass_by(home, minutes=10)
    await runs.start(home.app, SHELL, audience)
    await told(home, audience)
    assert (await runs.get(home.app, SHELL, first.run.id)).run.status == "completed"
    assert (await home.work()).run.status == "completed"
