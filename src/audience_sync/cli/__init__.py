"""The command line `audience-sync`."""

from audience_sync.cli.root import main

__all__ = ["main"]
