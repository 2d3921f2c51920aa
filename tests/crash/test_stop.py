"""A step that lasts longer than the worker waits is cut off, as by a crash; it does not fail."""

import asyncio
from pathlib import Path

import pytest

from audience_sync.engine.durable import Durable
from audience_sync.engine.engine import Engine


async def test_a_step_that_outlasts_the_drain_is_cut_off(tmp_path: Path) -> None:
    engine = Engine(database_url="", data_dir=tmp_path, worker_id="one")
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> str:
        begun.set()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(60)
        ended.set()
        raise asyncio.CancelledError

    async def body(_run_id: str, durable: Durable) -> None:
        await durable.step("long", work)

    await engine.start(body)
    await engine.enqueue("run:1", "run", partition="meta:act_1")
    await asyncio.wait_for(begun.wait(), 20)
    await engine.stop(drain_seconds=1)
    assert ended.is_set()
