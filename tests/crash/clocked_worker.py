"""A real worker whose time is moved on by a file, so that hours pass in a moment: `python -m` it with the file."""

import asyncio
import signal
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audience_sync import logs
from audience_sync.app import open_app
from audience_sync.settings import Settings, load_settings
from audience_sync.worker import working


@dataclass(frozen=True)
class FileClock:
    """The real time and the seconds in the file: one clock for several processes."""

    file: Path

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self.file.read_text() or 0))

    def advance(self, seconds: float) -> None:
        """Every later `now`, in every process, is so much further on."""
        moved = self.file.with_suffix(".new")
        moved.write_text(str(float(self.file.read_text()) + seconds))
        moved.replace(self.file)


async def _work(settings: Settings, clock: FileClock) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    # No child process per plan: what is tried here is the waiting, and a start costs seconds.
    async with open_app(settings, now=clock.now) as app, working(replace(app, inline_jobs=True)):
        await stopped.wait()


def main() -> None:
    """Does runs until SIGTERM, as `audience-sync worker` does, at the time that the file tells."""
    settings = load_settings()
    logs.configure(settings)
    asyncio.run(_work(settings, FileClock(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
