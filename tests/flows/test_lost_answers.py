"""Requests whose answer was lost, on a platform that works them off after what came later: nothing is forgotten."""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
import stamina

from audience_sync.engine.durable import Immediate
from audience_sync.flows import audiences, runs
from audience_sync.flows.sync import execute
from audience_sync.flows.views import RunDetail
from audience_sync.model.permissions import SHELL
from tests.convergence.breaking import BreakingTransport, Fuse
from tests.platforms import GOOGLE, META, Pretend
from tests.world import IN_SEGMENT, House, house

PEOPLE = [{"id": str(n), "email": f"p{n}@example.com"} for n in range(6)]


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4):
        yield


def _wire(home: House) -> httpx2.AsyncClient:
    """The way to the sandbox, on which a lost connection looks as it does on a real one."""
    return httpx2.AsyncClient(transport=BreakingTransport(home.sandbox._transport, Fuse()))


@pytest.fixture
def pretend(request: pytest.FixtureRequest) -> Pretend:
    return getattr(request, "param", GOOGLE)


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str, pretend: Pretend) -> AsyncIterator[House]:
    """One clock on both sides; Google does the latest request first."""
    async with house(tmp_path, pretend=pretend, database_url=sqlite_url) as made, _wire(made) as client:
        made.app = replace(made.app, http=client)
        made.clock.moment = datetime.fromtimestamp((await made.control("clock"))["now"], UTC)
        if pretend is GOOGLE:
            await made.control("settings", platform="google", shuffled=True)
        yield made


def members(home: House, numbers: Iterable[int]) -> None:
    home.people({**each, "member": "yes" if int(each["id"]) in numbers else "no"} for each in PEOPLE)


async def held(home: House, remote_id: str) -> set[int]:
    """The numbers of those who are on the platform."""
    keys = {value for _kind, value in await home.keys(remote_id)}
    return {n for n, each in enumerate(PEOPLE) if home.pretend.email(each["email"]) in keys}


async def pass_by(home: House, **by: float) -> None:
    home.clock.advance(**by)
    await home.control("clock", advance_seconds=timedelta(**by).total_seconds())


async def synced(home: House) -> str:
    """An audience of four."""
    members(home, range(4))
    audience = await home.audience(await home.segment(IN_SEGMENT), auto_sync=False)
    await home.work()
    return audience


async def unheard(home: House, audience: str, numbers: Iterable[int], path: str) -> None:
    """A run towards these members of which every answer on that path was lost, and which was then cancelled."""
    members(home, numbers)
    await home.fault("reset_after", times=9, path=path)
    run = await runs.start(home.app, SHELL, audience)
    await execute(home.app, run.id, Immediate())
    await home.sandbox.delete("/_sandbox/faults")
    await runs.cancel(home.app, SHELL, run.id)
    home.clock.advance(minutes=2)
    assert (await home.work(run.id)).run.status == "cancelled"


async def brought_back(home: House) -> tuple[str, RunDetail]:
    """Somebody was added, nobody heard of it, and they were removed before Google came to it."""
    audience = await synced(home)
    await unheard(home, audience, range(5), ":ingest")
    members(home, range(4))
    return audience, await home.sync(audience)


async def test_a_removal_that_a_lost_upload_may_undo_is_not_believed(home: House) -> None:
    audience, done = await brought_back(home)
    assert await held(home, done.remote_id) == set(range(5))
    assert (done.run.status, done.run.owed, done.run.error["code"]) == ("partial", 1, "ANSWER_LOST")
    assert (await audiences.get(home.app, SHELL, audience)).owed == 1


async def test_each_sync_removes_it_again_and_one_after_a_day_is_sure(home: House) -> None:
    audience, _ = await brought_back(home)
    again = await home.sync(audience)
    assert (again.run.status, await held(home, again.remote_id)) == ("partial", set(range(4)))
    await pass_by(home, hours=24)
    sure = await home.sync(audience)
    assert (sure.run.status, sure.run.owed, sure.run.error) == ("completed", 0, {})
    assert (await home.sync(audience)).run.requests == 0


async def test_a_plan_from_before_the_day_was_over_is_not_sure(home: House) -> None:
    audience, _ = await brought_back(home)
    plan = await runs.preview(home.app, SHELL, audience)
    await pass_by(home, hours=24)
    run = await runs.start(home.app, SHELL, audience, plan_id=plan.id)
    assert (await home.work(run.id)).run.owed == 1


async def test_who_was_added_after_a_lost_removal_is_sent_again(home: House) -> None:
    audience = await synced(home)
    await unheard(home, audience, range(3), ":remove$")
    members(home, range(4))
    lacking = await home.sync(audience)
    assert (lacking.run.status, await held(home, lacking.remote_id)) == ("partial", set(range(3)))
    await pass_by(home, hours=24)
    sure = await home.sync(audience)
    assert (sure.run.status, sure.run.owed, await held(home, sure.remote_id)) == ("completed", 0, set(range(4)))


async def test_an_answer_that_was_lost_and_made_up_for_within_a_call_is_remembered(home: House) -> None:
    audience = await synced(home)
    members(home, range(5))
    await home.fault("reset_after", path=":ingest")
    added = await home.sync(audience)
    assert (added.run.status, added.run.owed) == ("completed", 0)
    members(home, range(4))
    assert (await home.sync(audience)).run.error["code"] == "ANSWER_LOST"


async def test_a_refusal_of_the_whole_request_is_an_answer(home: House) -> None:
    audience = await synced(home)
    members(home, range(5))
    await home.fault("error:429/RESOURCE_EXHAUSTED", times=9, path=":ingest")
    await home.sync(audience)
    members(home, range(4))
    assert (await home.sync(audience)).run.status == "completed"


async def test_what_a_cancelled_run_had_delivered_may_still_come(home: House) -> None:
    audience = await synced(home)
    members(home, range(5))
    run = await runs.start(home.app, SHELL, audience)
    await execute(home.app, run.id, Immediate())
    await runs.cancel(home.app, SHELL, run.id)
    home.clock.advance(minutes=10)
    assert (await home.work(run.id)).run.status == "cancelled"
    members(home, range(4))
    assert (await home.sync(audience)).run.error["code"] == "ANSWER_LOST"


@pytest.mark.parametrize("pretend", [META], indirect=True)
async def test_a_platform_that_is_done_when_it_answers_owes_nothing_afterwards(home: House) -> None:
    audience = await synced(home)
    await unheard(home, audience, range(5), "POST .*users")
    members(home, range(4))
    done = await home.sync(audience)
    assert (done.run.status, done.run.owed) == ("completed", 0)
