"""A real worker whose batches to Meta are small, so that a thousand people make fifty: run with `python -m`."""

import asyncio
import signal
from dataclasses import replace

from audience_sync import logs
from audience_sync.app import open_app
from audience_sync.connectors.meta import Meta
from audience_sync.settings import Settings, load_settings
from audience_sync.worker import working

ROWS = 20


async def _work(settings: Settings) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    # A child process would not know of the smaller card, so plans are made in this one.
    async with open_app(settings) as app, working(replace(app, inline_jobs=True)):
        await stopped.wait()


def main() -> None:
    """Does runs until SIGTERM, as `audience-sync worker` does."""
    Meta.card = replace(Meta.card, max_rows=ROWS)
    settings = load_settings()
    logs.configure(settings)
    asyncio.run(_work(settings))


if __name__ == "__main__":
    main()
