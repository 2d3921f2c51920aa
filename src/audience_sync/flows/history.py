"""What happened to an audience: its runs, newest first, and a summary of some days."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import Invalid, NotFound
from audience_sync.flows.shares import share
from audience_sync.flows.showing import run_view
from audience_sync.flows.views import Page, RunView, Summary
from audience_sync.model.permissions import Actor, Permission
from audience_sync.store.audiences import Audience, Run

LONGEST_DAYS = 366


async def history(
    app: App, actor: Actor, audience_id: str, *, days: int = 30, cursor: str = "", limit: int = 50
) -> Page[RunView]:
    """The audience's runs of the last days, newest first."""
    actor.require(Permission.READ)
    audience = await _audience(app, audience_id)
    chosen = _since(app, audience_id, days).order_by(Run.number.desc()).limit(limit + 1)
    if cursor:
        chosen = chosen.where(Run.number < _number(cursor))
    async with app.database.read() as session:
        rows = (await session.scalars(chosen)).all()
    page = tuple(run_view(app, run, audience) for run in rows[:limit])
    return Page(page, str(rows[limit - 1].number) if len(rows) > limit else "")


async def summary(app: App, actor: Actor, audience_id: str, *, days: int = 30) -> Summary:
    """Total syncs, success rate, average match rate and growth over the last days."""
    actor.require(Permission.READ)
    await _audience(app, audience_id)
    ended = _since(app, audience_id, days).where(Run.ended_at.is_not(None))
    async with app.database.read() as session:
        total, completed, judged, rate, first = (await session.execute(ended.with_only_columns(*_sums()))).one()
        growth = await _growth(session, audience_id, first) if total else 0
    return Summary(
        days=days,
        total_syncs=total,
        success_rate=completed / judged if judged else None,
        average_match_rate=rate,
        audience_growth=growth,
    )


def _sums() -> tuple[sa.ColumnElement[Any], ...]:
    """SQL over runs that ended: all, those completed, those not cancelled, their mean match rate, the first number."""
    members = sa.func.coalesce(Run.totals["members"].as_integer(), 0)
    return (
        sa.func.count(),
        sa.func.count().filter(Run.status == "completed"),
        sa.func.count().filter(Run.status != "cancelled"),
        sa.func.avg(share(Run.facts, members)),
        sa.func.min(Run.number),
    )


async def _growth(session: AsyncSession, audience_id: str, first: int) -> int:
    """Profiles held now less those held before the run of that number."""
    return await _held(session, audience_id) - await _held(session, audience_id, Run.number < first)


async def _held(session: AsyncSession, audience_id: str, *among: sa.ColumnElement[bool]) -> int:
    """Profiles held by the ledger after the newest of these runs that says so; 0 when none does."""
    members = Run.totals["members"].as_integer()
    of_it = sa.select(members).where(Run.audience_id == audience_id, Run.ended_at.is_not(None), members.is_not(None))
    return await session.scalar(of_it.where(*among).order_by(Run.number.desc()).limit(1)) or 0


def _since(app: App, audience_id: str, days: int) -> sa.Select[Run]:
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(f"{days} days cannot be shown.", f"Ask for 1 to {LONGEST_DAYS} days.")
    since = app.now() - timedelta(days=days)
    return sa.select(Run).where(Run.audience_id == audience_id, Run.queued_at >= since)


async def _audience(app: App, audience_id: str) -> Audience:
    async with app.database.read() as session:
        audience = await session.get(Audience, audience_id)
    if audience is None:
        raise NotFound("There is no such audience.", "GET /audiences lists them.")
    return audience


def _number(cursor: str) -> int:
    if not cursor.isdigit():
        raise Invalid("That cursor is not one of ours.", "Use next_cursor of the page before.")
    return int(cursor)
