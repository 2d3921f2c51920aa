"""Charts of an audience's runs: its size, its match rate, and what was sent and removed per day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from audience_sync.flows.past_runs import Course, Day
from audience_sync.flows.views import RunView
from audience_sync.web import states
from audience_sync.web.charts import Chart, Point, bar_chart, line_chart
from audience_sync.web.words import UNKNOWN, exact, number, plural, share


@dataclass(frozen=True, slots=True)
class RunCharts:
    """Three drawings of the same runs; those of what the platform has never said are None."""

    size: Chart | None
    match_rate: Chart | None
    changes: Chart


def drawn(course: Course, *, days: int, zone: tzinfo) -> RunCharts:
    """Charts of an audience's course."""
    sizes = [_point(run, run.size.matched, number(run.size.matched), zone) for run in course.runs]
    rates = [_point(run, run.size.match_rate, share(run.size.match_rate), zone) for run in course.runs]
    which = "" if course.every else ", the last of each day"
    return RunCharts(
        size=_line(f"Audience size over {days} days{which}", sizes, number),
        match_rate=_line(f"Match rate over {days} days{which}", rates, share),
        changes=_changes(course.days, days),
    )


def _line(title: str, points: Sequence[Point], said: Callable[[float | None], str]) -> Chart | None:
    values = [point.value for point in points if point.value is not None]
    if not values:
        return None
    words = f"{plural(len(values), 'run')}: between {said(min(values))} and {said(max(values))}."
    return line_chart(title, f"{words} The last one: {said(values[-1])}.", points)


def _point(run: RunView, value: float | None, said: str, zone: tzinfo) -> Point:
    words = f"{exact(run.queued_at)}: {said if value is not None else UNKNOWN} ({states.RUNS[run.status].label})"
    return Point(_label(run.queued_at.astimezone(zone)), value, words, run.status, f"/runs/{run.id}")


def _changes(by_day: Sequence[Day], days: int) -> Chart:
    sent, removed = sum(each.sent for each in by_day), sum(each.removed for each in by_day)
    series = [
        ("Sent", "good", [_bar(each, each.sent, "sent") for each in by_day]),
        ("Removed", "bad", [_bar(each, each.removed, "removed") for each in by_day]),
    ]
    words = f"{number(sent)} sent and {number(removed)} removed in all, in profiles."
    return bar_chart(f"Sent and removed per day over {days} days", words, series)


def _bar(day: Day, count: int, verb: str) -> Point:
    label = _label(day.day)
    return Point(label, float(count), f"{label}: {number(count)} {verb}")


def _label(day: date) -> str:
    return f"{day:%b} {day.day}"
