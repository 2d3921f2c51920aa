"""What runs for good: the API with the worker, or either alone."""

import asyncio
import contextlib
import signal
from typing import Annotated

import typer

from audience_sync import logs, server
from audience_sync.app import open_app
from audience_sync.cli.printing import note
from audience_sync.settings import Settings, load_settings
from audience_sync.worker import working

Host = Annotated[str, typer.Option(help="Address to listen on. Default: AUDIENCE_SYNC_HOST.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on. Default: AUDIENCE_SYNC_PORT.")]


def serve(host: Host = "", port: Port = None) -> None:
    """Serve the API and do the runs.

    Until Ctrl-C or SIGTERM; a run that is under way then goes on at the next start.

    Example: audience-sync serve --port 8000
    """
    until_interrupted(_settings(host, port), work=True)


def web(host: Host = "", port: Port = None) -> None:
    """Serve the API only.

    Runs are done by `audience-sync worker`, here or elsewhere.

    Example: audience-sync web --port 8000
    """
    until_interrupted(_settings(host, port), work=False)


def worker() -> None:
    """Do the runs only.

    Also those that are due by schedule, until Ctrl-C or SIGTERM. What is under way then goes on at the next start.

    Example: audience-sync worker
    """
    settings = load_settings()
    logs.configure(settings)
    asyncio.run(_work(settings))


def until_interrupted(settings: Settings, *, work: bool) -> None:
    """The server has served. Ctrl-C is its usual end, not an error."""
    with contextlib.suppress(KeyboardInterrupt):
        server.serve(settings, work=work)


def _settings(host: str, port: int | None) -> Settings:
    wanted = {name: value for name, value in {"host": host or None, "port": port}.items() if value is not None}
    return load_settings(**wanted)


async def _work(settings: Settings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stopped.set)
    async with open_app(settings) as app, working(app):
        note("The worker is ready. Ctrl-C ends it.")
        await stopped.wait()
