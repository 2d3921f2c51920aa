"""A repeated request is recognised, and done once."""

import asyncio
from dataclasses import replace

import pytest

from audience_sync.errors import Conflict
from audience_sync.store.database import Database
from audience_sync.store.remembered import Answer, Question, forget, purge, recall, remember
from tests.clock import Clock

ASKED = Question("key-1", "anna", "hash of POST /runs")
STARTED = Answer(202, {"id": "r1"}, "/api/v1/runs/r1")


async def ask(database: Database, clock: Clock, question: Question = ASKED) -> Answer | None:
    return await recall(database, question, clock.now())


async def test_the_first_answer_is_given_again(database: Database, clock: Clock) -> None:
    assert await ask(database, clock) is None
    await remember(database, ASKED, STARTED, clock.now())
    assert await ask(database, clock) == STARTED


async def test_another_request_with_the_key_is_refused(database: Database, clock: Clock) -> None:
    await remember(database, ASKED, STARTED, clock.now())
    with pytest.raises(Conflict) as caught:
        await ask(database, clock, replace(ASKED, request_hash="hash of POST /audiences"))
    assert caught.value.code == "IDEMPOTENCY_KEY_REUSED"


async def test_two_actors_may_use_the_same_key(database: Database, clock: Clock) -> None:
    await remember(database, ASKED, STARTED, clock.now())
    assert await ask(database, clock, replace(ASKED, actor_id="ben")) is None


async def test_of_two_requests_at_once_one_is_done(database: Database, clock: Clock) -> None:
    results = await asyncio.gather(*(ask(database, clock) for _ in range(5)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, Conflict)]
    assert results.count(None) == 1
    assert [each.code for each in refused] == ["IDEMPOTENCY_KEY_BUSY"] * 4


async def test_a_request_that_failed_may_be_repeated(database: Database, clock: Clock) -> None:
    await ask(database, clock)
    await forget(database, ASKED)
    assert await ask(database, clock) is None


async def test_a_request_that_died_may_be_repeated_after_a_minute(database: Database, clock: Clock) -> None:
    await ask(database, clock)
    clock.advance(seconds=60)
    assert await ask(database, clock) is None


async def test_an_answer_is_forgotten_after_a_day(database: Database, clock: Clock) -> None:
    await remember(database, ASKED, STARTED, clock.now())
    clock.advance(hours=23, minutes=59)
    assert await ask(database, clock) == STARTED
    clock.advance(minutes=1)
    assert await ask(database, clock) is None


async def test_purging_drops_what_expired_and_only_that(database: Database, clock: Clock) -> None:
    await remember(database, ASKED, STARTED, clock.now())
    clock.advance(hours=24)
    await remember(database, replace(ASKED, key="key-2"), STARTED, clock.now())
    async with database.write() as session:
        assert await purge(session, clock.now()) == 1
    assert await ask(database, clock, replace(ASKED, key="key-2")) == STARTED
