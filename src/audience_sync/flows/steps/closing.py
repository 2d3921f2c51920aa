"""Last step: the ledger says what the platform holds now, swapped in one transaction with the run's totals."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import Conflict
from audience_sync.flows.expiry import Health
from audience_sync.flows.grants import IN_USE, go_on, lost_grant
from audience_sync.flows.isolated import close_ledger
from audience_sync.flows.late import recent_plans
from audience_sync.flows.reckon import CloseJob
from audience_sync.flows.steps.certainty import is_in, is_refused_removal, is_troubled, refused_for_good
from audience_sync.flows.steps.freezing import figures_of, place_of
from audience_sync.flows.steps.open_ends import open_end
from audience_sync.flows.steps.outcome import Outcome
from audience_sync.flows.steps.unanswered import unanswered
from audience_sync.ledger.close import Closed
from audience_sync.ledger.files import sweep
from audience_sync.ledger.manifest import Manifest
from audience_sync.model.ids import AudienceId, PlanId
from audience_sync.model.plans import Operation
from audience_sync.model.platforms import Action
from audience_sync.store import runs
from audience_sync.store.audiences import Audience, BatchRow, Plan
from audience_sync.store.runs import RunRows


async def close_run(app: App, run_id: str) -> str:
    """The run has ended, in the state that its batches and its error say."""
    async with app.database.read() as session:
        rows = await runs.load(session, run_id)
        batches = list(await runs.batches(session, run_id))
    if rows.run.ended_at is not None:
        return Outcome.GO
    closed = await _close_ledger(app, rows, batches)
    async with app.database.write() as session:
        rows = await runs.load(session, run_id)
        renewed = await _is_renewed(session, rows)
        if closed is not None:
            await _swap(session, rows, closed, whole=_is_whole(rows, batches, closed))
        _end(app, rows, batches, closed)
        await _note_audience(session, app, rows)
        if renewed:
            await session.flush()  # Two unfinished runs of an audience cannot be.
            await go_on(session, rows.audience, app.now())
    await _sweep(app, rows.audience.id)
    return Outcome.GO


async def _is_renewed(session: AsyncSession, rows: RunRows) -> bool:
    """Whether the grant that the run has lost was given anew before the run could be closed.

    Whoever gave it saw a run that had not ended, and left it to this one to have a successor. Their rows are locked in
    the same order as theirs, the connection first, so that one of the two sees what the other did.
    """
    if not lost_grant(rows.run):
        return False
    await session.refresh(rows.connection, with_for_update=True)
    await session.refresh(rows.audience)
    return rows.connection.state != Health.BROKEN and rows.audience.state in IN_USE


async def _close_ledger(app: App, rows: RunRows, batches: list[BatchRow]) -> Closed | None:
    """The next manifest, or None when nothing was sent and so nothing is different over there."""
    attempted = [batch for batch in batches if batch.attempts]
    if rows.plan is not None and _is_quiet(rows, batches):
        manifest = Manifest.from_json(rows.audience.ledger)
        return Closed(manifest, added=0, changed=0, resent=0, removed=0, failed=0)
    if rows.plan is None or not (attempted or _is_empty_success(rows, batches)):
        return None
    accepted = [batch.number for batch in batches if is_in(batch)]
    complete = len(accepted) == len(batches)
    replaces = any(batch.action in (Action.REPLACE, Action.CLEAR) for batch in batches)
    if any(batch.action == Action.REPLACE for batch in batches) and not complete:
        accepted = []  # A replace that is not complete leaves everything in doubt.
    in_doubt = [batch.number for batch in attempted if batch.number not in accepted]
    job = CloseJob(
        place=place_of(app, rows.audience.id, rows.plan.id),
        platform=rows.audience.platform,
        manifest=rows.audience.ledger,
        accepted=tuple(accepted),
        in_doubt=tuple(in_doubt),
        replaced=replaces and complete,
        unanswered=unanswered(app, rows, attempted),
        refused_removals=tuple(batch.number for batch in attempted if is_refused_removal(batch)),
    )
    return await close_ledger(job, inline=app.inline_jobs)


def _is_empty_success(rows: RunRows, batches: list[BatchRow]) -> bool:
    """Nothing had to be sent; fingerprints and members without keys are still news for the ledger."""
    return not batches and not rows.run.error and not rows.run.cancel_requested


def _is_quiet(rows: RunRows, batches: list[BatchRow]) -> bool:
    """Nobody was different in any way: the ledger stays as it is."""
    quiet = rows.plan is not None and rows.plan.figures.get("touched") == 0
    # What is unanswered is weighed anew at each close.
    return quiet and not rows.audience.ledger.get("unanswered") and _is_empty_success(rows, batches)


def _is_whole(rows: RunRows, batches: list[BatchRow], closed: Closed) -> bool:
    """Whether the platform holds the whole answer to the plan's question for certain."""
    owed = closed.manifest.owed or closed.manifest.unanswered
    return all(map(is_in, batches)) and not owed and not rows.run.error


async def _swap(session: AsyncSession, rows: RunRows, closed: Closed, *, whole: bool) -> None:
    """The audience's manifest, by compare-and-set; with marks of the question and of its answer if it is `whole`."""
    plan = rows.plan
    if plan is None:
        raise ValueError("A ledger is closed by a plan.")
    marks = {name: plan.figures[name] for name in ("fp_tag", "rules")}
    marks |= {name: plan.figures.get(name, "") if whole else "" for name in ("witness", "digest", "ground")}
    swapped = await session.scalar(
        sa.update(Audience)
        .where(Audience.id == rows.audience.id, Audience.version == plan.base_version)
        .values(ledger={**closed.manifest.to_json(), **marks}, version=plan.base_version + 1)
        .returning(Audience.id)
    )
    if swapped is None:
        raise Conflict("The ledger moved on under this run.", "Its keys stay in doubt; run a full replace.")
    await session.refresh(rows.audience)
    plan.state = "done"


def _end(app: App, rows: RunRows, batches: list[BatchRow], closed: Closed | None) -> None:
    run = rows.run
    why = open_end(app.connector(rows.audience.platform).card, closed.manifest) if closed is not None else None
    run.status, run.ended_at = _status(rows, batches, is_open=why is not None), app.now()
    # A run that ended early stays at the step at which it stopped.
    run.step = "done" if run.status == "completed" or (run.status == "partial" and not run.error) else run.step
    run.waiting_for, run.not_before = "", None
    rejected = sum(map(refused_for_good, batches))
    if closed is not None:
        run.totals = {
            "sent": closed.added + closed.changed + closed.resent,
            "added": closed.added,
            "changed": closed.changed,
            "resent": closed.resent,
            "removed": closed.removed,
            "owed_removed": closed.owed_removed,
            "failed": closed.failed,
            "rows_rejected": rejected,
            "owed": closed.manifest.owed,
            "members": closed.manifest.members,
            "requests": sum(batch.attempts for batch in batches),
        }
    if rows.plan is not None and closed is None:
        rows.plan.state = "dropped"
    if why is not None and not run.error:
        run.error = why


def _status(rows: RunRows, batches: list[BatchRow], *, is_open: bool) -> str:
    done = [batch for batch in batches if is_in(batch)]
    if rows.run.cancel_requested and len(done) < max(len(batches), 1):
        return "cancelled"
    if rows.run.error:
        return "partial" if done else "failed"
    return "partial" if is_open or any(map(is_troubled, batches)) else "completed"


async def _note_audience(session: AsyncSession, app: App, rows: RunRows) -> None:
    """What the audience shows of its last run, and when it is measured and synced next."""
    audience, run = rows.audience, rows.run
    if run.operation == Operation.DELETE and not run.error:
        audience.state, audience.auto_sync, audience.next_run_at = "deleted", False, None
        return
    if run.status in ("completed", "partial"):
        audience.last_synced_at = run.ended_at
        audience.measure_at = app.now() + timedelta(minutes=30)
    if run.status == "completed" and rows.plan is not None and figures_of(rows.plan).unchanged == 0:
        audience.send_all, audience.all_sent_at = False, run.ended_at
    if audience.auto_sync and audience.next_run_at is None:
        audience.next_run_at = app.now() + timedelta(hours=audience.interval_hours)


async def _sweep(app: App, audience_id: str) -> None:
    """Files of plans that are over and that the ledger does not name are gone, but for those that may have failed."""
    async with app.database.read() as session:
        audience = await session.get_one(Audience, audience_id)
        waiting = await session.scalars(
            sa.select(Plan.id).where(Plan.audience_id == audience_id, Plan.state.in_(("frozen", "running")))
        )
        fails_late = app.connector(audience.platform).card.fails_late
        recent = await recent_plans(session, audience_id, app.now()) if fails_late else ()
        keep = {PlanId(each) for each in (*waiting, *recent)}
    sweep(app.settings.ledger_dir, AudienceId(audience_id), Manifest.from_json(audience.ledger), keep)
