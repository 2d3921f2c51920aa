"""Files of exports are kept for their hours and not longer."""

import asyncio
import time
from pathlib import Path

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.flows.exporting.files import drop
from audience_sync.model.exports import ExportStatus
from audience_sync.model.permissions import SCHEDULE
from audience_sync.store import audit, exports
from audience_sync.store.exports import UNFINISHED, Export

YOUNG_SECONDS = 3600.0


async def expire(app: App) -> int:
    """Exports whose hours are over have no file any more; their number."""
    now = app.now()
    async with app.database.write() as session:
        over = await exports.over(session, now)
        for row in over:
            row.status = ExportStatus.EXPIRED
            audit.record(session, SCHEDULE, "export.expire", on=audit.Thing("export", row.id), at=now)
    for row in over:
        await drop(app, row.id)
    return len(over)


async def again(app: App, row: Export) -> None:
    """An export whose worker lost it is queued anew, unless it has moved on meanwhile."""
    async with app.database.write() as session:
        await exports.change(session, row.id, start=row.starts, status=ExportStatus.QUEUED, attempt=row.attempt + 1)


async def sweep(app: App) -> int:
    """Files that belong to no export of this installation are gone, whoever left them; their number."""
    async with app.database.read() as session:
        wanted = sa.select(Export.id).where(Export.status.in_((*UNFINISHED, ExportStatus.COMPLETED)))
        kept = set(await session.scalars(wanted))
    return await asyncio.to_thread(_swept, app.settings.exports_dir, kept)


def _swept(folder: Path, kept: set[str]) -> int:
    # A file that has just appeared may be that of an export asked for since we looked.
    before = time.time() - YOUNG_SECONDS
    files = [file for file in folder.glob("*") if file.name.partition(".")[0] not in kept]
    strangers = [file for file in files if file.stat().st_mtime < before]
    for file in strangers:
        file.unlink(missing_ok=True)
    return len(strangers)
