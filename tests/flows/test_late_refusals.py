"""Members that Google accepted and then failed one by one: nobody says which, so nobody of them is believed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audience_sync.flows import audiences
from audience_sync.flows.views import RunDetail
from audience_sync.ledger.unremoved import MOST_TIMES
from audience_sync.model.permissions import SHELL
from tests.flows.clocked import clocked, held, keys, members
from tests.platforms import GOOGLE
from tests.world import IN_SEGMENT, UNGUARDED, House


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str) -> AsyncIterator[House]:
    """Both sides look at one clock: whoever clears compares Google's times with ours."""
    async with clocked(tmp_path, pretend=GOOGLE, database_url=sqlite_url) as made:
        yield made


async def partly_added(home: House) -> tuple[str, RunDetail]:
    """An audience and its first run, of which Google failed some members."""
    members(home, range(10))
    audience = await home.audience(await home.segment(IN_SEGMENT))
    await home.fault("partial", path=":ingest")
    done = await home.work()
    assert 0 < len(await held(home, done.remote_id)) < 10
    return audience, done


async def partly_removed(home: House) -> tuple[str, RunDetail]:
    """An audience of ten people and a run that was to remove them, of whom Google failed some."""
    members(home, range(10))
    audience = await home.audience(await home.segment(IN_SEGMENT))
    await home.work()
    members(home, range(9, 10))
    await home.fault("partial", path=":remove$")
    done = await home.sync(audience)
    assert await held(home, done.remote_id) > keys(home, [9])
    return audience, done


async def test_a_run_of_which_some_failed_is_partial_and_owes_them(home: House) -> None:
    audience, done = await partly_added(home)
    assert (done.run.status, done.run.owed > 0, done.run.failed > 0) == ("partial", True, True)
    assert (await audiences.get(home.app, SHELL, audience)).owed == done.run.owed


async def test_whom_google_failed_to_add_is_sent_again(home: House) -> None:
    audience, _ = await partly_added(home)
    done = await home.sync(audience)
    assert done.run.status == "completed"
    assert await held(home, done.remote_id) == keys(home, range(10))


async def test_whom_google_failed_to_remove_is_not_forgotten(home: House) -> None:
    audience, partly = await partly_removed(home)
    assert (partly.run.status, partly.run.owed > 0) == ("partial", True)
    done = await home.sync(audience)
    assert (done.run.status, done.run.removed, done.run.owed_removed) == ("completed", 0, 9)
    assert await held(home, done.remote_id) == keys(home, [9])


async def refused_for_ever(home: House) -> tuple[str, RunDetail]:
    """An audience and its run after Google refused, three times over, to remove some whom it had been asked to."""
    members(home, range(10))
    audience = await home.audience(await home.segment(IN_SEGMENT), guardrails=UNGUARDED)
    await home.work()
    members(home, range(9, 10))
    await home.fault("partial:INVALID_FORMAT", times=99, path=":remove$")
    runs = [await home.sync(audience) for _ in range(MOST_TIMES)]
    assert [each.run.error.get("code") for each in runs] == [None, None, "NOT_REMOVABLE"]
    return audience, runs[-1]


async def test_a_removal_that_is_refused_again_and_again_is_told_and_not_tried_by_each_run(home: House) -> None:
    audience, told = await refused_for_ever(home)
    assert (told.run.status, told.run.owed) == ("partial", 9)
    later = await home.sync(audience)
    assert (later.run.status, later.run.owed, later.run.requests) == ("partial", 9, 0)
    assert (later.run.error["code"], (await audiences.get(home.app, SHELL, audience)).owed) == ("NOT_REMOVABLE", 9)


async def test_what_lies_with_google_itself_is_tried_by_each_run(home: House) -> None:
    members(home, range(10))
    audience = await home.audience(await home.segment(IN_SEGMENT))
    await home.work()
    members(home, range(9, 10))
    await home.fault("partial:INTERNAL_ERROR", times=99, path=":remove$")
    runs = [await home.sync(audience) for _ in range(MOST_TIMES + 1)]
    assert [(each.run.requests, each.run.error) for each in runs] == [(1, {})] * len(runs)


async def test_a_full_replace_tries_it_again(home: House) -> None:
    audience, told = await refused_for_ever(home)
    await home.sandbox.delete("/_sandbox/faults")
    await pass_an_hour(home)
    done = await home.sync(audience, "replace")
    assert (done.run.status, done.run.owed, done.run.owed_removed, done.run.error) == ("completed", 0, 9, {})
    assert await held(home, told.remote_id) == keys(home, [9])


async def test_who_comes_back_is_no_longer_to_be_removed(home: House) -> None:
    audience, _ = await refused_for_ever(home)
    members(home, range(5, 10))
    assert (await home.sync(audience)).run.owed == 5


async def test_one_who_leaves_meanwhile_is_removed_as_ever(home: House) -> None:
    audience, told = await refused_for_ever(home)
    await home.sandbox.delete("/_sandbox/faults")
    members(home, [])
    done = await home.sync(audience)
    assert (done.run.requests, done.run.owed) == (1, 9)
    assert not await held(home, told.remote_id) & keys(home, [9])


async def test_whom_google_will_never_take_is_counted_and_not_sent_again(home: House) -> None:
    members(home, range(10))
    audience = await home.audience(await home.segment(IN_SEGMENT))
    await home.fault("partial:DENIED_CONSENT", path=":ingest")
    done = await home.work()
    lacking = 10 - len(await held(home, done.remote_id))
    assert (done.run.status, done.run.failed, done.run.owed) == ("partial", lacking, 0)
    assert (await home.sync(audience)).run.requests == 0


async def pass_an_hour(home: House) -> None:
    home.clock.advance(hours=1)
    await home.control("clock", advance_seconds=3600)


async def test_a_replace_clears_nothing_when_a_renewal_failed_for_some(home: House) -> None:
    members(home, range(10))
    audience = await home.audience(await home.segment(IN_SEGMENT))
    await home.work()
    await pass_an_hour(home)
    await home.fault("partial", path=":ingest")
    done = await home.sync(audience, "replace")
    assert (done.run.status, done.batches[-1].action, done.batches[-1].status) == ("partial", "clear", "planned")
    assert await held(home, done.remote_id) == keys(home, range(10))
