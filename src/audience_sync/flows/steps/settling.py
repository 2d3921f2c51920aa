"""Fourth step: the platform has taken the batches in, and has been asked for size and state."""

import structlog

from audience_sync.app import App
from audience_sync.errors import PlatformError
from audience_sync.flows.measures import measured, stored
from audience_sync.flows.steps.outcome import Outcome, wait
from audience_sync.model.platforms import Receipt, Target
from audience_sync.store import runs
from audience_sync.store.audiences import BatchRow

log = structlog.get_logger(__name__)

SOON_SECONDS = 5.0
LATER_SECONDS = 60.0
FIRST_CHECKS = 6


async def settle(app: App, run_id: str) -> str:
    """Every receipt is settled, or the run waits as `settling` and this step comes again."""
    async with app.database.write() as session:
        await runs.change(session, run_id, step="processing")
        rows = await runs.load(session, run_id)
        batches = await runs.batches(session, run_id)
    connector, api = app.connector(rows.audience.platform), app.api_of(rows.connection, rows.account)
    target = Target(rows.account.remote_id, rows.audience.remote_id)
    open_batches = [batch for batch in batches if batch.status == "accepted" and not batch.receipt.get("settled", True)]
    if open_batches and not rows.run.cancel_requested:
        receipt = await connector.check(api, target, _receipt(open_batches[-1]))
        if not receipt.settled:
            checks = rows.run.attempt
            seconds = SOON_SECONDS if checks <= FIRST_CHECKS else LATER_SECONDS
            return await wait(app, run_id, seconds, why="The platform is processing the change.", status="settling")
    async with app.database.write() as session:
        for batch in await runs.batches(session, run_id):
            if batch.status == "accepted":
                batch.status, batch.receipt = "settled", {**batch.receipt, "settled": True}
    await _measure(app, run_id)
    return Outcome.GO


async def _measure(app: App, run_id: str) -> None:
    """Size and state are on the run. A platform that does not answer now is asked again later by the schedule."""
    async with app.database.read() as session:
        rows = await runs.load(session, run_id)
    try:
        facts = await measured(app, rows.audience, rows.account, rows.connection)
    except PlatformError as problem:
        log.info("size not known yet", run=run_id, code=problem.code)
        return
    async with app.database.write() as session:
        await runs.change(session, run_id, facts=stored(facts))


def _receipt(batch: BatchRow) -> Receipt:
    return Receipt(settled=False, reference=str(batch.receipt.get("reference", "")))
