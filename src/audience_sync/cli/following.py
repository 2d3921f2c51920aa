"""A run is seen through to its end: by working on it here when no worker is alive, else by watching its row."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from audience_sync.app import App
from audience_sync.cli.printing import note
from audience_sync.cli.progress import Watcher
from audience_sync.engine.single import is_running
from audience_sync.errors import Conflict, SetupError
from audience_sync.flows import runs
from audience_sync.flows.views import RunDetail
from audience_sync.model.permissions import SHELL
from audience_sync.worker import working

LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 15.0
"""After which somebody who waits for a worker is told that there may be none."""


async def follow(app: App, run_id: str, watcher: Watcher) -> RunDetail:
    """The run as it ended. The first Ctrl-C asks it to stop after its current batch, the second stops watching."""
    async with working_here(app) as works_here:
        with interruptible() as interrupted, watcher:
            return await _watch(app, run_id, watcher, interrupted, works_here=works_here)


@asynccontextmanager
async def working_here(app: App) -> AsyncIterator[bool]:
    """Whether this process is the worker meanwhile. On PostgreSQL workers live elsewhere."""
    async with AsyncExitStack() as stack:
        works_here = False
        if not app.settings.is_postgres and not is_running(app.settings.data_dir):
            try:
                await stack.enter_async_context(working(app))
                works_here = True
            except SetupError:
                # Another worker was quicker; it will do the run.
                works_here = False
        yield works_here


async def _watch(
    app: App, run_id: str, watcher: Watcher, interrupted: Callable[[], int], *, works_here: bool
) -> RunDetail:
    begun, asked, told = asyncio.get_running_loop().time(), False, works_here
    while True:
        detail = await runs.get(app, SHELL, run_id)
        watcher.show(detail)
        if detail.run.ended_at is not None:
            return detail
        if interrupted() and not asked:
            asked = True
            await _ask_to_stop(app, run_id)
        if not told and not detail.run.started_at and asyncio.get_running_loop().time() - begun > PATIENCE_SECONDS:
            told = True
            note("No worker has taken the run up yet. Is `audience-sync worker` or `serve` running?")
        await asyncio.sleep(LOOK_SECONDS)


async def _ask_to_stop(app: App, run_id: str) -> None:
    note("Stopping after the current batch; what is not sent stays owed. Ctrl-C again stops watching.")
    try:
        await runs.cancel(app, SHELL, run_id)
    except Conflict:
        note("The run has ended already.")


@contextmanager
def interruptible() -> Iterator[Callable[[], int]]:
    """Counts Ctrl-C: the first is kept for the caller, the next one interrupts this program as usual."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    pressed: list[int] = []

    def press() -> None:
        pressed.append(1)
        if len(pressed) > 1 and task is not None:
            loop.remove_signal_handler(signal.SIGINT)
            task.cancel()

    loop.add_signal_handler(signal.SIGINT, press)
    try:
        yield lambda: len(pressed)
    finally:
        loop.remove_signal_handler(signal.SIGINT)
