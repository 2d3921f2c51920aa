"""Where files of exports are, and what becomes of those that nobody may have any more."""

import asyncio
import re
import unicodedata
from datetime import date
from pathlib import Path

from audience_sync.app import App
from audience_sync.settings import Settings

LONGEST_SLUG = 80


def place_of(settings: Settings, export_id: str) -> Path:
    """The finished file. It is named by the id, so that no name that people give reaches the disk."""
    return settings.exports_dir / export_id


def half_made(settings: Settings, export_id: str, start: int) -> Path:
    """The file while it is written. Each start has its own, so that a worker that wakes up late spoils nothing."""
    return settings.exports_dir / f"{export_id}.{start}.part"


def file_name(segment: str, day: date, extension: str) -> str:
    """high-value-customers-2024-01-15.csv"""
    plain = unicodedata.normalize("NFKD", segment).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-")
    return f"{slug or 'segment'}-{day.isoformat()}{extension}"


async def drop(app: App, export_id: str, *, half_made_only: bool = False) -> None:
    """No file of that export is left; or none that was not finished."""
    await asyncio.to_thread(_drop, app.settings.exports_dir, export_id, half_made_only)


def _drop(folder: Path, export_id: str, half_made_only: bool) -> None:
    for file in folder.glob(f"{export_id}.*.part"):
        file.unlink(missing_ok=True)
    if not half_made_only:
        (folder / export_id).unlink(missing_ok=True)
