"""A real worker, child processes and all, that gives what is under way one second when told to stop."""

import asyncio
import signal

from audience_sync import logs
from audience_sync.app import open_app
from audience_sync.settings import Settings, load_settings
from audience_sync.worker import working


async def _work(settings: Settings) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with open_app(settings) as app, working(app, drain_seconds=1):
        await stopped.wait()


def main() -> None:
    """Does runs and exports until SIGTERM, as `audience-sync worker` does."""
    settings = load_settings()
    logs.configure(settings)
    asyncio.run(_work(settings))


if __name__ == "__main__":
    main()
