"""All callers together keep the rate, and hardly less."""

import asyncio
import json
import sys
from collections.abc import Sequence

import pytest

from audience_sync.store.database import Database
from audience_sync.store.limits import DatabaseLimiter
from audience_sync.store.pace import MARGIN
from tests.clock import Clock

SECOND = 1 + MARGIN
"""What the limiter takes for a second."""
WORKER = """
import asyncio, json, sys, time
from pathlib import Path
from audience_sync.store.database import Database
from audience_sync.store.limits import DatabaseLimiter

async def main(url, rate, until):
    database, sent = Database(url, Path()), []
    limiter = DatabaseLimiter(database)
    while time.time() < until:
        due = time.time() + await limiter.acquire("meta:act_1", rate)
        await asyncio.sleep(due - time.time())
        sent.append(time.time())
        if sent[-1] > due + 0.01:
            await limiter.move("meta:act_1", rate, time.time() - due)
    await database.close()
    print(json.dumps(sent))

sys.stdin.readline()
asyncio.run(main(sys.argv[1], float(sys.argv[2]), time.time() + float(sys.argv[3])))
"""
"""A process that calls as fast as it may, as the connectors do."""


def most_in_a_window(sent: Sequence[float], seconds: float) -> int:
    return max(sum(start <= at < start + seconds for at in sent) for start in sent)


@pytest.fixture
def limiter(database: Database, clock: Clock) -> DatabaseLimiter:
    return DatabaseLimiter(database, clock.seconds)


async def test_three_processes_never_exceed_one_rate(database: Database) -> None:
    rate, seconds = 20, 2.0
    words = (sys.executable, "-c", WORKER, database.url, str(rate), str(seconds))
    pipe = asyncio.subprocess.PIPE
    workers = [await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe) for _ in range(3)]
    answers = await asyncio.gather(*(worker.communicate(b"go\n") for worker in workers))
    sent = sorted(at for out, _ in answers for at in json.loads(out))
    # How much of the rate is used depends on what else the machine does: test_limits_simulated.py claims that.
    assert len(sent) > 3
    assert most_in_a_window(sent, 1.0) <= rate


async def test_the_first_call_is_free(limiter: DatabaseLimiter) -> None:
    assert await limiter.acquire("meta:act_1", 5) == 0


async def test_callers_who_ask_at_once_have_turns_of_their_own(limiter: DatabaseLimiter) -> None:
    waits = await asyncio.gather(*(limiter.acquire("meta:act_1", 1) for _ in range(4)))
    assert sorted(waits) == pytest.approx([0, SECOND, 2 * SECOND, 3 * SECOND], abs=1e-5)


async def test_a_caller_who_goes_away_keeps_nobody_from_a_turn(limiter: DatabaseLimiter) -> None:
    asking = [asyncio.create_task(limiter.acquire("meta:act_1", 1)) for _ in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(answer) for answer in answers] == [asyncio.CancelledError, float, float]


async def test_whoever_would_wait_too_long_keeps_no_turn(database: Database, clock: Clock) -> None:
    limiter = DatabaseLimiter(database, clock.seconds, patience_seconds=10)
    await limiter.push("meta:act_1", 60)
    waits = [await limiter.acquire("meta:act_1", 5) for _ in range(3)]
    assert waits == pytest.approx([60, 60, 60], abs=1e-5)


async def test_the_lock_makes_no_turn_late(sqlite_database: Database) -> None:
    """The clock is read once the row is ours, and again at the end: here that took 5 ms."""
    looks = iter([100.0, 100.005])
    limiter = DatabaseLimiter(sqlite_database, lambda: next(looks))
    assert await limiter.acquire("meta:act_1", 5) == pytest.approx(-0.005)


async def test_a_turn_that_is_used_late_holds_back_only_the_call_a_second_later(
    limiter: DatabaseLimiter, clock: Clock
) -> None:
    waits = [await limiter.acquire("meta:act_1", 2) for _ in range(2)]
    clock.advance(seconds=waits[1] + 0.3)
    assert await limiter.move("meta:act_1", 2, 0.3) == pytest.approx(0, abs=1e-5)
    later = [clock.seconds() + await limiter.acquire("meta:act_1", 2) - Clock().seconds() for _ in range(2)]
    assert later == pytest.approx([SECOND, waits[1] + 0.3 + SECOND], abs=1e-5)


async def test_a_turn_that_is_looked_at_early_stays(limiter: DatabaseLimiter, clock: Clock) -> None:
    waits = [await limiter.acquire("meta:act_1", 5) for _ in range(12)]
    assert await limiter.move("meta:act_1", 5, -waits[-1]) == pytest.approx(waits[-1], abs=1e-5)


async def test_a_turn_waits_for_an_earlier_one_that_was_moved(limiter: DatabaseLimiter, clock: Clock) -> None:
    _, second = [await limiter.acquire("meta:act_1", 1) for _ in range(2)]
    clock.advance(seconds=0.2)
    await limiter.move("meta:act_1", 1, 0.2)
    assert await limiter.move("meta:act_1", 1, 0.2 - second) == pytest.approx(SECOND, abs=1e-5)


async def test_a_turn_may_be_moved_to_where_it_will_be_used(limiter: DatabaseLimiter) -> None:
    await limiter.acquire("meta:act_1", 1)
    assert await limiter.move("meta:act_1", 1, 0, ahead_seconds=0.4) == pytest.approx(0.4, abs=1e-5)
    assert await limiter.acquire("meta:act_1", 1) == pytest.approx(0.4 + SECOND, abs=1e-5)


async def test_a_turn_that_is_very_late_becomes_the_last(limiter: DatabaseLimiter, clock: Clock) -> None:
    waits = [await limiter.acquire("meta:act_1", 1) for _ in range(3)]
    clock.advance(seconds=0.9)
    assert 0.9 + await limiter.move("meta:act_1", 1, 0.9) == pytest.approx(waits[-1] + SECOND, abs=1e-5)


async def test_keys_do_not_wait_for_each_other(limiter: DatabaseLimiter) -> None:
    await limiter.push("meta:act_1", 100)
    assert await limiter.acquire("meta:act_2", 1) == 0


async def test_a_push_holds_everybody_back(database: Database, clock: Clock) -> None:
    await DatabaseLimiter(database, clock.seconds).push("meta:act_1", 30)
    other = DatabaseLimiter(database, clock.seconds, patience_seconds=60)
    waits = [await other.acquire("meta:act_1", 5) for _ in range(3)]
    assert min(waits) == pytest.approx(30, abs=1e-5)


async def test_a_shorter_push_does_not_shorten_a_longer_one(limiter: DatabaseLimiter) -> None:
    await limiter.push("meta:act_1", 30)
    await limiter.push("meta:act_1", 1)
    assert await limiter.acquire("meta:act_1", 5) >= 30
