"""A run, as one straight line."""

from functools import partial

from audience_sync.app import App
from audience_sync.engine.durable import Durable
from audience_sync.errors import AudienceSyncError
from audience_sync.flows.steps.closing import close_run
from audience_sync.flows.steps.freezing import freeze_run
from audience_sync.flows.steps.opening import open_run
from audience_sync.flows.steps.outcome import Outcome, Step, described, judged, wait
from audience_sync.flows.steps.settling import settle
from audience_sync.flows.steps.uploading import upload
from audience_sync.store import runs

CLOSE_AGAIN_SECONDS = 60.0


async def execute(app: App, run_id: str, durable: Durable) -> None:
    """The platform equals the segment, or the run says why not and what is still owed."""

    async def do(name: str, step: Step) -> str:
        return await durable.step(name, partial(judged, app, run_id, step))

    outcome = await do("open", open_run)
    if outcome == Outcome.GO:
        outcome = await do("freeze", freeze_run)
    if outcome == Outcome.GO:
        outcome = await _upload_all(app, run_id, durable)
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


async def _upload_all(app: App, run_id: str, durable: Durable) -> str:
    batches = int(await durable.step("count", partial(_batches, app, run_id)))
    for number in range(1, batches + 1):
        sent = partial(judged, app, run_id, partial(_upload, number=number))
        outcome = await durable.step(f"upload {number}", sent)
        if outcome != Outcome.GO:
            return outcome
    return Outcome.GO


async def _upload(app: App, run_id: str, *, number: int) -> str:
    return await upload(app, run_id, number)


async def _batches(app: App, run_id: str) -> str:
    async with app.database.read() as session:
        return str(len(await runs.batches(session, run_id)))
