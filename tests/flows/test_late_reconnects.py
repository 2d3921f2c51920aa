"""Reconnecting at an awkward moment: while the run that lost its grant is closed, or before there is a list at all."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from audience_sync.engine.durable import Immediate, Step
from audience_sync.flows import audiences, connect, history, runs
from audience_sync.flows.audiences import AudienceChange
from audience_sync.flows.steps.opening import keep_remote
from audience_sync.flows.sync import execute
from audience_sync.flows.views import Health, RunDetail
from audience_sync.model.permissions import SHELL
from audience_sync.store import runs as run_rows
from audience_sync.store.audiences import Audience
from audience_sync.store.platforms import Connection
from tests.world import IN_SEGMENT, House, house

PEOPLE = [{"id": str(n), "email": f"p{n}@example.com"} for n in range(20)]


class Interrupted(Immediate):
    """An engine on which something happens just before the run is closed."""

    def __init__(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        self._meanwhile = meanwhile

    async def step(self, name: str, work: Step) -> str:
        if name == "close":
            await self._meanwhile()
        return await work()


@asynccontextmanager
async def reconnectable(folder: Path, database_url: str) -> AsyncIterator[House]:
    """A house whose connection the same person can grant anew."""
    async with house(folder, database_url=database_url) as made:
        async with made.app.database.read() as session:
            seen = (await session.scalars(sa.select(Connection))).one()
        found = await made.app.connector(made.pretend.id).inspect(made.app.api_of(seen))
        async with made.app.database.write() as session:
            await session.execute(sa.update(Connection).values(subject=found.subject))
        yield made


@pytest.fixture
async def home(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """On each database, for claims that hang on its locks."""
    async with reconnectable(tmp_path, database_url) as made:
        yield made


@pytest.fixture
async def light(tmp_path: Path, sqlite_url: str) -> AsyncIterator[House]:
    async with reconnectable(tmp_path, sqlite_url) as made:
        yield made


def members(home: House, numbers: Iterable[int]) -> None:
    home.people({**each, "member": "yes" if int(each["id"]) in numbers else "no"} for each in PEOPLE)


async def reconnect(home: House) -> None:
    await connect.connect_with_token(home.app, SHELL, home.pretend.id, home.pretend.token)


async def interrupted(home: House, *meanwhile: Callable[[], Awaitable[object]]) -> tuple[str, RunDetail]:
    """An audience that nobody syncs by schedule, and its second run, which lost the grant; that happened meanwhile."""
    members(home, range(10))
    audience = await home.audience(await home.segment(IN_SEGMENT), auto_sync=False)
    await home.work()
    members(home, range(5, 20))
    await home.fault("expired_token", path="users")
    run = await runs.start(home.app, SHELL, audience)

    async def all_of_it() -> None:
        for each in meanwhile:
            await each()

    await execute(home.app, run.id, Interrupted(all_of_it))
    return audience, await runs.get(home.app, SHELL, run.id)


async def expect_keys(home: House, remote_id: str, numbers: Iterable[int]) -> None:
    wanted = {home.pretend.email(PEOPLE[n]["email"]) for n in numbers}
    assert {value for _kind, value in await home.keys(remote_id)} == wanted


async def test_a_run_that_is_reconnected_while_it_closes_is_gone_on_with(home: House) -> None:
    audience, broken = await interrupted(home, lambda: reconnect(home))
    assert broken.run.status == "failed"
    done = await home.work()
    newest = (await history.history(home.app, SHELL, audience)).items[0]
    assert (newest.number, newest.trigger, newest.status) == (broken.run.number + 1, "scheduled", "completed")
    await expect_keys(home, done.remote_id, range(5, 20))


async def test_nothing_goes_on_while_the_connection_is_broken(light: House) -> None:
    audience, broken = await interrupted(light)
    assert (await history.history(light.app, SHELL, audience)).items[0].id == broken.run.id


async def test_an_audience_that_somebody_pauses_meanwhile_waits_for_them(light: House) -> None:
    async def pause() -> None:
        async with light.app.database.read() as session:
            (audience,) = await session.scalars(sa.select(Audience.id))
        await audiences.change(light.app, SHELL, audience, AudienceChange(paused=True))

    audience, broken = await interrupted(light, lambda: reconnect(light), pause)
    assert (await history.history(light.app, SHELL, audience)).items[0].id == broken.run.id


async def test_a_cancelled_run_is_not_gone_on_with(light: House) -> None:
    async def cancel() -> None:
        async with light.app.database.read() as session:
            (run,) = await run_rows.with_status(session, "running")
        await runs.cancel(light.app, SHELL, run.id)

    audience, broken = await interrupted(light, cancel, lambda: reconnect(light))
    assert broken.run.status == "cancelled"
    assert (await history.history(light.app, SHELL, audience)).items[0].id == broken.run.id


async def listless(home: House) -> str:
    """An audience whose first run lost the grant before there was a list."""
    members(home, range(10))
    await home.fault("expired_token", path="customaudiences")
    audience = await home.audience(await home.segment(IN_SEGMENT), auto_sync=False)
    broken = await home.work()
    assert (broken.run.status, broken.remote_id) == ("failed", "")
    return audience


async def test_an_audience_that_has_no_list_yet_waits_with_the_reason(light: House) -> None:
    view = await audiences.get(light.app, SHELL, await listless(light))
    assert (view.health, "econnect" in view.problem) == (Health.PAUSED, True)


async def test_an_audience_that_has_no_list_yet_goes_on_after_reconnecting(light: House) -> None:
    audience = await listless(light)
    await reconnect(light)
    done = await light.work()
    assert (done.run.audience_id, done.run.status) == (audience, "completed")
    await expect_keys(light, done.remote_id, range(10))


async def test_a_list_that_is_made_while_the_connection_breaks_goes_on_waiting(light: House) -> None:
    audience = await listless(light)
    await keep_remote(light.app, audience, "120210000000000001")
    assert (await audiences.get(light.app, SHELL, audience)).health is Health.PAUSED
