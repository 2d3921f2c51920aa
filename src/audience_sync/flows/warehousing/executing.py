"""A pull, done: its rows are in the store, or it ended with its reason and left nothing."""

import asyncio
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog

from audience_sync.app import App
from audience_sync.errors import AudienceSyncError
from audience_sync.flows.isolated import pull_warehouse
from audience_sync.flows.steps.outcome import described
from audience_sync.flows.warehousing.pulling import PullJob
from audience_sync.sources.builtin.replacing import sweep
from audience_sync.store import warehouses
from audience_sync.store.warehouses import UNFINISHED, Pull

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.3
"""How often somebody's wish to stop is looked for."""
MOST_STARTS = 5
"""Starts after which a pull is taken to be what kills its workers."""
EVERYBODY = 100
"""Per cent."""


async def execute(app: App, pull_id: str) -> None:
    """The pull has ended. After a crash it begins again from nothing; whatever fails leaves the store as it was."""
    row = await _begun(app, pull_id)
    if row is None:
        return
    await asyncio.to_thread(_drop, app, pull_id)
    begun = time.monotonic()
    try:
        values = await _pulled(app, row)
    except AudienceSyncError as problem:
        log.warning("pull failed", pull=pull_id, code=problem.code)
        values = {"status": "failed", "error": described(problem)}
        await asyncio.to_thread(sweep, app.settings.profiles_dir)
    finally:
        # Also when this worker is told to stop: these files have people in them.
        await asyncio.shield(asyncio.to_thread(_drop, app, pull_id))
    values |= {"ended_at": app.now(), "seconds": time.monotonic() - begun, "step": ""}
    async with app.database.write() as session:
        if not await warehouses.change(session, row.id, start=row.starts, **values):
            log.warning("a pull was no longer this worker's", pull=row.id)


async def again(app: App, row: Pull) -> None:
    """A pull whose worker lost it is queued anew, unless it has moved on meanwhile."""
    async with app.database.write() as session:
        await warehouses.change(session, row.id, start=row.starts, status="queued", attempt=row.attempt + 1)


async def _begun(app: App, pull_id: str) -> Pull | None:
    """The pull with one more start; None when it has ended."""
    async with app.database.write() as session:
        row = await session.get(Pull, pull_id)
        if row is None or row.status not in UNFINISHED:
            return None
        row.status, row.starts, row.rows, row.total = "running", row.starts + 1, 0, None
        row.started_at = row.started_at or app.now()
        return row


async def _pulled(app: App, row: Pull) -> dict[str, Any]:
    """What its row says from then on: what it did, or that somebody wished to stop before."""
    if row.starts > MOST_STARTS:
        raise _gave_up()
    job = await _job(app, row)
    await asyncio.to_thread(Path(job.work).mkdir, parents=True, mode=0o700)
    begun = time.monotonic()
    pulling = asyncio.ensure_future(
        pull_warehouse(job, lambda far: _tell(app, row, far, time.monotonic() - begun), inline=app.inline_jobs)
    )
    stopping = asyncio.ensure_future(_wish_to_stop(app, row))
    try:
        await asyncio.wait({pulling, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if pulling.done():
            return {"status": "completed", **asdict(pulling.result())}
    finally:
        for task in (pulling, stopping):
            task.cancel()
        # The child must be gone before its files are taken away.
        await asyncio.gather(pulling, stopping, return_exceptions=True)
    await asyncio.to_thread(sweep, app.settings.profiles_dir)
    return {"status": "cancelled"}


async def _wish_to_stop(app: App, row: Pull) -> None:
    """Returns once somebody wants the pull to stop, or it is no longer this start's."""
    while True:
        async with app.database.read() as session:
            now = await session.get(Pull, row.id)
        if now is None or now.cancel_requested or now.starts != row.starts:
            return
        await asyncio.sleep(LOOK_SECONDS)


async def _tell(app: App, row: Pull, far: Mapping[str, Any], seconds: float) -> None:
    async with app.database.write() as session:
        await warehouses.change(session, row.id, start=row.starts, seconds=seconds, **far)


async def _job(app: App, row: Pull) -> PullJob:
    settings = app.settings
    async with app.database.read() as session:
        warehouse = await warehouses.load(session, row.warehouse_id)
    return PullJob(
        source=warehouse.id,
        kind=warehouse.kind,
        address=app.vault.open(warehouse.address, table="warehouses", row=warehouse.id, column="address"),
        sql=warehouse.sql,
        mapping=warehouse.mapping,
        profiles=str(settings.profiles_dir),
        work=str(_work(app, row.id) / str(row.starts)),
        files=settings.warehouse_dir,
        seconds=warehouse.seconds,
        most_gone_percent=EVERYBODY if row.believe_gone else warehouse.most_gone_percent,
        memory_limit_mb=settings.memory_limit_mb,
        state=warehouse.state,
        bucket=settings.profiles_bucket,
        database=app.database.url if settings.profiles_bucket else "",
    )


def _work(app: App, pull_id: str) -> Path:
    return app.settings.profiles_dir / "work" / f"pull-{pull_id}"


def _drop(app: App, pull_id: str) -> None:
    shutil.rmtree(_work(app, pull_id), ignore_errors=True)


def _gave_up() -> AudienceSyncError:
    return AudienceSyncError(
        f"This pull was begun {MOST_STARTS} times and never ended.", "Look at the worker's log.", code="PULL_GAVE_UP"
    )
