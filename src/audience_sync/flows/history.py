"""What happened to an audience: its runs, newest first, and a summary of some days."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import Invalid, NotFound
from audience_sync.flows.measures import match_rate, revived
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
    async with app.database.read() as session:
        ended = (
            await session.scalars(_since(app, audience_id, days).where(Run.ended_at.is_not(None)).order_by(Run.number))
        ).all()
        before = await _held_before(session, audience_id, ended)
    judged = [run for run in ended if run.status != "cancelled"]
    rates = [rate for run in ended if (rate := _rate(run)) is not None]
    return Summary(
        days=days,
        total_syncs=len(ended),
        success_rate=sum(run.status == "completed" for run in judged) / len(judged) if judged else None,
        average_match_rate=sum(rates) / len(rates) if rates else None,
        audience_growth=_held_after(ended, before) - before,
    )


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


def _rate(run: Run) -> float | None:
    return match_rate(revived(run.facts), run.totals.get("members", 0))


async def _held_before(session: AsyncSession, audience_id: str, ended: Sequence[Run]) -> int:
    """Profiles held by the ledger before the first of these runs; 0 when there was none before."""
    if not ended:
        return 0
    earlier = await session.scalars(
        sa.select(Run)
        .where(Run.audience_id == audience_id, Run.number < ended[0].number)
        .order_by(Run.number.desc())
        .limit(20)
    )
    return next((run.totals["members"] for run in earlier if "members" in run.totals), 0)


def _held_after(ended: Sequence[Run], before: int) -> int:
    return next((run.totals["members"] for run in reversed(ended) if "members" in run.totals), before)


def _number(cursor: str) -> int:
    if not cursor.isdigit():
        raise Invalid("That cursor is not one of ours.", "Use next_cursor of the page before.")
    return int(cursor)
