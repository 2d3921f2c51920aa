"""The runs of all audiences, or of one, newest first, as somebody filters them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.errors import Invalid
from audience_sync.flows.history import LONGEST_DAYS
from audience_sync.flows.showing import run_view
from audience_sync.flows.views import Page, RunView
from audience_sync.model.permissions import Actor, Permission
from audience_sync.store.audiences import Audience, Run


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs: those of the last `days`, and of the others what is not empty."""

    days: int = 30
    audience_id: str = ""
    platform: str = ""
    operation: str = ""
    status: str = ""
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How the wanted runs went. `success_rate` 0.0-1.0: completed over those that ended otherwise than by a cancel."""

    total_syncs: int
    success_rate: float | None
    added: int
    removed: int


async def recent(app: App, actor: Actor, wanted: Wanted, *, cursor: str = "", limit: int = 25) -> Page[RunView]:
    """The wanted runs, newest first; `cursor` is the `next_cursor` of the page before."""
    actor.require(Permission.READ)
    chosen = sa.select(Run, Audience).join(Audience, Audience.id == Run.audience_id).where(*_conditions(app, wanted))
    chosen = chosen.order_by(Run.queued_at.desc(), Run.id.desc()).limit(limit + 1)
    if cursor:
        chosen = chosen.where(sa.tuple_(Run.queued_at, Run.id) < _after(cursor))
    async with app.database.read() as session:
        rows = (await session.execute(chosen)).all()
    page = tuple(run_view(app, run, audience) for run, audience in rows[:limit])
    return Page(page, f"{page[-1].queued_at.isoformat()}~{page[-1].id}" if len(rows) > limit else "")


async def outcomes(app: App, actor: Actor, wanted: Wanted) -> Outcomes:
    """How many of the wanted runs ended, how, and what they changed."""
    actor.require(Permission.READ)
    counted = (
        sa.select(
            Run.status,
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(Run.totals["added"].as_integer()), 0),
            sa.func.coalesce(sa.func.sum(Run.totals["removed"].as_integer()), 0),
        )
        .where(*_conditions(app, wanted), Run.ended_at.is_not(None))
        .group_by(Run.status)
    )
    if wanted.platform:
        counted = counted.join(Audience, Audience.id == Run.audience_id)
    async with app.database.read() as session:
        rows = (await session.execute(counted)).all()
    counts: dict[str, int] = {status: count for status, count, _, _ in rows}
    judged = sum(counts.values()) - counts.get("cancelled", 0)
    return Outcomes(
        total_syncs=sum(counts.values()),
        success_rate=counts.get("completed", 0) / judged if judged else None,
        added=sum(int(added) for _, _, added, _ in rows),
        removed=sum(int(removed) for _, _, _, removed in rows),
    )


def _conditions(app: App, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    if not 1 <= wanted.days <= LONGEST_DAYS:
        raise Invalid(f"{wanted.days} days cannot be shown.", f"Ask for 1 to {LONGEST_DAYS} days.")
    exact = {
        Run.audience_id: wanted.audience_id,
        Audience.platform: wanted.platform,
        Run.operation: wanted.operation,
        Run.status: wanted.status,
        Run.trigger: wanted.trigger,
    }
    since = app.now() - timedelta(days=wanted.days)
    return [Run.queued_at >= since, *(column == value for column, value in exact.items() if value)]


def _after(cursor: str) -> sa.Tuple:
    moment, _, run_id = cursor.partition("~")
    try:
        queued_at = datetime.fromisoformat(moment)
    except ValueError:
        queued_at = None
    if queued_at is None or queued_at.tzinfo is None:
        raise Invalid("That cursor is not one of ours.", "Use next_cursor of the page before.")
    return sa.tuple_(sa.literal(queued_at, Run.queued_at.type), sa.literal(run_id))
