"""All callers together keep the rate, and hardly less."""

import asyncio
import heapq
import json
import sys
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audience_sync.model.ids import new_id
from audience_sync.store.database import Database
from audience_sync.store.limits import MARGIN, DatabaseLimiter
from tests.clock import Clock

SPACE = (1 + MARGIN) / 5
"""Seconds between two calls at five a second."""
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
async def test_the_rate_is_used(limiter: DatabaseLimiter, clock: Clock, rate: float) -> None:
    seconds = max(20.0, 100 / rate) if rate < 5 else 20.0
    sent = await simulate(limiter, clock, callers=3, rate=rate, seconds=seconds)
    assert len(sent) >= 0.95 * rate * seconds


@given(rests=st.lists(st.floats(0, 3), min_size=1, max_size=25), rate=st.integers(1, 12), callers=st.integers(1, 4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_second_has_more_calls_than_the_rate(
    sqlite_database: Database, rests: list[float], rate: int, callers: int
) -> None:
    """Callers come back after rests of any length, and send as soon as they may."""
    clock, sent = Clock(), list[float]()
    key = new_id()
    for rest in rests:
        clock.advance(seconds=rest)
        waits = [await DatabaseLimiter(sqlite_database, clock.seconds).acquire(key, rate) for _ in range(callers)]
        sent += [clock.seconds() + wait for wait in waits]
    assert most_in_a_window(sent, 1.0) <= rate


async def test_three_processes_share_one_rate(database: Database) -> None:
    rate, seconds = 40.0, 2.0
    words = (sys.executable, "-c", WORKER, database.url, str(rate), str(seconds))
    pipe = asyncio.subprocess.PIPE
    workers = [await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe) for _ in range(3)]
    answers = await asyncio.gather(*(worker.communicate(b"go\n") for worker in workers))
    sent = sorted(at for out, _ in answers for at in json.loads(out))
    # How much of the rate is used depends on what else the machine does: the simulated callers above claim that.
    assert 1 < len(sent) <= rate * (sent[-1] - sent[0]) + 1


async def test_the_first_call_is_free(limiter: DatabaseLimiter) -> None:
    assert await limiter.acquire("meta:act_1", 5) == 0


async def test_a_rest_saves_nothing_up(limiter: DatabaseLimiter, clock: Clock) -> None:
    await limiter.acquire("meta:act_1", 5)
    clock.advance(hours=1)
    waits = [await limiter.acquire("meta:act_1", 5) for _ in range(3)]
    assert waits == pytest.approx([0, SPACE, 2 * SPACE], abs=1e-5)


async def test_a_dear_call_takes_several_turns(limiter: DatabaseLimiter) -> None:
    await limiter.acquire("meta:act_1", 5, cost=5)
    assert await limiter.acquire("meta:act_1", 5) == pytest.approx(5 * SPACE, abs=1e-5)


async def test_whoever_would_wait_too_long_keeps_no_turn(database: Database, clock: Clock) -> None:
    limiter = DatabaseLimiter(database, clock.seconds, patience_seconds=10)
    await limiter.push("meta:act_1", 60)
    waits = [await limiter.acquire("meta:act_1", 5) for _ in range(3)]
    assert waits == pytest.approx([60, 60, 60], abs=1e-5)


async def test_a_turn_that_came_too_late_is_let_go(sqlite_database: Database) -> None:
    """The database took half a second: the turn is past by then, and the next one is taken half a second ahead."""
    looks = iter([100.0, 100.5, 100.5, 100.5])
    limiter = DatabaseLimiter(sqlite_database, lambda: next(looks))
    assert await limiter.acquire("meta:act_1", 5) == pytest.approx(0.5)
    assert await DatabaseLimiter(sqlite_database, lambda: 100.5).acquire("meta:act_1", 5) == pytest.approx(0.5 + SPACE)


async def test_keys_do_not_wait_for_each_other(limiter: DatabaseLimiter) -> None:
    await limiter.acquire("meta:act_1", 1, cost=100)
    assert await limiter.acquire("meta:act_2", 1) == 0


async def test_a_push_holds_everybody_back(database: Database, clock: Clock) -> None:
    await DatabaseLimiter(database, clock.seconds).push("meta:act_1", 30)
    other = DatabaseLimiter(database, clock.seconds)
    waits = [await other.acquire("meta:act_1", 5) for _ in range(3)]
    assert min(waits) == pytest.approx(30, abs=1e-5)


async def test_a_shorter_push_does_not_shorten_a_longer_one(limiter: DatabaseLimiter) -> None:
    await limiter.push("meta:act_1", 30)
    await limiter.push("meta:act_1", 1)
    assert await limiter.acquire("meta:act_1", 5) >= 30
