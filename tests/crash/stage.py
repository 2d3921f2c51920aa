"""A house whose runs are done by real worker processes, over a sandbox on a real port."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import sqlalchemy as sa

from audience_sync.app import open_app
from audience_sync.flows import runs
from audience_sync.flows.views import RunDetail
from audience_sync.model.permissions import SHELL
from audience_sync.sandbox.recorder import Recorded
from audience_sync.sandbox.serve import Sandbox
from audience_sync.settings import PREFIX, Settings, load_settings
from audience_sync.store import runs as run_rows
from audience_sync.store.audiences import BatchRow
from tests.clock import Clock
from tests.convergence.oracle import keys_of
from tests.crash.small_worker import ROWS
from tests.world import House

ROOT = Path(__file__).parents[2]
BATCHES = 50
CROWD = [
    {"id": f"p{n}", "email": f"person{n}@example.com", "phone": f"+12015550{n}" if 100 <= n < 200 else ""}
    for n in range(BATCHES * ROWS)
]
PATIENCE_SECONDS = 150.0
OWNER = sa.text("SELECT executor_id FROM dbos.workflow_status WHERE workflow_uuid LIKE :run AND status = 'PENDING'")


@dataclass(frozen=True)
class Worker:
    """A process of ours that does runs; what it logged is in the file."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """It is gone at once, as with `kill -9`."""
        self.process.kill()
        self.process.wait()

    def said(self) -> list[str]:
        """What it logged so far. Every line is JSON, the engine's own too."""
        return [str(json.loads(line)["event"]) for line in self.log.read_text().splitlines()]

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


@dataclass
class Stage:
    """The house, its pretend Meta, and the workers that were started."""

    home: House
    sandbox: Sandbox
    settings: Settings
    workers: list[Worker] = field(default_factory=list)

    def start(self, name: str = "one", *command: str) -> Worker:
        """One more worker process, under that name; by another command than the small worker's, if given."""
        ours = self.settings.model_dump(mode="json", exclude_unset=True)
        others = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        wanted = {PREFIX + key.upper(): str(value) for key, value in {**ours, "worker_id": name}.items()}
        log = self.home.folder / f"worker-{len(self.workers)}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", *(command or ("tests.crash.small_worker",))],
                cwd=ROOT,
                env={**others, **wanted},
                stdout=file,
                stderr=file,
            )
        self.workers.append(Worker(name, process, log))
        return self.workers[-1]

    def end(self) -> None:
        """No worker of ours is left."""
        for worker in self.workers:
            worker.kill()

    def sent(self) -> Counter[str]:
        """How often each batch reached the platform, by the keys in it."""
        return Counter(json.dumps(json.loads(each.body)["payload"]["data"]) for each in self._posts())

    def _posts(self) -> list[Recorded]:
        return [each for each in self.sandbox.world.recorder.requests(path="/users") if each.method == "POST"]

    async def sent_at_least(self, number: int) -> None:
        """So many batches have been received by the platform, and others have not yet."""

        async def reached() -> bool:
            return len(self._posts()) >= number

        await self.until(reached, every_seconds=0.02)
        assert self.sent().total() < BATCHES, "the run was over before anything could happen to it"

    async def ended(self, run_id: str) -> RunDetail:
        """The run, once a worker has brought it to its end."""

        async def over() -> bool:
            return (await runs.get(self.home.app, SHELL, run_id)).run.ended_at is not None

        await self.until(over)
        return await runs.get(self.home.app, SHELL, run_id)

    async def stopped(self, worker: Worker) -> int:
        """The exit status of the worker, once it has ended."""

        async def over() -> bool:
            return worker.process.poll() is not None

        worker.send(signal.SIGTERM)
        await self.until(over)
        return worker.process.wait()

    async def until(self, true: Callable[[], Awaitable[bool]], *, every_seconds: float = 0.15) -> None:
        """It has become true, or the test fails with what the workers said. To look takes time from the workers."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not await true():
            assert time.monotonic() < deadline, "\n".join(each.log.read_text()[-3000:] for each in self.workers)
            await asyncio.sleep(every_seconds)

    async def queued_run(self) -> str:
        """The id of the first run of an audience of everyone, which no worker has taken up yet."""
        await self.home.audience(await self.home.segment())
        async with self.home.app.database.read() as session:
            ((run, _partition),) = await run_rows.due(session, self.home.app.now())
        return run.id

    async def batches(self, run_id: str) -> Sequence[BatchRow]:
        async with self.home.app.database.read() as session:
            return await run_rows.batches(session, run_id)

    async def doing(self, run_id: str) -> Worker:
        """The worker that has the run in hand (PostgreSQL, where there may be several)."""
        async with self.home.app.database.read() as session:
            name = await session.scalar(OWNER, {"run": f"{run_id}:%"})
        return next(worker for worker in self.workers if worker.name == name)

    async def assert_whole(self, run_id: str, *, interruptions: int = 1) -> None:
        """The run is completed, the keys are equal, and an interruption cost at most the batch that was on its way."""
        detail = await self.ended(run_id)
        assert detail.run.status == "completed", detail.run
        sent, batches = self.sent(), await self.batches(run_id)
        assert len(sent) == len(batches) == BATCHES
        assert max(sent.values()) <= 2
        assert max(batch.attempts for batch in batches) <= 2
        assert sent.total() <= BATCHES + interruptions
        assert await self.is_equal()

    async def is_equal(self) -> bool:
        """Whether the one audience on the platform holds exactly the keys of the crowd."""
        (audience,) = await self.home.control("audiences")
        everyone = [{"mobile_ad_id": "", **person} for person in CROWD]
        return await self.home.keys(audience["id"]) == keys_of(everyone)


@asynccontextmanager
async def stage(folder: Path, database_url: str = "", *, answer_seconds: float = 0.1) -> AsyncIterator[Stage]:
    """A connected house with the crowd in it and no worker yet; each upload takes the platform so long."""
    with Sandbox.start(only="meta") as sandbox:
        settings = _settings(folder, database_url, sandbox.url)
        async with open_app(settings) as app, httpx2.AsyncClient(base_url=sandbox.url) as control:
            set_up = Stage(House(app, control, Clock(), folder), sandbox, settings)
            await set_up.home.connect()
            set_up.home.people(CROWD)
            sandbox.world.fail("meta", f"slow:{answer_seconds}", times=None, path="POST .*/users")
            try:
                yield set_up
            finally:
                set_up.end()


def _settings(folder: Path, database_url: str, platform_url: str) -> Settings:
    return load_settings(
        data_dir=folder / "data",
        database_url=database_url,
        consent_policy="not_denied",
        meta_app_id="sandbox-app",
        meta_app_secret="sandbox-secret",
        meta_api_url=platform_url,
        meta_login_url=platform_url,
        meta_requests_per_second=1000.0,
    )
