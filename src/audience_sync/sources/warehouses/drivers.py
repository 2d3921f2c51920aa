"""Drivers that not every installation has: imported when they are needed, or told how to get them."""

import warnings
from importlib import import_module
from typing import Any

from audience_sync.errors import Unreadable


def driver(module: str, *, extra: str, title: str) -> Any:
    """The driver's module; Unreadable with the command that installs it."""
    try:
        with warnings.catch_warnings():
            # What a driver thinks of its neighbours' versions is settled by our lock file.
            warnings.simplefilter("ignore")
            return import_module(module)
    except ImportError:
        raise Unreadable(
            f"{title} needs a driver that is not installed here.",
            f"Install it with: pip install 'audience-sync[{extra}]', and start again.",
            code="DRIVER_MISSING",
        ) from None
