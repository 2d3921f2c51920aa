"""One pull, watched until it has ended."""

import asyncio
from collections.abc import Callable

from rich.live import Live
from rich.text import Text

from audience_sync.app import App
from audience_sync.cli.following import LOOK_SECONDS, interruptible, working_here
from audience_sync.cli.printing import console, note
from audience_sync.cli.warehouse_words import far
from audience_sync.flows import pulls
from audience_sync.flows.warehousing.showing import PullView
from audience_sync.model.permissions import SHELL


async def followed(app: App, asked: PullView, *, silent: bool) -> PullView:
    """The pull as it ended; how far it is was shown unless `silent`. Ctrl-C asks it to stop."""
    shown = console()
    with Live(console=shown, auto_refresh=False, transient=True) as live:
        async with working_here(app):
            with interruptible() as interrupted:
                return await _watched(app, asked, interrupted, None if silent or not shown.is_terminal else live)


async def _watched(app: App, seen: PullView, interrupted: Callable[[], int], live: Live | None) -> PullView:
    asked = False
    while seen.ended_at is None:
        if interrupted() and not asked:
            asked = True
            note("Stopping; nothing will be changed. Ctrl-C again stops watching.")
            await pulls.cancel(app, SHELL, seen.id)
        await asyncio.sleep(LOOK_SECONDS)
        seen = await pulls.get(app, SHELL, seen.id)
        if live:
            live.update(Text(far(seen)), refresh=True)
    return seen
