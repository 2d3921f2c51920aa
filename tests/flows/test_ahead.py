"""Things made ahead come in their order, each made once, and few before anybody asks."""

import asyncio
from functools import partial

from audience_sync.flows.steps.ahead import AHEAD, Ahead

MANY = 4 * AHEAD


async def test_they_come_in_their_order() -> None:
    things = Ahead(partial(int, number) for number in range(MANY))
    assert [await things.next() for _ in range(MANY)] == list(range(MANY))


async def test_few_are_made_before_anybody_asks() -> None:
    made: list[int] = []
    things = Ahead(partial(made.append, number) for number in range(MANY))
    await things.next()
    await asyncio.gather(*things._tasks)
    assert len(made) == 1 + AHEAD


async def test_what_nobody_asked_for_is_not_waited_for() -> None:
    things = Ahead(partial(int, number) for number in range(MANY))
    things.stop()
    ends = await asyncio.gather(*things._tasks, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ends)
