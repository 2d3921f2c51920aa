"""How far several runs are, at a glance."""

from collections.abc import Sequence

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.flows.progress import ANSWERED, percent_of
from audience_sync.model.permissions import Actor, Permission
from audience_sync.store.audiences import BatchRow, Run


async def percents(app: App, actor: Actor, run_ids: Sequence[str]) -> dict[str, int]:
    """Per cent by run, 0 to 100; the same as on each run's own page."""
    actor.require(Permission.READ)
    if not run_ids:
        return {}
    done = sa.func.count().filter(BatchRow.status.in_(ANSWERED))
    counted = (
        sa.select(BatchRow.run_id, done, sa.func.count()).where(BatchRow.run_id.in_(run_ids)).group_by(BatchRow.run_id)
    )
    async with app.database.read() as session:
        runs = await session.scalars(sa.select(Run).where(Run.id.in_(run_ids)))
        batches = {run_id: (answered, every) for run_id, answered, every in await session.execute(counted)}
    return {run.id: percent_of(run, *batches.get(run.id, (0, 0))) for run in runs}
