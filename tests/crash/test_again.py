"""A run that has ended stays ended, even if the engine brings up an older workflow of it."""

from pathlib import Path

from audience_sync.engine.durable import Immediate
from audience_sync.flows import runs
from audience_sync.model.permissions import SHELL
from audience_sync.worker import line
from tests.world import house


async def test_a_run_that_has_ended_is_not_begun_again(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.people([{"id": "a", "email": "a@example.com"}])
        await home.audience(await home.segment())
        done = await home.work()
        await line(home.app, done.run.id, Immediate())
        assert (await runs.get(home.app, SHELL, done.run.id)).run == done.run
