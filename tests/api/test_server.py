"""The server as a process would run it: a life that opens everything, and a worker inside."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import uvicorn
from sse_starlette.sse import AppStatus

from audience_sync.errors import SetupError
from audience_sync.server import Server, build, serve
from audience_sync.settings import Settings, load_settings
from audience_sync.store.database import Database
from audience_sync.store.migrate import migrate

COMMAND = (
    "from audience_sync.server import serve; from audience_sync.settings import load_settings; serve(load_settings())"
)


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server process and where it answers; ended in any case."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    names = {"AUDIENCE_SYNC_DATA_DIR": str(folder), "AUDIENCE_SYNC_PORT": str(port), "AUDIENCE_SYNC_LOG_FORMAT": "json"}
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND], env={**os.environ, **names, **settings}, stderr=subprocess.PIPE, text=True
    )
    try:
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.communicate()


def wait_until_ready(url: str) -> dict[str, object]:
    for _ in range(1200):
        try:
            answer = httpx2.get(f"{url}/ready")
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return dict(answer.json())
    raise AssertionError("The server did not become ready.")


async def test_its_life_opens_the_house(tmp_path: Path) -> None:
    api = build(load_settings(data_dir=tmp_path), work=False)
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api), base_url="http://api")
    async with api.router.lifespan_context(api), client:
        assert (await client.get("/ready")).json()["worker"] == "not here"
        assert (await client.get("/")).headers["location"] == "/set-up"


async def test_its_worker_sends_no_more_from_the_signal_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Streams of this process end when a server of it is told to stop; those of other tests are to go on.
    monkeypatch.setattr(AppStatus, "should_exit", False)
    api = build(load_settings(data_dir=tmp_path), work=False)
    server = Server(uvicorn.Config(api, log_config=None), api)
    server.handle_exit(signal.SIGTERM, None)  # While it starts there is nothing to stop.
    async with api.router.lifespan_context(api):
        assert not api.state.belt.stopping.asked
        server.handle_exit(signal.SIGTERM, None)
        assert api.state.belt.stopping.asked
    assert server.should_exit


@pytest.mark.slow
def test_it_works_and_ends_in_order(tmp_path: Path) -> None:
    with running(tmp_path) as (url, process):
        assert wait_until_ready(url)["worker"] == "here"
        assert httpx2.get(f"{url}/docs").status_code == 200
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=120)
    assert process.returncode in (0, -signal.SIGTERM)
    assert "Traceback" not in log


def test_what_hinders_the_start_is_raised_in_words(own_log: None, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, port=0, log_format="json")
    asyncio.run(of_another_version(settings))
    with pytest.raises(SetupError, match="does not know"):
        serve(settings, work=False)


def test_a_taken_port_is_told_in_words(own_log: None, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = load_settings(data_dir=tmp_path, port=taken.getsockname()[1], log_format="json")
        with pytest.raises(SetupError, match="cannot be listened on"):
            serve(settings, work=False)


async def of_another_version(settings: Settings) -> None:
    """The database there is newer than this program."""
    database = Database("", settings.data_dir)
    await migrate(database)
    async with database.engine.connect() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        await connection.exec_driver_sql("COMMIT")
    await database.close()
