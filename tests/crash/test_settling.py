"""What Google has taken in and still works on outlives its worker: the run ends by itself once the time has come."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from audience_sync.app import open_app
from audience_sync.flows import audiences, runs
from audience_sync.flows.views import RunDetail
from audience_sync.model.permissions import SHELL
from audience_sync.sandbox.serve import Sandbox
from audience_sync.settings import Settings, load_settings
from tests.clock import Clock
from tests.convergence.oracle import keys_of
from tests.crash.clocked_worker import FileClock
from tests.crash.stage import Stage, Worker
from tests.platforms import GOOGLE
from tests.world import IN_SEGMENT, House

pytestmark = pytest.mark.slow

PEOPLE = [{"id": f"p{n}", "email": f"person{n}@example.com", "phone": "", "mobile_ad_id": ""} for n in range(30)]
FIRST_CHECK_SECONDS = 600.0
PROCESSING_SECONDS = 3600.0
ASKED = "requestStatus"


@dataclass
class Waiting:
    """A stage at Google, whose clock and the house's own are moved on together."""

    stage: Stage
    clock: FileClock

    @property
    def home(self) -> House:
        return self.stage.home

    def members(self, numbers: range) -> None:
        """These of the people are in the segment."""
        self.home.people({**each, "member": "yes" if n in numbers else "no"} for n, each in enumerate(PEOPLE))

    def start(self) -> Worker:
        return self.stage.start("one", "tests.crash.clocked_worker", str(self.clock.file))

    def pass_by(self, seconds: float) -> None:
        self.stage.sandbox.world.clock.advance(seconds)
        self.clock.advance(seconds)

    def asked(self) -> int:
        """How often Google was asked what became of a request."""
        return len(self.stage.sandbox.world.recorder.requests(path=ASKED))

    async def is_asked(self) -> bool:
        return self.asked() > 0

    def ingests(self) -> int:
        """How many uploads reached Google."""
        return len(self.stage.sandbox.world.recorder.requests(path=":ingest"))

    async def run(self, run_id: str) -> RunDetail:
        return await runs.get(self.home.app, SHELL, run_id)

    async def left_settling(self, run_id: str, *statuses: str) -> RunDetail:
        """The run, as soon as it waits for Google with its batches in these states."""

        async def settling() -> bool:
            seen = await self.run(run_id)
            return seen.run.status == "settling" and tuple(batch.status for batch in seen.batches) == statuses

        await self.stage.until(settling)
        return await self.run(run_id)

    async def is_equal(self, remote_id: str, numbers: range) -> bool:
        """Whether Google holds exactly the keys of these people."""
        return await self.home.keys(remote_id) == keys_of([PEOPLE[n] for n in numbers], GOOGLE)


@pytest.fixture
async def google(tmp_path: Path) -> AsyncIterator[Waiting]:
    """A connected house over a Google that takes an hour for everything, and no worker yet."""
    clock = FileClock(tmp_path / "clock")
    clock.file.write_text("0")
    with Sandbox.start(only="google") as sandbox:
        settings = _settings(tmp_path, sandbox.url)
        async with (
            open_app(settings, now=clock.now) as app,
            httpx2.AsyncClient(base_url=sandbox.url) as control,
        ):
            home = House(app, control, Clock(), tmp_path, pretend=GOOGLE)
            await home.connect()
            await home.control("settings", platform="google", processing_seconds=PROCESSING_SECONDS)
            stage = Stage(home, sandbox, settings)
            try:
                yield Waiting(stage, clock)
            finally:
                stage.end()


def _settings(folder: Path, url: str) -> Settings:
    addresses = {name: url for name, value in GOOGLE.app().items() if value == "http://sandbox"}
    chosen = {**GOOGLE.app(), **addresses, "google_first_check_seconds": FIRST_CHECK_SECONDS}
    return load_settings(data_dir=folder / "data", consent_policy="not_denied", **chosen)


async def first_run(google: Waiting) -> tuple[str, str]:
    """An audience of ten people, and its queued first run."""
    google.members(range(10))
    audience = await google.home.audience(await google.home.segment(IN_SEGMENT))
    return audience, (await audiences.get(google.home.app, SHELL, audience)).running


async def test_a_run_left_settling_ends_by_itself_after_its_worker_was_killed(google: Waiting) -> None:
    _audience, run = await first_run(google)
    worker = google.start()
    delivered = await google.left_settling(run, "accepted")
    worker.kill()
    assert (delivered.progress.waiting_for, google.asked()) == ("Delivered; Google is processing it.", 0)
    google.pass_by(PROCESSING_SECONDS + FIRST_CHECK_SECONDS)
    assert (await google.run(run)).run.status == "settling"
    google.start()
    done = await google.stage.ended(run)
    assert (done.run.status, done.run.sent, done.run.added, done.run.owed) == ("completed", 10, 10, 0)
    assert [(batch.status, batch.attempts) for batch in done.batches] == [("settled", 1)]
    assert await google.is_equal(done.remote_id, range(10))


async def test_a_worker_killed_while_it_asks_leaves_the_question_to_the_next(google: Waiting) -> None:
    _audience, run = await first_run(google)
    worker = google.start()
    await google.left_settling(run, "accepted")
    await google.home.fault("slow:10", path=ASKED)
    google.pass_by(PROCESSING_SECONDS + FIRST_CHECK_SECONDS)
    await google.stage.until(google.is_asked, every_seconds=0.02)
    worker.kill()
    assert (await google.run(run)).run.ended_at is None
    google.start()
    done = await google.stage.ended(run)
    assert (done.run.status, done.run.added, google.ingests()) == ("completed", 10, 1)
    assert await google.is_equal(done.remote_id, range(10))


async def test_removals_settle_before_additions_whichever_worker_is_there(google: Waiting) -> None:
    audience, first = await first_run(google)
    worker = google.start()
    await google.left_settling(first, "accepted")
    google.pass_by(PROCESSING_SECONDS + FIRST_CHECK_SECONDS)
    await google.stage.ended(first)
    google.members(range(5, 20))
    run = (await runs.start(google.home.app, SHELL, audience)).id
    await google.left_settling(run, "accepted", "planned")
    worker.kill()
    google.pass_by(PROCESSING_SECONDS + FIRST_CHECK_SECONDS)
    google.start()
    delivered = await google.left_settling(run, "settled", "accepted")
    google.pass_by(PROCESSING_SECONDS + FIRST_CHECK_SECONDS)
    done = await google.stage.ended(run)
    assert (done.run.status, done.run.added, done.run.removed, done.run.owed) == ("completed", 10, 5, 0)
    assert await google.is_equal(delivered.remote_id, range(5, 20))
