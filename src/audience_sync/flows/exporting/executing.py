"""An export, done: counted, written in a child process, and put in its place; or ended with its reason."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from audience_sync.app import App
from audience_sync.connectors.registry import rules_of
from audience_sync.errors import AudienceSyncError, SourceError
from audience_sync.flows.exporting.files import drop, file_name, half_made, place_of
from audience_sync.flows.exporting.writing import Exported, ExportJob
from audience_sync.flows.isolated import export_file
from audience_sync.flows.steps.outcome import described
from audience_sync.model.exports import SHA256, UNHASHED, ExportOptions, ExportStatus, Template
from audience_sync.model.segments import parse_segment
from audience_sync.store import exports
from audience_sync.store.audiences import Segment
from audience_sync.store.exports import UNFINISHED, Export

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.3
"""How often somebody's wish to stop is looked for."""
MOST_STARTS = 10
"""Starts after which an export is taken to be what kills its workers."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How an export ended, and what its row says of it from then on."""

    status: ExportStatus
    values: dict[str, Any] = field(default_factory=dict)


async def execute(app: App, export_id: str) -> None:
    """The export has ended, with its file or with its reason. After a crash it begins again from nothing."""
    row = await _begun(app, export_id)
    if row is None:
        return
    await drop(app, export_id, half_made_only=True)
    try:
        ended = await _written(app, row)
    except AudienceSyncError as problem:
        log.warning("export failed", export=export_id, code=problem.code)
        ended = Ended(ExportStatus.FAILED, {"error": described(problem)})
    finally:
        # Also when this worker is told to stop: what is left half made is of no use to the next one.
        await asyncio.shield(drop(app, export_id, half_made_only=True))
    async with app.database.write() as session:
        values = {"status": ended.status, "ended_at": app.now(), **ended.values}
        if not await exports.change(session, row.id, start=row.starts, **values):
            log.warning("an export was no longer this worker's", export=row.id)


async def _begun(app: App, export_id: str) -> Export | None:
    """The export with one more start; None when it has ended."""
    async with app.database.write() as session:
        row = await session.get(Export, export_id)
        if row is None or row.status not in UNFINISHED:
            return None
        row.status, row.starts, row.rows, row.total = ExportStatus.RUNNING, row.starts + 1, 0, None
        row.started_at = row.started_at or app.now()
        return row


async def _written(app: App, row: Export) -> Ended:
    """How it ended: the file is in its place, or somebody wished to stop before."""
    if row.starts > MOST_STARTS:
        raise _gave_up()
    job = await _job(app, row)
    # The child opens the folder alone, whether or not the store has a home beyond it.
    await asyncio.to_thread(app.source.bring, parse_segment(job.segment))
    Path(job.target).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    writing = asyncio.ensure_future(export_file(job, lambda far: _tell(app, row, far), inline=app.inline_jobs))
    stopping = asyncio.ensure_future(_wish_to_stop(app, row))
    try:
        await asyncio.wait({writing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not writing.done():
            return Ended(ExportStatus.CANCELLED)
        return await _in_place(app, row, job, writing.result())
    finally:
        for task in (writing, stopping):
            task.cancel()
        # The child must be gone before its file is taken away.
        await asyncio.gather(writing, stopping, return_exceptions=True)


async def _wish_to_stop(app: App, row: Export) -> None:
    """Returns once somebody wants the export to stop, or it is no longer this start's."""
    while True:
        async with app.database.read() as session:
            now = await session.get(Export, row.id)
        if now is None or now.cancel_requested or now.starts != row.starts:
            return
        await asyncio.sleep(LOOK_SECONDS)


async def _tell(app: App, row: Export, far: dict[str, int]) -> None:
    async with app.database.write() as session:
        await exports.change(session, row.id, start=row.starts, rows=far["rows"], total=far["total"])


async def _in_place(app: App, row: Export, job: ExportJob, made: Exported) -> Ended:
    """The file has its place before the row says that it is there."""
    await asyncio.to_thread(Path(job.target).replace, place_of(app.settings, row.id))
    now = app.now()
    values = {
        "file_name": file_name(row.segment_name, now.date(), ExportOptions.from_json(row.options).extension),
        "size_bytes": made.size_bytes,
        "segment": made.segment,
        "profiles": made.profiles,
        "withheld": made.withheld,
        "expires_at": now + timedelta(hours=app.settings.export_hours),
    }
    return Ended(ExportStatus.COMPLETED, values)


async def _job(app: App, row: Export) -> ExportJob:
    async with app.database.read() as session:
        segment = await session.get(Segment, row.segment_id) if row.segment_id else None
    if segment is None or not segment.definition:
        raise SourceError(f"The segment {row.segment_name} was deleted meanwhile.", "Export another one.")
    settings, options = app.settings, ExportOptions.from_json(row.options)
    by_platform = options.template is Template.NONE and options.hashing not in (UNHASHED, SHA256)
    return ExportJob(
        profiles=str(settings.profiles_dir),
        target=str(half_made(settings, row.id, row.starts)),
        segment=segment.definition,
        options=row.options,
        rules=rules_of(settings, options.hashing) if by_platform else "",
        as_of=app.now().isoformat(),
        consent_purpose=settings.consent_purpose,
        consent_policy=settings.consent_policy,
        default_country=settings.default_country,
        seconds=settings.sql_seconds,
        memory_limit_mb=settings.memory_limit_mb,
    )


def _gave_up() -> AudienceSyncError:
    return AudienceSyncError(
        f"This export was begun {MOST_STARTS} times and never ended.",
        "Look at the worker's log.",
        code="EXPORT_GAVE_UP",
    )
