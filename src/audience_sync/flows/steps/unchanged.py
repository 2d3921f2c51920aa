"""A plan of nothing, where nothing can have changed: made without reading a profile."""

import asyncio
from dataclasses import replace

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.flows.reckon import NO_KEY, FreezeJob, Frozen, unchanged_figures
from audience_sync.ledger.manifest import Manifest
from audience_sync.model.plans import PlanFigures
from audience_sync.model.segments import parse_segment
from audience_sync.sources.protocol import SegmentCount
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
    if not witness or witness != held.witness or not job.may_be_quiet:
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
    figures = unchanged_figures(_counted(PlanFigures.from_json(last.figures["plan"]), held), held, job.as_of)
    return Frozen(figures, held.fp_tag, held.rules, touched=0, digest=held.digest, ground=held.ground)


def _counted(known: PlanFigures, held: Manifest) -> SegmentCount:
    """The source's answer, as the plan that stands has it."""
    withheld = {reason: profiles for reason, profiles in known.withheld.items() if reason != NO_KEY}
    eligible = known.sendable + known.withheld.get(NO_KEY, 0)
    return SegmentCount(known.segment, eligible, withheld, known.snapshot, held.fp_tag, held.digest)
