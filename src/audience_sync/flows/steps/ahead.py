"""What the next batches need is made in threads while others are under way."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")

AHEAD = 3
"""Things made before anybody asks for them: a body of Meta's is four megabytes."""
THREADS = 2
"""Things that are made at once. Reading and joining leave the interpreter to others; more threads only crowd it."""


class Ahead(Generic[T]):
    """Things in their order, each made once; `stop` it when no more are wanted."""

    def __init__(self, makes: Iterable[Callable[[], T]]) -> None:
        self._makes = iter(makes)
        self._threads = asyncio.Semaphore(THREADS)
        self._tasks: deque[asyncio.Task[T]] = deque()
        for _ in range(AHEAD):
            self._begin()

    def next(self) -> asyncio.Task[T]:
        """The next thing, on its way or made; IndexError when there is none."""
        self._begin()
        return self._tasks.popleft()

    def stop(self) -> None:
        """What nobody asked for is not waited for."""
        for task in self._tasks:
            task.cancel()

    def _begin(self) -> None:
        for make in self._makes:
            self._tasks.append(asyncio.create_task(self._made(make)))
            return

    async def _made(self, make: Callable[[], T]) -> T:
        async with self._threads:
            return await asyncio.to_thread(make)
