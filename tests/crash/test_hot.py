"""What was taken over REST survives `kill -9` of the process that takes it and folds it in, and counts once."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from audience_sync.app import App, open_app
from audience_sync.flows import api_keys, hot, people
from audience_sync.flows.sizes import question
from audience_sync.model.permissions import ROLES, SHELL
from audience_sync.settings import PREFIX, load_settings
from tests.crash.stage import ROOT

pytestmark = pytest.mark.slow

ROWS = 20
FOLDS = 1
START_SECONDS = 150.0
AT = "2026-01-01T12:00:00Z"


@dataclass
class Counter:
    """A house that is served by a process of its own, and somebody who keeps sending."""

    app: App
    key: str
    port: int
    log: Path
    accepted: int = 0
    """Requests that were answered; the next one may have been taken or not."""
    served: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self) -> None:
        """API and worker in one process, which folds in whatever waits, at once."""
        ours = {"DATA_DIR": self.app.settings.data_dir, "FOLD_SECONDS": 0, "LOG_FORMAT": "json"}
        others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        wanted = {PREFIX + name: str(value) for name, value in ours.items()}
        command = [sys.executable, "-m", "tests.crash.served", str(self.port)]
        with self.log.open("ab") as log:
            self.served.append(subprocess.Popen(command, cwd=ROOT, env={**others, **wanted}, stdout=log, stderr=log))

    def kill(self) -> None:
        self.served[-1].kill()
        self.served[-1].wait()

    async def send(self, client: httpx2.AsyncClient) -> None:
        """The next people and their events; an answer means that they are taken."""
        ids = [f"p{self.accepted}-{n}" for n in range(ROWS)]
        everybody = [{"profile_id": each, "email": f"{each}@example.com"} for each in ids]
        same = {"profile_id": "p0-0", "attributes": {"last": self.accepted}}
        happened = [{"profile_id": each, "event": "order", "time": AT, "event_id": each} for each in ids]
        for path, body in (("profiles", {"profiles": [*everybody, same]}), ("events", {"events": happened})):
            answer = await client.post(f"/{path}/batch", json=body)
            assert answer.status_code == 202, answer.text
        self.accepted += 1

    async def send_until_killed(self, client: httpx2.AsyncClient) -> None:
        """It is killed while a fold is under way and more arrives, after others have come to their end."""
        folder = self.app.source.folder
        try:
            while True:
                await self.send(client)
                if folder.manifest().number >= FOLDS and any(folder.work.glob("import-*")):
                    self.kill()
        except httpx2.TransportError:
            assert self.served[-1].returncode == -signal.SIGKILL

    async def up(self, client: httpx2.AsyncClient) -> None:
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    await client.get("/health")
                    return
                except httpx2.TransportError:
                    assert self.served[-1].poll() is None, self.log.read_text()[-2000:]
                    await asyncio.sleep(0.05)

    def client(self) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.port}/api/v1", headers=headers)


@pytest.fixture
async def counter(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Counter]:
    async with open_app(load_settings(data_dir=tmp_path)) as app:
        user = await people.add_user(app, SHELL, email="ada@example.org", role="admin")
        _, key = await api_keys.create_key(app, SHELL, user.id, name="tests", permissions=ROLES["admin"])
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        made = Counter(app, key, port, tmp_path / "serve.log")
        try:
            yield made
        finally:
            for process in made.served:
                process.kill()
                process.wait()


async def test_what_was_answered_is_in_the_store_once_and_in_its_order(counter: Counter) -> None:
    async with counter.client() as client:
        counter.start()
        await counter.up(client)
        await counter.send_until_killed(client)
    before = counter.app.source.folder.manifest().number
    await hot.fold_now(counter.app, SHELL)
    manifest, sure = counter.app.source.folder.manifest(), counter.accepted * ROWS
    # The request that was cut off may have been taken, with its people alone or with their events.
    assert manifest.profile_rows in (sure, sure + ROWS)
    assert manifest.event_rows in (sure, sure + ROWS)
    assert last_of_the_first(counter.app) in (counter.accepted - 1, counter.accepted)
    assert manifest.number > before >= FOLDS
    assert "@example.com" not in counter.log.read_text()


def last_of_the_first(app: App) -> object:
    found = app.source.whole("p0-0", question(app))
    assert found is not None
    return found.attributes["last"]
