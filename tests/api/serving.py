"""A house behind a real server on loopback, in a thread with a loop of its own, for clients that are not async."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from audience_sync.api.application import create_api
from audience_sync.flows import api_keys, exports, people, profiles, runs
from audience_sync.flows.exporting.executing import execute
from audience_sync.model.exports import ExportOptions
from audience_sync.model.permissions import ROLES, SHELL
from tests.world import House, house


@dataclass
class Served:
    """Where the API answers, a key of its administrator, and ids of things that are there, by parameter name."""

    url: str
    key: str = ""
    ids: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Served]:
    """The API, with one synced audience behind it, until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    there = Served(f"http://127.0.0.1:{listener.getsockname()[1]}")
    servers: list[uvicorn.Server] = []
    up = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(folder, listener, there, servers, up)), daemon=True)
    thread.start()
    if not up.wait(120):
        raise RuntimeError("The API did not start.")
    try:
        yield there
    finally:
        servers[0].should_exit = True
        thread.join(30)
        listener.close()


async def _serve(
    folder: Path, listener: socket.socket, there: Served, servers: list[uvicorn.Server], up: threading.Event
) -> None:
    async with house(folder) as home:
        await _furnish(home, there)
        config = uvicorn.Config(create_api(home.app), log_config=None, access_log=False, lifespan="off")
        servers.append(uvicorn.Server(config))
        up.set()
        await servers[0].serve([listener])


async def _furnish(home: House, there: Served) -> None:
    """An administrator with a key, an expendable user, and an audience that was synced once and planned again."""
    home.people([{"id": "a", "email": "a@example.com"}, {"id": "b", "email": "b@example.com"}])
    admin = await people.add_user(home.app, SHELL, email="ada@example.com", role="admin")
    _, there.key = await api_keys.create_key(home.app, SHELL, admin.id, name="tests", permissions=ROLES["admin"])
    user = await people.add_user(home.app, SHELL, email="ben@example.com", role="viewer")
    segment = await home.segment()
    audience = await home.audience(segment)
    done = await home.work()
    plan = await runs.preview(home.app, SHELL, audience)
    export = await exports.start(home.app, SHELL, segment, ExportOptions())
    (profile,) = await profiles.find(home.app, SHELL, "email", "a@example.com")
    await execute(home.app, export.id)
    there.ids = {
        "platform": "meta",
        "ad_account_id": home.account_id,
        "segment_id": segment,
        "audience_id": audience,
        "run_id": done.run.id,
        "plan_id": plan.id,
        "export_id": export.id,
        "profile_id": profile.id,
        "user_id": user.id,
    }
