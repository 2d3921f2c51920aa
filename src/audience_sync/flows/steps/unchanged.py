"""A plan of nothing, where nothing can have changed: made without reading a profile."""

import asyncio
from dataclasses import replace

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.flows.reckon import FreezeJob, Frozen
from audience_sync.ledger.manifest import Manifest
from audience_sync.model.cards import ReplaceWay
from audience_sync.model.plans import PlanFigures
from audience_sync.model.segments import parse_segment
from audience_sync.store.audiences import Audience, Plan


async def witness_of(app: App, job: FreezeJob) -> str:
    """The mark of the job's question: an equal one has an equal answer, `` where that cannot be told."""

    def told() -> str:
        question = replace(job.question, snapshot=app.source.snapshot())
        return app.source.witness(parse_segment(job.segment), question)

    return await asyncio.to_thread(told)


async def unchanged(app: App, audience: Audience, job: FreezeJob, witness: str) -> Frozen | None:
    """A plan without a change; None when something may have changed, or everybody is to be sent."""
    held = Manifest.from_json(audience.ledger)
    if not witness or (witness, job.rules_mark) != (held.witness, held.rules) or held.owed or held.unanswered:
        return None
    if job.send_all or job.replace != ReplaceWay.NONE:
        return None
    async with app.database.read() as session:
        # The plan that made the ledger what it is: it has counted the same answer.
        last = await session.scalar(
            sa.select(Plan).where(
                Plan.audience_id == audience.id, Plan.base_version == audience.version - 1, Plan.state == "done"
            )
        )
    if last is None:
        return None
    figures = _without_changes(PlanFigures.from_json(last.figures["plan"]), held, job)
    return Frozen(figures, held.fp_tag, held.rules, touched=0)


def _without_changes(known: PlanFigures, held: Manifest, job: FreezeJob) -> PlanFigures:
    return PlanFigures(
        segment=known.segment,
        withheld=known.withheld,
        sendable=known.sendable,
        held_before=held.members,
        added=0,
        removed=0,
        changed=0,
        resent=0,
        keys_added=0,
        keys_removed=0,
        refused=known.refused,
        as_of=job.as_of,
        snapshot=known.snapshot,
    )
