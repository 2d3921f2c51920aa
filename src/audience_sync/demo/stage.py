"""Where the demo plays: its own folder and settings, the pretend platforms, and one clock for all of it."""

import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2

from audience_sync.app import App, open_app
from audience_sync.demo.clock import DemoClock
from audience_sync.demo.pretend import PRETENDS, SHOWN, settings_for
from audience_sync.engine.single import is_running
from audience_sync.errors import Refusal, SetupError
from audience_sync.sandbox.serve import HOST, Sandbox
from audience_sync.settings import Settings
from audience_sync.worker import working

MARK = ".audience-sync-demo"
OURS = ("data", "files")
"""What the demo makes in its folder, beside the mark, and all that it deletes."""
USUAL_PORT = 8000


@dataclass(frozen=True, slots=True)
class Stage:
    """A working App whose platforms are the sandbox's."""

    app: App
    clock: DemoClock
    sandbox: Sandbox
    control: httpx2.AsyncClient
    files: Path

    async def advance(self, by: timedelta) -> None:
        """Here and at the pretend platforms it is so much later."""
        self.clock.advance(by)
        await self.ask("clock", advance_seconds=by.total_seconds())

    async def ask(self, path: str, **body: object) -> Any:
        """What the sandbox's control surface answers."""
        url = f"/_sandbox/{path}"
        answer = await (self.control.post(url, json=body) if body else self.control.get(url))
        answer.raise_for_status()
        return answer.json()


def fresh(folder: Path) -> None:
    """The folder holds nothing of an earlier demo; Refusal when it is somebody else's, or a demo still uses it."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise Refusal(
            f"{folder} is there already, and it is not from a demo.",
            "Go to another folder, or move it away.",
            code="DEMO_FOLDER_TAKEN",
        )
    if (folder / "data").exists() and is_running(folder / "data"):
        raise Refusal(f"A demo is running on {folder} already.", "End that one first.", code="DEMO_RUNNING")
    for name in OURS:
        shutil.rmtree(folder / name, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    (folder / MARK).touch()


@contextmanager
def pretend_platforms() -> Iterator[Sandbox]:
    """The sandbox on a free loopback port; SetupError when it cannot start."""
    try:
        with Sandbox.start() as sandbox:
            yield sandbox
    except OSError as problem:
        raise SetupError(f"The sandbox cannot listen on {HOST}: {problem.strerror}.", "Check the firewall.") from None


def settings_of(folder: Path, sandbox: Sandbox) -> Settings:
    """The demo's settings: all of them are given, so that nothing comes from the environment."""
    port = _free_port()
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    return Settings(
        **defaults
        | {
            "data_dir": folder / "data",
            "port": port,
            "base_url": f"http://{HOST}:{port}",
            "log_level": "ERROR",
        }
        | settings_for(sandbox.url)
    )


def _free_port() -> int:
    """The usual port, or any that is free."""
    for port in (USUAL_PORT, 0):
        try:
            with socket.create_server((HOST, port)) as listener:
                return int(listener.getsockname()[1])
        except OSError:
            continue
    raise SetupError("There is no free port on this machine.")


@asynccontextmanager
async def stage(settings: Settings, sandbox: Sandbox, clock: DemoClock) -> AsyncIterator[Stage]:
    """An open App, a worker in this process, and a way to the sandbox's control surface."""
    async with (
        open_app(settings, now=clock.now) as app,
        httpx2.AsyncClient(base_url=sandbox.url) as control,
        working(app),
    ):
        made = Stage(app, clock, sandbox, control, settings.data_dir.parent / "files")
        # Their story begins when ours does: tokens and members are dated by it.
        sandbox.world.clock.offset_seconds = -clock.behind.total_seconds()
        for platform in SHOWN:
            await made.ask("settings", platform=platform, **PRETENDS[platform].sandbox)
        yield made
