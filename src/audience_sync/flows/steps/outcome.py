"""How a step ends, and what becomes of the run when it ends badly."""

import traceback
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from secrets import randbelow

import sqlalchemy as sa
import structlog

from audience_sync.app import App
from audience_sync.errors import AudienceGone, AudienceSyncError, Reconnect, RetryLater, SessionLost
from audience_sync.flows.expiry import Health
from audience_sync.flows.fresh import fresh
from audience_sync.flows.grants import break_off
from audience_sync.model.permissions import SCHEDULE
from audience_sync.store import runs
from audience_sync.store.audiences import BatchRow, Run
from audience_sync.store.platforms import Connection

log = structlog.get_logger(__name__)

MOST_RESTARTS = 3
"""Replace sessions that are lost before a run gives up."""


class Outcome(StrEnum):
    """What the line does next."""

    GO = "go"
    STOP = "stop"
    """Close the run with what has happened so far."""
    WAIT = "wait"
    """Leave it; the worker takes the run up again when its time has come."""


Step = Callable[[App, str], Awaitable[str]]


async def judged(app: App, run_id: str, step: Step) -> str:
    """The step's own outcome, or the one that its error means; the run's row says why."""
    try:
        return await _with_grant(app, run_id, step)
    except RetryLater as later:
        return await wait(app, run_id, later.after_seconds, why=later.message)
    except SessionLost as lost:
        return await _restart(app, run_id, lost)
    except AudienceSyncError as problem:
        return await _stop(app, run_id, problem)
    except sa.exc.DBAPIError:
        raise  # The database is away. The engine starts the run again once it is back.
    except Exception as bug:
        # The message may quote what was being worked on, so only its type and place are kept.
        log.error("a step failed", run=run_id, kind=type(bug).__name__, where=_place(bug))
        told = AudienceSyncError(
            f"An unexpected {type(bug).__name__} stopped this run.", "Its place is in the log.", code="INTERNAL"
        )
        return await _stop(app, run_id, told)


async def _with_grant(app: App, run_id: str, step: Step) -> str:
    """The step's outcome with a token that is fresh; refreshed and tried once more when the platform says it is not."""
    async with app.database.read() as session:
        seen = (await runs.load(session, run_id)).connection
    try:
        seen = await fresh(app, seen)
        try:
            return await step(app, run_id)
        except Reconnect:
            if not seen.refresh_token or seen.state == Health.BROKEN:
                raise
        seen = await fresh(app, seen, now=True)
        return await step(app, run_id)
    except Reconnect as problem:
        return await _disconnect(app, run_id, seen, problem)


def _place(bug: Exception) -> str:
    """Where it happened, innermost of our own lines first."""
    frames = [frame for frame in traceback.extract_tb(bug.__traceback__) if "audience_sync" in frame.filename]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))


async def wait(app: App, run_id: str, after_seconds: float, *, why: str, status: str = "queued") -> str:
    """The run is put off durably: nothing of it is in memory meanwhile."""
    async with app.database.write() as session:
        await runs.change(
            session,
            run_id,
            status=status,
            not_before=app.now() + timedelta(seconds=after_seconds),
            waiting_for=why,
            attempt=Run.attempt + 1,
            starts=0,
        )
    return Outcome.WAIT


def new_session() -> int:
    """A replace session's id: positive, below 2**62, never used before."""
    return 1 + randbelow(2**62 - 1)


async def _restart(app: App, run_id: str, lost: SessionLost) -> str:
    """Every batch is unsent again, under a new session; after several such losses the run stops."""
    async with app.database.write() as session:
        run = (await runs.load(session, run_id)).run
        if run.restarts >= MOST_RESTARTS:
            run.error = described(lost)
            return Outcome.STOP
        run.restarts += 1
        run.session = new_session()
        unsent = sa.update(BatchRow).where(BatchRow.run_id == run_id)
        await session.execute(unsent.values(status="unknown", receipt={}))
    return await wait(app, run_id, 0, why=lost.message)


async def _stop(app: App, run_id: str, problem: AudienceSyncError) -> str:
    async with app.database.write() as session:
        rows = await runs.load(session, run_id)
        rows.run.error = described(problem)
        if isinstance(problem, AudienceGone):
            rows.audience.state, rows.audience.problem = "stale", str(problem)
    log.warning("run stopped", run=run_id, code=problem.code)
    return Outcome.STOP


async def _disconnect(app: App, run_id: str, seen: Connection, problem: Reconnect) -> str:
    """The connection is broken and its audiences wait; if somebody renewed it meanwhile, the run goes on with that."""
    if seen.state == Health.BROKEN or await break_off(app, SCHEDULE, seen, problem):
        return await _stop(app, run_id, problem)
    return await wait(app, run_id, 0, why="The connection was renewed meanwhile.")


def described(problem: AudienceSyncError) -> dict[str, object]:
    """An error as a run keeps it."""
    said: dict[str, object] = {
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        "details": problem.details,
    }
    return {**said, "kind": "Reconnect"} if isinstance(problem, Reconnect) else said
