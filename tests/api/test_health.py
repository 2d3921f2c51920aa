"""What machines see that watch the installation."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa

from audience_sync.api.application import create_api
from audience_sync.flows import monitoring
from tests.api.conftest import Desk
from tests.world import house


def over(desk: Desk, **settings: object) -> httpx2.AsyncClient:
    """A client of an API with other settings."""
    changed = replace(desk.home.app, settings=desk.home.app.settings.model_copy(update=settings))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=create_api(changed)), base_url="http://api")


async def test_it_is_alive(desk_alone: Desk) -> None:
    async with desk_alone.client("") as client:
        assert (await client.get("http://api/health")).json() == {"status": "alive"}


async def test_it_is_ready_with_its_migration(desk_alone: Desk) -> None:
    async with desk_alone.client("") as client:
        answer = (await client.get("http://api/ready")).json()
    assert answer == {"status": "ready", "migration": "0002", "worker": "not here", "waiting_seconds": None}


async def test_a_run_that_nobody_takes_up_is_told(desk: Desk) -> None:
    await desk.home.audience(await desk.home.segment())
    desk.home.clock.advance(minutes=5)
    async with desk.client("") as client:
        assert (await client.get("/ready")).json()["waiting_seconds"] == timedelta(minutes=5).total_seconds()


async def test_a_database_of_another_version_is_not_ready(desk_alone: Desk) -> None:
    async with desk_alone.home.app.database.write() as session:
        await session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    async with desk_alone.client("") as client:
        answer = await client.get("/ready")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "NOT_READY")


async def test_metrics_are_closed_without_a_token_of_their_own(desk_alone: Desk) -> None:
    async with desk_alone.client("") as client:
        assert (await client.get("/metrics", headers={"Authorization": "Bearer "})).status_code == 404


async def test_metrics_open_to_their_token_only(desk_alone: Desk) -> None:
    async with over(desk_alone, metrics_token="m-1") as client:
        wrong = await client.get("/metrics", headers={"Authorization": "Bearer m-2"})
        right = await client.get("/metrics", headers={"Authorization": "Bearer m-1"})
    assert (wrong.status_code, right.status_code) == (401, 200)


@pytest.mark.postgres
async def test_postgres_is_watched_the_same_way(tmp_path: Path, postgres_url: str) -> None:
    async with house(tmp_path, database_url=postgres_url) as home:
        home.people([{"id": "a", "email": "a@example.com"}])
        await home.audience(await home.segment())
        await home.work()
        found = await monitoring.figures(home.app)
        assert (await monitoring.readiness(home.app)).waiting_seconds is None
    assert (found.runs, found.held) == ({("meta", "create", "completed"): 1}, {"meta": 1})
    assert found.seconds[("meta", "create")].count == 1


async def test_metrics_count_runs_batches_rows_and_profiles(desk: Desk, audience: str) -> None:
    async with over(desk, metrics_token="m-1") as client:
        text = (await client.get("/metrics", headers={"Authorization": "Bearer m-1"})).text
    assert 'audience_sync_runs{operation="create",platform="meta",status="completed"} 1.0' in text
    assert 'audience_sync_run_seconds_count{operation="create",platform="meta"} 1.0' in text
    assert 'audience_sync_rows{action="add",status="settled"} 2.0' in text
    assert 'audience_sync_owed_keys{platform="meta"} 0.0' in text
    assert 'audience_sync_held_profiles{platform="meta"} 2.0' in text
