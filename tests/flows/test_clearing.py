"""A replace by clearing: all are sent, it settles, and only then whoever is older goes; never after a failed batch."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import stamina

from audience_sync.connectors.registry import CONNECTORS
from audience_sync.engine.durable import Immediate
from audience_sync.flows import runs
from audience_sync.flows.sync import execute
from audience_sync.flows.views import RunDetail
from audience_sync.model.permissions import SHELL
from tests.flows.clocked import PEOPLE, assert_equal, clocked, members, pass_by
from tests.platforms import GOOGLE
from tests.world import IN_SEGMENT, House

MARGIN_SECONDS = 120


@pytest.fixture(autouse=True)
def _small_and_quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Four people a batch."""
    google = CONNECTORS["google"]
    monkeypatch.setattr(google, "card", replace(google.card, max_rows=4), raising=False)
    with stamina.set_testing(True, attempts=4):
        yield


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str) -> AsyncIterator[House]:
    """Both sides look at one clock: whoever clears compares Google's times with ours."""
    async with clocked(tmp_path, pretend=GOOGLE, database_url=sqlite_url) as made:
        yield made


async def synced(home: House, *, ago: timedelta = timedelta(hours=1)) -> str:
    """An audience of eight people whose first run was so long ago, and who are others now."""
    members(home, range(8))
    audience = await home.audience(await home.segment(IN_SEGMENT), auto_sync=False)
    await home.work()
    await pass_by(home, seconds=ago.total_seconds())
    members(home, range(4, 12))
    return audience


async def clearings(home: House) -> int:
    asked = await home.control("requests")
    return len([each for each in asked if str(each["path"]).endswith(":removeAll")])


async def replaced(home: House, fault: str = "", path: str = "ingest") -> RunDetail:
    audience = await synced(home)
    if fault:
        await home.fault(fault, path=path, after=1)
    return await home.sync(audience, "replace")


async def test_it_ends_with_exactly_the_members(home: House) -> None:
    done = await replaced(home)
    assert [(batch.action, batch.status) for batch in done.batches] == [("add", "settled")] * 2 + [("clear", "settled")]
    assert (done.run.status, done.run.owed) == ("completed", 0)
    await assert_equal(home, done.remote_id, range(4, 12))


async def test_the_clearing_waits_until_all_that_was_sent_has_settled(home: House) -> None:
    done = await replaced(home)
    *sent, clear = done.batches
    answered = [batch.answered_at for batch in sent]
    assert clear.sent_at is not None
    assert all(at is not None and clear.sent_at - at >= timedelta(seconds=600) for at in answered)


async def test_it_spares_whoever_was_sent_in_this_run_by_a_margin(home: House) -> None:
    done = await replaced(home)
    (call,) = [each for each in await home.control("requests") if str(each["path"]).endswith(":removeAll")]
    body = (await home.sandbox.get(f"/_sandbox/requests/{call['n']}/body")).json()
    begun = min(batch.sent_at for batch in done.batches if batch.sent_at)
    assert datetime.fromisoformat(body["removeAsOfTime"]) == begun - timedelta(seconds=MARGIN_SECONDS)


@pytest.mark.parametrize("fault", ["fails", "partial", "error:400/INVALID_SHA256_FORMAT"])
async def test_it_is_left_out_when_a_batch_before_it_failed(home: House, fault: str) -> None:
    done = await replaced(home, fault)
    assert (done.run.status, await clearings(home)) == ("partial", 0)
    assert (done.batches[-1].action, done.batches[-1].status, done.batches[-1].attempts) == ("clear", "planned", 0)


async def test_whoever_belongs_there_is_still_there_then(home: House) -> None:
    done = await replaced(home, "fails")
    held = {value for _kind, value in await home.keys(done.remote_id)}
    assert {home.pretend.email(PEOPLE[n]["email"]) for n in range(4, 8)} <= held


async def test_what_should_have_been_cleared_is_removed_by_the_next_run(home: House) -> None:
    partial = await replaced(home, "fails")
    assert partial.run.owed > 0
    done = await home.sync(partial.run.audience_id)
    assert (done.run.status, done.run.owed) == ("completed", 0)
    await assert_equal(home, done.remote_id, range(4, 12))


async def test_a_clearing_that_google_fails_is_made_up_for(home: House) -> None:
    audience = await synced(home)
    await home.fault("fails", path="removeAll")
    partial = await home.sync(audience, "replace")
    assert (partial.run.status, partial.batches[-1].status) == ("partial", "rejected")
    done = await home.sync(audience)
    assert done.run.status == "completed"
    await assert_equal(home, done.remote_id, range(4, 12))


async def test_it_begins_when_nothing_of_ours_is_as_young_as_the_clocks_may_differ(home: House) -> None:
    members(home, range(8))
    audience = await home.audience(await home.segment(IN_SEGMENT), auto_sync=False)
    first = await home.work()
    sent = max(batch.sent_at for batch in first.batches if batch.sent_at)
    home.clock.moment = sent + timedelta(seconds=30)
    run = await runs.start(home.app, SHELL, audience, operation="replace")
    await execute(home.app, run.id, Immediate())
    waiting = await runs.get(home.app, SHELL, run.id)
    assert (waiting.run.status, waiting.progress.waiting_until) == (
        "queued",
        sent + timedelta(seconds=MARGIN_SECONDS + 1),
    )
    assert "clocks may differ" in waiting.progress.waiting_for


async def test_it_does_not_wait_for_what_is_old_enough(home: House) -> None:
    audience = await synced(home, ago=timedelta(seconds=MARGIN_SECONDS + 1))
    run = await runs.start(home.app, SHELL, audience, operation="replace")
    await execute(home.app, run.id, Immediate())
    assert (await runs.get(home.app, SHELL, run.id)).run.status == "settling"


async def test_an_update_never_waits_for_the_clocks(home: House) -> None:
    audience = await synced(home, ago=timedelta(0))
    run = await runs.start(home.app, SHELL, audience)
    await execute(home.app, run.id, Immediate())
    assert (await runs.get(home.app, SHELL, run.id)).run.status == "settling"
