"""The runs of all audiences, or of one, newest first, as somebody filters them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.errors import Invalid
from audience_sync.flows.history import LONGEST_DAYS
from audience_sync.flows.shares import share
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
    """How the wanted runs went. `success_rate` 0.0-1.0: completed over those that ended otherwise than by a cancel.

    `average_match_rate` is the mean of the runs that have one. `growth` counts profiles added less those removed.
    """

    total_syncs: int
    success_rate: float | None
    average_match_rate: float | None
    growth: int


@dataclass(frozen=True, slots=True)
class Day:
    """What the runs of one day sent and removed, in profiles; `last` is the id of the last of them."""

    day: date
    sent: int
    removed: int
    last: str


@dataclass(frozen=True, slots=True)
class Course:
    """How an audience went: its runs that ended, the oldest first, and all its days. `every`: no run was left out;
    else there are the last ones of each day."""

    runs: tuple[RunView, ...]
    days: tuple[Day, ...]
    every: bool


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
    counted = sa.select(*_sums()).where(*_conditions(app, wanted), Run.ended_at.is_not(None))
    if wanted.platform:
        counted = counted.join(Audience, Audience.id == Run.audience_id)
    async with app.database.read() as session:
        total, completed, judged, rate, added, removed = (await session.execute(counted)).one()
    return Outcomes(total, completed / judged if judged else None, rate, int(added) - int(removed))


def _sums() -> tuple[sa.ColumnElement[Any], ...]:
    """SQL: all, those completed, those not cancelled, their mean match rate, profiles added and removed."""
    members, added, removed = (
        sa.func.coalesce(Run.totals[name].as_integer(), 0) for name in ("members", "added", "removed")
    )
    return (
        sa.func.count(),
        sa.func.count().filter(Run.status == "completed"),
        sa.func.count().filter(Run.status != "cancelled"),
        sa.func.avg(share(Run.facts, members)),
        sa.func.coalesce(sa.func.sum(added), 0),
        sa.func.coalesce(sa.func.sum(removed), 0),
    )


async def course(app: App, actor: Actor, wanted: Wanted, *, zone: tzinfo, most: int) -> Course:
    """The wanted runs that ended, by days of that zone; if they are more than `most`, the last of each day."""
    actor.require(Permission.READ)
    ended = (*_conditions(app, wanted), Run.ended_at.is_not(None))
    sent, removed = (sa.func.coalesce(Run.totals[name].as_integer(), 0) for name in ("sent", "removed"))
    of_it = sa.select(Run.id, Run.queued_at, sent, removed).where(*ended).order_by(Run.queued_at, Run.id)
    chosen = sa.select(Run, Audience).join(Audience, Audience.id == Run.audience_id).where(*ended)
    async with app.database.read() as session:
        each = (await session.execute(of_it)).all()
        days = _days([(at.astimezone(zone).date(), run_id, *counts) for run_id, at, *counts in each])
        every = len(each) <= most
        shown = chosen if every else chosen.where(Run.id.in_([day.last for day in days]))
        rows = (await session.execute(shown.order_by(Run.queued_at, Run.id))).all()
    return Course(tuple(run_view(app, run, audience) for run, audience in rows), days, every)


def _days(each: Sequence[tuple[date, str, int, int]]) -> tuple[Day, ...]:
    """Runs in their order, added up by day."""
    by_day: dict[date, Day] = {}
    for day, run_id, sent, removed in each:
        so_far = by_day.get(day, Day(day, 0, 0, ""))
        by_day[day] = Day(day, so_far.sent + sent, so_far.removed + removed, run_id)
    return tuple(by_day.values())


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
