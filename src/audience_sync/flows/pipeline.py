"""Chunks of work on several threads: Arrow and DuckDB let go of the interpreter while they compute."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def side_by_side(work: Callable[[Given], Made], chunks: Iterable[Given], *, workers: int) -> Iterator[Made]:
    """What `work` makes of each chunk, in their order; one chunk more than there are workers is in memory."""
    with ThreadPoolExecutor(workers) as pool:
        pending: deque[Future[Made]] = deque()
        for chunk in chunks:
            pending.append(pool.submit(work, chunk))
            if len(pending) > workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
