"""How a command acts: an App over this machine's settings, for the length of one piece of work."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from audience_sync import logs
from audience_sync.app import App, open_app
from audience_sync.settings import Settings, load_settings

T = TypeVar("T")


def act(work: Callable[[App], Awaitable[T]]) -> T:
    """What the work gives back."""
    try:
        return asyncio.run(_acted(quiet_settings(), work))
    except asyncio.CancelledError:
        # Somebody pressed Ctrl-C a second time; see `following`.
        raise KeyboardInterrupt from None


def quiet_settings() -> Settings:
    """The settings. Only what is broken is logged from here on: a command tells what it does in its own words."""
    settings = load_settings()
    logs.configure(settings.model_copy(update={"log_level": "ERROR"}))
    return settings


async def _acted(settings: Settings, work: Callable[[App], Awaitable[T]]) -> T:
    # A shared database is brought to a new version on purpose, never by whoever types a command first.
    async with open_app(settings, upgrade=not settings.is_postgres) as app:
        return await work(app)
