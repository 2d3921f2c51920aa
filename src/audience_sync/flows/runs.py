"""Asking for a sync: the pre-flight, the start, the cancel, and one run's own page."""

import asyncio
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import Conflict, Invalid, NotFound, PlanOutOfDate
from audience_sync.flows.showing import plan_view, run_detail, run_view
from audience_sync.flows.steps.freezing import Asked, frozen_plan, place_of
from audience_sync.flows.steps.guarding import breaches_of, require_approved
from audience_sync.flows.views import Page, PlanView, RunDetail, RunView
from audience_sync.ledger.refusals import Refused, refused_page
from audience_sync.model.permissions import Actor, ActorKind, Permission
from audience_sync.model.plans import Operation
from audience_sync.store import audit, runs
from audience_sync.store.audiences import Audience, Plan, Segment

TRIGGERS = {
    ActorKind.USER: "manual",
    ActorKind.SHELL: "manual",
    ActorKind.API_KEY: "api",
    ActorKind.SCHEDULE: "scheduled",
}


async def preview(app: App, actor: Actor, audience_id: str, operation: str = Operation.UPDATE) -> PlanView:
    """A frozen, numbered plan: what a sync would change now. Nothing is sent."""
    actor.require(Permission.SYNC)
    audience, segment = await _audience(app, audience_id)
    _require_syncable(audience, operation)
    plan = await frozen_plan(app, Asked(audience, segment, operation, by=actor.name), told=_nobody)
    return plan_view(plan, breaches_of(audience, plan), rate=_rate(app, audience))


async def plan(app: App, actor: Actor, plan_id: str) -> PlanView:
    """A plan made before."""
    actor.require(Permission.READ)
    async with app.database.read() as session:
        row = await session.get(Plan, plan_id)
        audience = await session.get(Audience, row.audience_id) if row else None
    if row is None or audience is None:
        raise NotFound("There is no such plan.", "POST /audiences/{id}/plans makes one.")
    return plan_view(row, breaches_of(audience, row), rate=_rate(app, audience))


async def start(
    app: App,
    actor: Actor,
    audience_id: str,
    *,
    operation: str = Operation.UPDATE,
    plan_id: str | None = None,
    approve: bool = False,
) -> RunView:
    """A queued run of the plan, or of one that the run will freeze itself; SyncInProgress when one is under way.

    With `approve` that plan may break the guardrails that it breaks now; no other plan may.
    """
    actor.require(Permission.SYNC)
    audience, _segment = await _audience(app, audience_id)
    if approve and not plan_id:
        raise Invalid("Only a plan that was looked at can be approved.", "Preview the sync, then approve that plan.")
    async with app.database.write() as session:
        approved: tuple[str, ...] = ()
        if plan_id:
            chosen = await _current(session, app, audience, plan_id)
            operation, approved = chosen.operation, _approved(audience, chosen, approve=approve)
        _require_syncable(audience, operation)
        request = runs.Request(operation, TRIGGERS[actor.kind], actor, plan_id, approved)
        run = await runs.start(session, audience_id, request, now=app.now())
        audit.record(session, actor, "run.start", on=audit.Thing("run", run.id), at=app.now(), operation=operation)
        if approved:
            thing, detail = audit.Thing("audience", audience_id), {"run": run.id, "plan": plan_id}
            audit.record(session, actor, "guardrail.approve", on=thing, at=app.now(), guardrails=approved, **detail)
    return run_view(app, run, audience)


async def cancel(app: App, actor: Actor, run_id: str) -> RunView:
    """The run stops after its current batch; what is not sent stays debt. Asking twice is harmless."""
    actor.require(Permission.SYNC)
    async with app.database.write() as session:
        rows = await runs.load(session, run_id)
        if rows.run.ended_at is not None:
            raise Conflict("This run has ended already.", "Nothing is left to cancel.", code="RUN_ENDED")
        rows.run.cancel_requested = True
        rows.run.not_before = None  # One that waits for its time is closed at once.
        audit.record(session, actor, "run.cancel", on=audit.Thing("run", run_id), at=app.now())
    return run_view(app, rows.run, rows.audience)


async def get(app: App, actor: Actor, run_id: str) -> RunDetail:
    """One run with its progress, waterfall and batches."""
    actor.require(Permission.READ)
    async with app.database.read() as session:
        rows = await runs.load(session, run_id)
        batches = list(await runs.batches(session, run_id))
    return run_detail(app, (rows.run, rows.audience, rows.plan), batches)


async def rejections(app: App, actor: Actor, run_id: str, *, after: str = "", limit: int = 100) -> Page[Refused]:
    """Identifiers of this run's profiles that could not become keys: profile id, kind and reason, never the value."""
    actor.require(Permission.READ)
    async with app.database.read() as session:
        rows = await runs.load(session, run_id)
    if rows.plan is None:
        return Page()
    files = place_of(app, rows.audience.id, rows.plan.id).files
    refused, next_cursor = await asyncio.to_thread(refused_page, files, after=after, limit=limit)
    return Page(tuple(refused), next_cursor)


async def _audience(app: App, audience_id: str) -> tuple[Audience, Segment]:
    async with app.database.read() as session:
        row = (
            await session.execute(
                sa.select(Audience, Segment)
                .join(Segment, Segment.id == Audience.segment_id)
                .where(Audience.id == audience_id, Audience.state != "deleted")
            )
        ).one_or_none()
    if row is None:
        raise NotFound("There is no such audience.", "GET /audiences lists them.")
    audience, segment = row
    return audience, segment


def _require_syncable(audience: Audience, operation: str) -> None:
    if operation not in (Operation.UPDATE, Operation.REPLACE, Operation.CREATE):
        raise Invalid(f"{operation!r} is not a kind of sync.", "Use update (incremental) or replace (full).")
    if audience.state == "stale":
        raise Conflict(
            f"{audience.name} no longer exists on the platform.",
            "Recreate it, link it to another audience, or delete it here.",
            code="AUDIENCE_STALE",
        )


def _approved(audience: Audience, plan: Plan, *, approve: bool) -> tuple[str, ...]:
    """The guardrails that the plan breaks, if that is approved; else none, or GuardrailBroken."""
    if approve:
        return tuple(each.guardrail for each in breaches_of(audience, plan))
    require_approved(audience, plan, ())
    return ()


async def _current(session: AsyncSession, app: App, audience: Audience, plan_id: str) -> Plan:
    """The plan, or PlanOutOfDate when the ledger has moved on or the plan was used or is too old."""
    plan = await session.get(Plan, plan_id)
    if plan is None or plan.audience_id != audience.id:
        raise NotFound("There is no such plan of this audience.", "POST /audiences/{id}/plans makes one.")
    current = await session.get_one(Audience, audience.id)
    if plan.state != "frozen" or plan.base_version != current.version:
        raise PlanOutOfDate(
            f"Plan {plan.number} no longer fits: the audience was synced since.", "Make a new plan and look at it."
        )
    if app.now() - plan.created_at > timedelta(hours=app.settings.keep_plans_hours):
        raise PlanOutOfDate(f"Plan {plan.number} is too old.", "Make a new plan and look at it.")
    return plan


async def _nobody(_step: str) -> None:
    """A pre-flight has no row to tell its steps to."""


def _rate(app: App, audience: Audience) -> float:
    """Requests per second that the audience's platform is asked at most."""
    return float(app.settings.of_platform(audience.platform, "requests_per_second"))
