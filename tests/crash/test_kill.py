"""A worker is gone in the middle of fifty batches; the run ends completed by itself."""

import signal
from pathlib import Path

import psycopg
import pytest

from tests.crash.stage import Stage, Worker, stage

pytestmark = pytest.mark.slow

CUT = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) | objid::bigint
    = hashtextextended('audience-sync worker ' || %s, 0)
"""


async def test_a_killed_worker_goes_on_where_it_was(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        run = await there.queued_run()
        first = there.start()
        await there.sent_at_least(20)
        first.kill()
        there.start()
        await there.assert_whole(run)


@pytest.mark.postgres
async def test_a_peer_takes_over_from_a_killed_worker(tmp_path: Path, postgres_url: str) -> None:
    async with stage(tmp_path, postgres_url) as there:
        run = await there.queued_run()
        there.start("one")
        there.start("two")
        await there.sent_at_least(20)
        (await there.doing(run)).kill()
        await there.assert_whole(run)


@pytest.mark.postgres
async def test_a_worker_that_wakes_up_late_sends_nothing_more(tmp_path: Path, postgres_url: str) -> None:
    async with stage(tmp_path, postgres_url) as there:
        run = await there.queued_run()
        there.start("one")
        there.start("two")
        await there.sent_at_least(15)
        sleeper = await there.doing(run)
        await fall_asleep(there, sleeper, postgres_url)
        await there.sent_at_least(there.sent().total() + 5)
        sleeper.send(signal.SIGCONT)
        await there.assert_whole(run)
        assert await there.stopped(sleeper) == 0
        assert any("no longer owned" in line for line in sleeper.said())


async def test_a_worker_that_is_told_to_stop_sends_no_more_and_the_next_sends_each_batch_once(tmp_path: Path) -> None:
    async with stage(tmp_path, answer_seconds=1) as there:
        run = await there.queued_run()
        first = there.start()
        await there.sent_at_least(2)
        assert await there.stopped(first) == 0
        assert "Traceback" not in first.log.read_text()
        assert {batch.status for batch in await there.batches(run)} == {"accepted", "planned"}
        there.sandbox.world.faults.clear()
        there.start()
        await there.assert_whole(run, interruptions=0)


async def fall_asleep(there: Stage, worker: Worker, database_url: str) -> None:
    """The worker stands still and its lock is gone, as when a machine is cut off."""
    worker.send(signal.SIGSTOP)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        cut = await (await connection.execute(CUT, [worker.name])).fetchall()
    assert cut == [(True,)]
