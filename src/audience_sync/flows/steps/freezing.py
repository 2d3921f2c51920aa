"""Second step: the plan of the run is frozen. The pre-flight is this same code, stopped here."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.connectors.registry import rules_of
from audience_sync.flows.isolated import freeze_plan
from audience_sync.flows.reckon import FreezeJob, Frozen, Place
from audience_sync.flows.steps.outcome import Outcome
from audience_sync.flows.steps.unchanged import unchanged, witness_of
from audience_sync.model.cards import ReplaceWay
from audience_sync.model.ids import new_id
from audience_sync.model.plans import Operation, PlanFigures
from audience_sync.model.segments import parse_segment
from audience_sync.store import runs
from audience_sync.store.audiences import Audience, BatchRow, Plan, Segment

REFRESH_AFTER = 0.9
"""Share of a membership's life after which everybody is sent again."""
Told = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants which plan of what."""

    audience: Audience
    segment: Segment
    operation: str
    by: str


async def freeze_run(app: App, run_id: str) -> str:
    """The run has a plan and its batches are written down."""
    async with app.database.read() as session:
        rows = await runs.load(session, run_id)
        known = await runs.batches(session, run_id)
    if rows.run.cancel_requested:
        return Outcome.STOP
    if known:
        return Outcome.GO
    plan = rows.plan
    if plan is None:
        asked = Asked(rows.audience, rows.segment, rows.run.operation, by=rows.run.actor_name)
        plan = await frozen_plan(app, asked, told=lambda step: _tell(app, run_id, step))
    async with app.database.write() as session:
        await _adopt(session, run_id, plan)
    return Outcome.GO


async def frozen_plan(app: App, asked: Asked, *, told: Told) -> Plan:
    """A new frozen plan of the audience, numbered, its outbox on disk."""
    plan_id = new_id()
    job = _job(app, asked, plan_id)
    # Asked before anything is read: what comes in meanwhile makes another witness.
    witness = await witness_of(app, job)
    frozen = await unchanged(app, asked.audience, job, witness)
    if frozen is None:
        # The child opens the folder alone, whether or not the store has a home beyond it.
        await asyncio.to_thread(app.source.bring, parse_segment(job.segment))
        frozen = await freeze_plan(job, told, inline=app.inline_jobs)
    why = _why_all(app, asked)
    async with app.database.write() as session:
        plan = Plan(
            id=plan_id,
            audience_id=asked.audience.id,
            number=await runs.next_plan_number(session, asked.audience.id),
            operation=asked.operation,
            base_version=asked.audience.version,
            snapshot=frozen.figures.snapshot,
            figures={**_stored(frozen), "sends_all": why, "witness": witness},
            created_by=asked.by,
            created_at=app.now(),
        )
        session.add(plan)
    return plan


def figures_of(plan: Plan) -> PlanFigures:
    return PlanFigures.from_json(plan.figures["plan"])


def place_of(app: App, audience_id: str, plan_id: str) -> Place:
    """Where the plan's files are, and what a job on them may use."""
    settings = app.settings
    return Place(
        profiles=str(settings.profiles_dir),
        ledger=str(settings.ledger_dir),
        audience=audience_id,
        plan=plan_id,
        memory_limit_mb=settings.memory_limit_mb,
        threads=settings.threads,
    )


def columns_of(app: App, audience: Audience) -> tuple[str, ...]:
    """The key columns that are sent for the audience: its own choice, or the card's default."""
    card = app.connector(audience.platform).card
    chosen = set(audience.identifiers) or {column.name for column in card.columns}
    return tuple(column.name for column in card.known_columns if column.name in chosen)


def _job(app: App, asked: Asked, plan_id: str) -> FreezeJob:
    settings, platform = app.settings, asked.audience.platform
    connector = app.connector(platform)
    way = connector.way(asked.audience.choices)
    replaces = _replaces(app, asked)
    return FreezeJob(
        place=place_of(app, asked.audience.id, plan_id),
        platform=platform,
        columns=columns_of(app, asked.audience),
        rules=rules_of(settings, platform),
        max_rows=connector.card.max_rows,
        send_all=bool(_why_all(app, asked)),
        replace=way.replace if replaces else ReplaceWay.NONE,
        segment=asked.segment.definition,
        as_of=app.now().isoformat(),
        consent_purpose=settings.consent_purpose,
        consent_policy=settings.consent_policy,
        default_country=settings.default_country,
        seconds=settings.sql_seconds,
        manifest=asked.audience.ledger,
    )


def _replaces(app: App, asked: Asked) -> bool:
    way = app.connector(asked.audience.platform).way(asked.audience.choices)
    return asked.operation == Operation.REPLACE or way.always_replaces


def _why_all(app: App, asked: Asked) -> str:
    """Why everybody is sent, in words for people; nothing where only what changed is."""
    card = app.connector(asked.audience.platform).card
    if asked.operation == Operation.REPLACE:
        return "A full replace was asked for."
    if _replaces(app, asked):
        return "This audience travels as files, which hold everybody."
    if asked.audience.send_all:
        return f"{card.name} failed to apply, or no longer holds, some of what it had taken in before."
    if _is_to_be_refreshed(app, asked.audience):
        days = _membership_days(app, asked.audience)
        return f"{card.name} drops members that were not sent again for {days} days."
    return ""


def _is_to_be_refreshed(app: App, audience: Audience) -> bool:
    """Whether memberships would expire before long, so that everybody is sent again now."""
    days = _membership_days(app, audience)
    # Whoever would be dropped before the next sync by itself is sent by this one.
    spare = max(days * (1 - REFRESH_AFTER), audience.interval_hours / 24 if audience.auto_sync else 0)
    # Where no run has ever sent everybody at once, some members may be as old as the audience.
    sent = audience.all_sent_at or audience.created_at
    return bool(days) and app.now() - sent > timedelta(days=days - spare)


def _membership_days(app: App, audience: Audience) -> int:
    """Days that a member stays there unless it is sent again: as the list says, else the card; 0: for ever."""
    said = audience.facts.get("membership_days")
    return app.connector(audience.platform).card.membership_days if said is None else int(said)


def _stored(frozen: Frozen) -> dict[str, object]:
    marks = {name: value for name, value in asdict(frozen).items() if name != "figures"}
    return {"plan": frozen.figures.to_json(), **marks}


async def _adopt(session: AsyncSession, run_id: str, plan: Plan) -> None:
    """The run executes exactly this plan: its batches are rows now."""
    await runs.change(session, run_id, plan_id=plan.id, step="uploading")
    stored = await session.get_one(Plan, plan.id)
    stored.state = "running"
    for batch in figures_of(plan).batches:
        session.add(
            BatchRow(
                run_id=run_id,
                number=batch.number,
                action=batch.action,
                sequence=batch.sequence,
                profiles=batch.profiles,
                rows=batch.rows,
            )
        )


async def _tell(app: App, run_id: str, step: str) -> None:
    async with app.database.write() as session:
        await runs.change(session, run_id, step=step)
