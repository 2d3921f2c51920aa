"""All callers together keep the rate, and hardly less."""

import asyncio
import heapq
import json
import sys
from collections.abc import Sequence

import pytest

from audience_sync.store.database import Database
from audience_sync.store.limits import DatabaseLimiter
from tests.clock import Clock

WORKER = """
import asyncio, json, sys, time
from pathlib import Path
from audience_sync.store.database import Database
from audience_sync.store.limits import DatabaseLimiter

async def main(url, rate, until):
    database, sent = Database(url, Path()), []
    limiter = DatabaseLimiter(database)
    while time.time() < until:
        await asyncio.sleep(await limiter.acquire("meta:act_1", rate))
        sent.append(time.time())
    await database.close()
    print(json.dumps(sent))

sys.stdin.readline()
asyncio.run(main(sys.argv[1], float(sys.argv[2]), time.time() + float(sys.argv[3])))
"""


def most_in_a_window(sent: Sequence[float], seconds: float) -> int:
    return max(sum(start <= at < start + seconds for at in sent) for start in sent)


async def simulate(limiter: DatabaseLimiter, clock: Clock, *, callers: int, rate: float, seconds: float) -> list[float]:
    """When each call was sent, seconds from the start, by callers that send as soon as they may."""
    start, sent = clock.moment.timestamp(), list[float]()
    ready = [(start, caller) for caller in range(callers)]
    while ready[0][0] < start + seconds:
        at, caller = heapq.heappop(ready)
        clock.advance(seconds=at - clock.seconds())
        at = clock.seconds() + await limiter.acquire("meta:act_1", rate)
        sent.append(at - start)
        heapq.heappush(ready, (at, caller))
    return [at for at in sent if at < seconds]


@pytest.fixture
def limiter(database: Database, clock: Clock) -> DatabaseLimiter:
    return DatabaseLimiter(database, clock.seconds)


@pytest.mark.parametrize("rate", [0.5, 1.0, 5.0, 20.0])
async def test_the_rate_holds_over_every_window_and_is_used(
    limiter: DatabaseLimiter, clock: Clock, rate: float
) -> None:
    seconds = max(20.0, 100 / rate) if rate < 5 else 20.0
    sent = await simulate(limiter, clock, callers=3, rate=rate, seconds=seconds)
    burst = max(1.0, rate)
    for window in (1.0, 3.0, 10.0):
        assert most_in_a_window(sent, window) <= rate * window + burst + 1e-6
    assert len(sent) >= 0.95 * rate * seconds


async def test_three_processes_share_one_rate(database: Database) -> None:
    rate, seconds = 40.0, 2.0
    words = (sys.executable, "-c", WORKER, database.url, str(rate), str(seconds))
    pipe = asyncio.subprocess.PIPE
    workers = [await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe) for _ in range(3)]
    answers = await asyncio.gather(*(worker.communicate(b"go\n") for worker in workers))
    sent = sorted(at for out, _ in answers for at in json.loads(out))
    span = sent[-1] - sent[0]
    # The first call may have been sent a little after its turn, which makes the span a little short.
    assert 0.95 * rate * seconds <= len(sent) <= rate * span + rate + len(workers)


async def test_the_first_call_is_free(limiter: DatabaseLimiter) -> None:
    assert await limiter.acquire("meta:act_1", 5) == 0


async def test_a_rest_saves_up_one_second_and_no_more(limiter: DatabaseLimiter, clock: Clock) -> None:
    await limiter.acquire("meta:act_1", 5)
    clock.advance(hours=1)
    waits = [await limiter.acquire("meta:act_1", 5) for _ in range(7)]
    assert waits == pytest.approx([0, 0, 0, 0, 0, 0.2, 0.4], abs=1e-5)


async def test_a_dear_call_takes_several_turns(limiter: DatabaseLimiter) -> None:
    await limiter.acquire("meta:act_1", 5, cost=5)
    assert await limiter.acquire("meta:act_1", 5, cost=10) == pytest.approx(2.0, abs=1e-5)


async def test_keys_do_not_wait_for_each_other(limiter: DatabaseLimiter) -> None:
    await limiter.acquire("meta:act_1", 1, cost=100)
    assert await limiter.acquire("meta:act_2", 1) == 0


async def test_a_push_holds_everybody_back(database: Database, clock: Clock) -> None:
    await DatabaseLimiter(database, clock.seconds).push("meta:act_1", 30)
    other = DatabaseLimiter(database, clock.seconds)
    waits = [await other.acquire("meta:act_1", 5) for _ in range(3)]
    assert min(waits) >= 30
    assert waits[2] - waits[0] == pytest.approx(0.4, abs=1e-5)


async def test_a_shorter_push_does_not_shorten_a_longer_one(limiter: DatabaseLimiter) -> None:
    await limiter.push("meta:act_1", 30)
    await limiter.push("meta:act_1", 1)
    assert await limiter.acquire("meta:act_1", 5) >= 30
