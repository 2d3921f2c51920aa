"""What the line of a run needs of an engine: steps whose results outlive the process."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

Step = Callable[[], Coroutine[Any, Any, str]]


class Durable(Protocol):
    """Steps run once; after a crash their recorded results are given again, in the same order."""

    async def step(self, name: str, work: Step) -> str:
        """The result of `work`, from the record when it ran before. Results are short texts, never members."""
        ...


Body = Callable[[str, Durable], Awaitable[None]]
"""The line of a run, given its id. It must be deterministic but for the results of its steps."""


class Immediate:
    """Steps that simply run: for tests, and wherever the caller itself starts again after a crash."""

    async def step(self, name: str, work: Step) -> str:
        return await work()
