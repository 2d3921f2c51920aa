"""A worker dies in the middle of fifty batches; the run ends completed by itself."""

from pathlib import Path

import pytest

from audience_sync.store import runs as run_rows
from tests.crash.stage import BATCHES, Stage, stage

pytestmark = pytest.mark.slow


async def queued_run(there: Stage) -> str:
    """The id of the first run of an audience of everyone, which nobody does yet."""
    await there.home.audience(await there.home.segment())
    async with there.home.app.database.read() as session:
        (run, _partition), *_ = await run_rows.due(session, there.home.app.now())
    return run.id


async def assert_whole(there: Stage, run_id: str, *, interruptions: int = 1) -> None:
    """The run is completed, the keys are equal, and each interruption cost at most the batch that was on its way."""
    detail = await there.ended(run_id)
    assert detail.run.status == "completed", detail.run
    sent, batches = there.sent(), await there.batches(run_id)
    assert len(sent) == len(batches) == BATCHES
    assert max(sent.values()) <= 2
    assert max(batch.attempts for batch in batches) <= 2
    assert sent.total() <= BATCHES + interruptions
    assert await there.is_equal()


async def test_a_killed_worker_goes_on_where_it_was(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        run = await queued_run(there)
        first = there.start()
        await there.sent_at_least(20)
        first.kill()
        there.start()
        await assert_whole(there, run)


@pytest.mark.postgres
async def test_a_peer_takes_over_from_a_killed_worker(tmp_path: Path, postgres_url: str) -> None:
    async with stage(tmp_path, postgres_url) as there:
        run = await queued_run(there)
        there.start("one")
        there.start("two")
        await there.sent_at_least(20)
        (await there.doing(run)).kill()
        await assert_whole(there, run)
