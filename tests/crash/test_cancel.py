"""Asked to stop, or asked twice: one run at a time, and what is not sent is sent by the next."""

import asyncio
from pathlib import Path

import pytest

from audience_sync.errors import SyncInProgress
from audience_sync.flows import runs
from audience_sync.flows.views import RunView
from audience_sync.model.permissions import SHELL
from tests.crash.stage import stage


@pytest.mark.slow
async def test_a_cancel_stops_within_a_batch_and_the_next_run_finishes_the_rest(
    tmp_path: Path, database_url: str
) -> None:
    async with stage(tmp_path, url_of(database_url)) as there:
        first = await there.queued_run()
        there.start()
        await there.sent_at_least(10)
        await runs.cancel(there.home.app, SHELL, first)
        sent = there.sent().total()
        cancelled = await there.ended(first)
        assert cancelled.run.status == "cancelled"
        assert there.sent().total() <= sent + 1
        second = await runs.start(there.home.app, SHELL, cancelled.run.audience_id)
        assert (await there.ended(second.id)).run.status == "completed"
        assert await there.is_equal()


async def test_of_two_runs_requested_at_once_one_is_under_way_already(tmp_path: Path, database_url: str) -> None:
    async with stage(tmp_path, url_of(database_url)) as there:
        first = await there.queued_run()
        await runs.cancel(there.home.app, SHELL, first)
        done = await there.home.work(first)
        asked = [runs.start(there.home.app, SHELL, done.run.audience_id) for _ in range(2)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(answer) for answer in answers} == {RunView, SyncInProgress}


def url_of(database_url: str) -> str:
    """The same database, where the house's own would be SQLite: its default."""
    return database_url if database_url.startswith("postgresql") else ""
