"""Claims runs and does them: hands what is queued to the engine, ticks the schedule, watches over the others."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog

from audience_sync.app import App
from audience_sync.engine.durable import Durable
from audience_sync.engine.engine import Engine
from audience_sync.engine.liveness import Liveness
from audience_sync.engine.single import only_worker
from audience_sync.errors import AudienceSyncError
from audience_sync.flows import hot
from audience_sync.flows.exporting import executing, keeping
from audience_sync.flows.schedule import drop_old_plans, measure_due, tick
from audience_sync.flows.sync import abandon, execute
from audience_sync.flows.tokens import check_tokens
from audience_sync.flows.warehousing import executing as pulling
from audience_sync.flows.warehousing.due import pull_due
from audience_sync.settings import Settings
from audience_sync.store import exports, runs, warehouses
from audience_sync.store.audiences import Run
from audience_sync.store.exports import Export
from audience_sync.store.remembered import purge
from audience_sync.store.warehouses import Pull

log = structlog.get_logger(__name__)

PUMP_SECONDS = 0.3
TICK_SECONDS = 5.0
FOLD_SECONDS = 1.0
WATCH_SECONDS = 15.0
CLEAN_SECONDS = 3600.0
EXPORT = "export:"
"""What the engine's name of an export begins with, as that of a pull does; anything else is a run."""
EXPORTS_AT_ONCE = "exports"
"""The partition of all exports: they are done one after the other, so that their memory does not add up."""
PULL = "pull:"
PULLS_AT_ONCE = "pulls"
"""The partition of all pulls, likewise."""
GAVE_UP = "RUN_GAVE_UP"
DRAIN_SECONDS = 20
"""How long what is under way may take when the worker is told to stop: a request, a plan being frozen, an export."""
MOST_STARTS = 5
"""Beginnings without a batch in between, after which a run is taken to be what kills its workers."""

Work = Callable[[], Coroutine[Any, Any, object]]


@asynccontextmanager
async def working(app: App, *, drain_seconds: int = DRAIN_SECONDS) -> AsyncIterator[None]:
    """While inside, this process is a worker. At the end it sends no more batches and writes down what comes back.

    What has not ended after `drain_seconds` is cut off. Runs go on at the next worker in either case.
    """
    engine = Engine(
        database_url=app.settings.database_url, data_dir=app.settings.data_dir, worker_id=worker_id(app.settings)
    )
    app.stopping.asked = False
    async with contextlib.AsyncExitStack() as stack:
        liveness = await _guard(app, engine, stack)
        await engine.start(partial(line, app))
        stack.push_async_callback(engine.stop, drain_seconds=drain_seconds)
        stack.callback(_stop_sending, app)
        async with _looping(app, engine, liveness):
            yield


def _stop_sending(app: App) -> None:
    app.stopping.asked = True


def worker_id(settings: Settings) -> str:
    """This worker's name: the setting's, else the host's, which is stable across restarts."""
    return settings.worker_id or f"{socket.gethostname()}-1"


async def _guard(app: App, engine: Engine, stack: contextlib.AsyncExitStack) -> Liveness | None:
    """Nobody else works under this name; on SQLite, nobody else works at all."""
    if not app.settings.is_postgres:
        stack.enter_context(only_worker(app.settings.data_dir))
        return None
    liveness = Liveness(app.settings.database_url, engine)
    stack.push_async_callback(liveness.release)
    await liveness.acquire()
    return liveness


async def line(app: App, run_id: str, durable: Durable) -> None:
    """The run's line, unless it has begun so often without moving that it must be what kills the workers.

    A run that has ended stays as it is: after a crash the engine may still bring up a workflow of an earlier attempt.
    An export or a pull is one piece of work, without steps: after a crash it begins again.
    """
    if app.stopping.asked:
        raise asyncio.CancelledError  # Not begun, so the next worker takes it up.
    if run_id.startswith(EXPORT):
        await executing.execute(app, run_id.removeprefix(EXPORT))
        return
    if run_id.startswith(PULL):
        await pulling.execute(app, run_id.removeprefix(PULL))
        return
    begun = sa.update(Run).where(Run.id == run_id, Run.ended_at.is_(None)).values(starts=Run.starts + 1)
    async with app.database.write() as session:
        row = (await session.execute(begun.returning(Run.starts, Run.error))).one_or_none()
    if row is None:
        return
    starts, error = row
    if starts > MOST_STARTS or error.get("code") == GAVE_UP:
        log.error("run gives up: it was begun too often", run=run_id, pid=os.getpid())
        await abandon(app, run_id, _gave_up())
        return
    await execute(app, run_id, durable)


def _gave_up() -> AudienceSyncError:
    return AudienceSyncError(
        f"This run was begun {MOST_STARTS} times and never got on; what it sent stays in doubt.",
        "Look at the worker's log; the next sync sends or removes what is in doubt.",
        code=GAVE_UP,
    )


@asynccontextmanager
async def _looping(app: App, engine: Engine, liveness: Liveness | None) -> AsyncIterator[None]:
    loops = [
        _every(PUMP_SECONDS, partial(pump, app, engine)),
        _every(TICK_SECONDS, partial(_tick, app)),
        _every(FOLD_SECONDS, partial(hot.fold_due, app)),
        _every(WATCH_SECONDS, partial(revive, app, engine)),
        _every(CLEAN_SECONDS, partial(_clean, app, engine)),
        *([liveness.watch()] if liveness else []),
    ]
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _every(seconds: float, work: Work) -> None:
    """For ever. What goes wrong once is logged by its type, and tried again."""
    while True:
        try:
            await work()
        except Exception as problem:
            log.error("a loop of the worker failed", every_seconds=seconds, kind=type(problem).__name__)
        await asyncio.sleep(seconds)


async def pump(app: App, engine: Engine) -> None:
    """Whatever is due is in the engine's queue. Asking twice is harmless: its workflow has its id."""
    async with app.database.read() as session:
        due = await runs.due(session, app.now())
        files = await exports.with_status(session, "queued")
        pulls = await warehouses.with_status(session, "queued")
    for run, partition in due:
        await engine.enqueue(workflow_id(run), run.id, partition=partition)
    for file in files:
        await engine.enqueue(workflow_id(file), f"{EXPORT}{file.id}", partition=EXPORTS_AT_ONCE)
    for each in pulls:
        await engine.enqueue(workflow_id(each), f"{PULL}{each.id}", partition=PULLS_AT_ONCE)


def workflow_id(what: Run | Export | Pull) -> str:
    """One workflow per time that the run, export or pull is taken up."""
    return f"{what.id}:{what.attempt}"


async def revive(app: App, engine: Engine) -> None:
    """A run whose workflow ended without closing it (the database was away) is taken up again."""
    async with app.database.read() as session:
        running = await runs.with_status(session, "running")
        files = await exports.with_status(session, "running")
        pulls = await warehouses.with_status(session, "running")
    for file in files:
        if await engine.has_ended(workflow_id(file)):
            log.warning("taking an export up again", export=file.id)
            await keeping.again(app, file)
    for pull in pulls:
        if await engine.has_ended(workflow_id(pull)):
            log.warning("taking a pull up again", pull=pull.id)
            await pulling.again(app, pull)
    for run in running:
        if await engine.has_ended(workflow_id(run)):
            log.warning("taking a run up again", run=run.id)
            async with app.database.write() as session:
                await runs.change(session, run.id, status="queued", attempt=run.attempt + 1)


async def _tick(app: App) -> None:
    await pull_due(app)
    await tick(app)
    await measure_due(app)
    await keeping.expire(app)


async def _clean(app: App, engine: Engine) -> None:
    await drop_old_plans(app)
    await check_tokens(app)
    await keeping.sweep(app)
    await hot.tidy(app)
    async with app.database.write() as session:
        await purge(session, app.now())
    await engine.forget(app.now() - timedelta(hours=24))
