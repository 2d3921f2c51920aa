"""A run, as one straight line."""

from functools import partial

from audience_sync.app import App
from audience_sync.engine.durable import Durable
from audience_sync.errors import AudienceSyncError
from audience_sync.flows.steps.closing import close_run
from audience_sync.flows.steps.freezing import freeze_run
from audience_sync.flows.steps.opening import open_run
from audience_sync.flows.steps.outcome import Outcome, Step, described, judged, wait
from audience_sync.flows.steps.settling import settle, settle_sent
from audience_sync.flows.steps.uploading import upload_window
from audience_sync.flows.steps.windows import SETTLE, places, windows
from audience_sync.store import batches, runs

CLOSE_AGAIN_SECONDS = 60.0


async def execute(app: App, run_id: str, durable: Durable) -> None:
    """The platform equals the segment, or the run says why not and what is still owed."""

    async def do(name: str, step: Step) -> str:
        return await durable.step(name, partial(judged, app, run_id, step))

    outcome = await do("open", open_run)
    if outcome == Outcome.GO:
        outcome = await do("freeze", freeze_run)
    if outcome == Outcome.GO:
        outcome = await upload_all(app, run_id, durable)
    if outcome == Outcome.GO:
        outcome = await do("settle", settle)
    if outcome != Outcome.WAIT and await do("close", close_run) == Outcome.STOP:
        await do("later", _close_later)


async def abandon(app: App, run_id: str, problem: AudienceSyncError) -> None:
    """The run sends nothing more and ends with that error; its ledger still says what may be over there."""
    await _note(app, run_id, problem)
    if await judged(app, run_id, close_run) == Outcome.STOP:
        await _note(app, run_id, problem)
        await _close_later(app, run_id)


async def _note(app: App, run_id: str, problem: AudienceSyncError) -> None:
    async with app.database.write() as session:
        await runs.change(session, run_id, error=described(problem))


async def _close_later(app: App, run_id: str) -> str:
    """A ledger that could not be closed now is closed later: a run ends only with its ledger."""
    return await wait(app, run_id, CLOSE_AGAIN_SECONDS, why="The ledger could not be closed yet.")


async def upload_all(app: App, run_id: str, durable: Durable) -> str:
    """Every window of the run's plan has been sent, or the outcome says why not."""
    for window in (await durable.step("windows", partial(_windows, app, run_id))).split():
        sent = partial(judged, app, run_id, partial(_send, window=window))
        outcome = await durable.step(f"upload {window}", sent)
        if outcome != Outcome.GO:
            return outcome
    return Outcome.GO


async def _send(app: App, run_id: str, *, window: str) -> str:
    if window == SETTLE:
        return await settle_sent(app, run_id)
    return await upload_window(app, run_id, places(window))


async def _windows(app: App, run_id: str) -> str:
    async with app.database.read() as session:
        rows = await runs.load(session, run_id)
        actions = await batches.actions(session, run_id)
    return " ".join(windows(actions, app.connector(rows.audience.platform).card))
