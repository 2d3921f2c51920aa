"""Drivers that not every installation has: imported when they are needed, or told how to get them."""

from importlib import import_module
from typing import Any

from audience_sync.errors import SetupError


def driver(module: str, *, extra: str, title: str) -> Any:
    """The driver's module; SetupError with the command that installs it."""
    try:
        return import_module(module)
    except ImportError:
        raise SetupError(
            f"{title} needs a driver that is not installed here.",
            f"Install it with: pip install 'audience-sync[{extra}]', and start again.",
            code="DRIVER_MISSING",
        ) from None
