"""Rows of runs: starting one, finding what is due, and all that belongs to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.errors import NotFound, SyncInProgress
from audience_sync.model.ids import new_id
from audience_sync.model.permissions import Actor
from audience_sync.model.platforms import Target
from audience_sync.store.audiences import UNFINISHED, Audience, BatchRow, Plan, Run, Segment
from audience_sync.store.platforms import AdAccount, Connection


@dataclass(frozen=True, slots=True)
class RunRows:
    """A run with everything it is about."""

    run: Run
    audience: Audience
    segment: Segment
    account: AdAccount
    connection: Connection
    plan: Plan | None

    @property
    def target(self) -> Target:
        """The list on the platform; without an id while there is none."""
        return target_of(self.audience, self.account)


def target_of(audience: Audience, account: AdAccount) -> Target:
    return Target(account.remote_id, audience.remote_id, audience.choices)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a new run."""

    operation: str
    trigger: str
    actor: Actor
    plan_id: str | None = None
    approved: tuple[str, ...] = ()
    """Guardrails that the plan may break."""


async def start(session: AsyncSession, audience_id: str, request: Request, *, now: datetime) -> Run:
    """A queued run, or SyncInProgress: the database lets one unfinished run of an audience be."""
    number = await session.scalar(sa.select(sa.func.max(Run.number)).where(Run.audience_id == audience_id))
    run = Run(
        id=new_id(),
        number=(number or 0) + 1,
        audience_id=audience_id,
        plan_id=request.plan_id,
        operation=request.operation,
        trigger=request.trigger,
        actor_id=request.actor.id,
        actor_name=request.actor.name,
        approved=list(request.approved),
        queued_at=now,
    )
    session.add(run)
    try:
        await session.flush()
    except IntegrityError:
        raise SyncInProgress(
            "A sync of this audience is under way.", "Wait for it or cancel it; its progress is under View History."
        ) from None
    return run


async def load(session: AsyncSession, run_id: str) -> RunRows:
    """The run and its surroundings, or NotFound."""
    row = (
        await session.execute(
            sa.select(Run, Audience, Segment, AdAccount, Connection, Plan)
            .join(Audience, Audience.id == Run.audience_id)
            .join(Segment, Segment.id == Audience.segment_id)
            .join(AdAccount, AdAccount.id == Audience.ad_account_id)
            .join(Connection, Connection.id == AdAccount.connection_id)
            .outerjoin(Plan, Plan.id == Run.plan_id)
            .where(Run.id == run_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such run.", "GET /audiences/{id}/runs lists those of an audience.")
    return RunRows(*row)


async def due(session: AsyncSession, now: datetime) -> list[tuple[Run, str]]:
    """Runs that wait for the engine and need wait no longer, each with its partition `platform:account`."""
    rows = await session.execute(
        sa.select(Run, AdAccount.platform, AdAccount.remote_id)
        .join(Audience, Audience.id == Run.audience_id)
        .join(AdAccount, AdAccount.id == Audience.ad_account_id)
        .where(Run.status.in_(("queued", "settling")), sa.or_(Run.not_before.is_(None), Run.not_before <= now))
        .order_by(Run.queued_at)
        .limit(200)
    )
    return [(run, f"{platform}:{account}") for run, platform, account in rows]


async def with_status(session: AsyncSession, *statuses: str) -> Sequence[Run]:
    return (await session.scalars(sa.select(Run).where(Run.status.in_(statuses)))).all()


async def unfinished(session: AsyncSession, audience_id: str) -> Run | None:
    """The run of the audience that has not ended, if there is one."""
    return await session.scalar(sa.select(Run).where(Run.audience_id == audience_id, Run.status.in_(UNFINISHED)))


async def newest(session: AsyncSession, audience_id: str) -> Run | None:
    """The audience's latest run, ended or not."""
    of_it = sa.select(Run).where(Run.audience_id == audience_id)
    return await session.scalar(of_it.order_by(Run.number.desc()).limit(1))


async def batches(session: AsyncSession, run_id: str) -> Sequence[BatchRow]:
    return (await session.scalars(sa.select(BatchRow).where(BatchRow.run_id == run_id).order_by(BatchRow.number))).all()


async def last_sent(session: AsyncSession, audience_id: str, *, before: int) -> datetime | None:
    """When a batch of an earlier run than number `before` of the audience last went out."""
    sent = sa.select(sa.func.max(BatchRow.sent_at)).join(Run, Run.id == BatchRow.run_id)
    return await session.scalar(sent.where(Run.audience_id == audience_id, Run.number < before))


async def change(session: AsyncSession, run_id: str, **values: object) -> None:
    """The run's row with these columns set."""
    await session.execute(sa.update(Run).where(Run.id == run_id).values(**values))


async def next_plan_number(session: AsyncSession, audience_id: str) -> int:
    number = await session.scalar(sa.select(sa.func.max(Plan.number)).where(Plan.audience_id == audience_id))
    return (number or 0) + 1
