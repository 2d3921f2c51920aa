"""Three callers on a busy machine, in a time of their own: they use the rate, and the sandbox refuses nobody."""

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from itertools import count
from pathlib import Path
from random import Random

import httpx2
import pytest

from audience_sync.connectors import http
from audience_sync.connectors.client import open_client
from audience_sync.connectors.http import SENT
from audience_sync.connectors.registry import api_for
from audience_sync.sandbox.tiktok.limits import Limits
from audience_sync.sandbox.tiktok.settings import Settings
from audience_sync.settings import load_settings
from audience_sync.store.database import Database
from audience_sync.store.limits import DatabaseLimiter

Answerer = Callable[[httpx2.Request], Coroutine[None, None, httpx2.Response]]
START, SECONDS = 1_000_000.0, 12.0


class Machine:
    """Time goes on to the next wake-up whenever all callers sleep; they sleep too long, and sometimes far too long."""

    def __init__(self, callers: int, seed: int) -> None:
        self.now = START
        self.stalls = 0.03
        self.chance = Random(seed)  # noqa: S311 - A play of chance that can be repeated.
        self._callers = callers
        self._asleep: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = count()

    def seconds(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        oversleeps = (
            self.chance.uniform(0.0, 0.2) if self.chance.random() < self.stalls else self.chance.uniform(0.0, 0.006)
        )
        await self.passes(seconds + oversleeps)

    async def passes(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._asleep, (self.now + seconds, next(self._number), future))
        self._wake()
        await future

    async def run(self, caller: Coroutine[None, None, None]) -> None:
        await caller
        self._callers -= 1
        self._wake()

    def _wake(self) -> None:
        if self._asleep and len(self._asleep) == self._callers:
            self.now, _, future = heapq.heappop(self._asleep)
            future.set_result(None)


def platform(machine: Machine, rate: float, arrived: list[float]) -> Answerer:
    """TikTok's sandbox behind a line of changing length; it raises where a call of any caller is one too many."""
    limits, chance = Limits(), machine.chance

    async def answer(request: httpx2.Request) -> httpx2.Response:
        await machine.passes(chance.uniform(0.0, 0.006))
        await request.extensions["trace"](f"http11.{SENT}", {})
        await machine.passes(chance.uniform(0.0, 0.03))
        limits.spend("app", machine.now, Settings(requests_per_second=rate))
        arrived.append(machine.now)
        await machine.passes(chance.uniform(0.01, 0.06))
        return httpx2.Response(200, json={"code": 0, "data": {}})

    return answer


@pytest.fixture
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(callers=3, seed=request.param)
    monkeypatch.setattr(http, "monotonic", made.seconds)
    monkeypatch.setattr(http, "sleep", made.sleep)
    return made


async def arrivals(machine: Machine, sqlite_url: str, rate: float) -> list[float]:
    """When the calls of three callers who never rest reached the platform, each with a database of its own."""
    arrived: list[float] = []
    databases = [Database(sqlite_url, Path()) for _ in range(3)]
    settings = load_settings(tiktok_requests_per_second=rate)
    answer = platform(machine, rate, arrived)

    async def call_for_ever(database: Database) -> None:
        client = open_client(httpx2.MockTransport(answer))
        api = api_for(settings, "tiktok", client, DatabaseLimiter(database, machine.seconds))
        while machine.now < START + SECONDS:
            await api.get("user/info/")

    await asyncio.gather(*(machine.run(call_for_ever(database)) for database in databases))
    for database in databases:
        await database.close()
    return arrived


@pytest.mark.parametrize("machine", [1, 2], indirect=True)
@pytest.mark.parametrize("rate", [2.0, 20.0])
async def test_three_callers_use_the_rate_and_are_never_refused(sqlite_url: str, machine: Machine, rate: float) -> None:
    arrived = await arrivals(machine, sqlite_url, rate)
    assert sum(at < START + SECONDS for at in arrived) >= 0.95 * rate * SECONDS


@pytest.mark.parametrize("machine", [1, 2], indirect=True)
async def test_a_machine_that_often_stalls_is_never_refused_either(sqlite_url: str, machine: Machine) -> None:
    machine.stalls = 0.4
    assert len(await arrivals(machine, sqlite_url, 10.0)) > SECONDS
