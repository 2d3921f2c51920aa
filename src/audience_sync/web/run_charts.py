"""Charts of an audience's runs: its size, its match rate, and what was sent and removed per day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

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


def drawn(runs: Sequence[RunView], *, days: int, zone: tzinfo) -> RunCharts:
    """Charts of runs that ended, the oldest first."""
    sizes = [_point(run, run.size.matched, number(run.size.matched), zone) for run in runs]
    rates = [_point(run, run.size.match_rate, share(run.size.match_rate), zone) for run in runs]
    return RunCharts(
        size=_line(f"Audience size over {days} days", sizes, number),
        match_rate=_line(f"Match rate over {days} days", rates, share),
        changes=_changes(runs, days, zone),
    )


def _line(title: str, points: Sequence[Point], said: Callable[[float | None], str]) -> Chart | None:
    values = [point.value for point in points if point.value is not None]
    if not values:
        return None
    words = f"{plural(len(values), 'run')}: between {said(min(values))} and {said(max(values))}."
    return line_chart(title, f"{words} The last one: {said(values[-1])}.", points)


def _point(run: RunView, value: float | None, said: str, zone: tzinfo) -> Point:
    words = f"{exact(run.queued_at)}: {said if value is not None else UNKNOWN} ({states.RUNS[run.status].label})"
    return Point(_day(run, zone), value, words, run.status, f"/runs/{run.id}")


def _changes(runs: Sequence[RunView], days: int, zone: tzinfo) -> Chart:
    sent: dict[str, int] = {}
    removed: dict[str, int] = {}
    for run in runs:
        day = _day(run, zone)
        sent[day] = sent.get(day, 0) + run.sent
        removed[day] = removed.get(day, 0) + run.removed
    series = [("Sent", "good", _bars(sent, "sent")), ("Removed", "bad", _bars(removed, "removed"))]
    words = f"{number(sum(sent.values()))} sent and {number(sum(removed.values()))} removed in all, in profiles."
    return bar_chart(f"Sent and removed per day over {days} days", words, series)


def _bars(by_day: dict[str, int], verb: str) -> list[Point]:
    return [Point(day, float(count), f"{day}: {number(count)} {verb}") for day, count in by_day.items()]


def _day(run: RunView, zone: tzinfo) -> str:
    local = run.queued_at.astimezone(zone)
    return f"{local:%b} {local.day}"
