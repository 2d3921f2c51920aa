"""A run that has ended stays ended, even if the engine brings up an older workflow; a worker that stops begins none."""

import asyncio
from pathlib import Path

import pytest

from audience_sync.engine.durable import Immediate
from audience_sync.flows import audiences, runs
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


async def test_a_worker_that_was_told_to_stop_begins_no_run(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.people([{"id": "a", "email": "a@example.com"}])
        audience = await home.audience(await home.segment())
        run = (await audiences.get(home.app, SHELL, audience)).running
        home.app.stopping.asked = True
        with pytest.raises(asyncio.CancelledError):
            await line(home.app, run, Immediate())
        assert (await runs.get(home.app, SHELL, run)).run.status == "queued"
