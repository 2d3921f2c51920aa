"""The geometry of charts: from numbers over time to the points of a drawing 720 units wide and 220 high."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 28
LABELS = 6
"""Most labels under the horizontal axis."""
NARROWEST = 1e-9
"""Values that lie closer together, in parts of their size, are drawn as one."""


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a chart. `label` stands under it, `words` is what is read on hover and in the table.

    `mark` is a state such as `completed` that gives the point its shape and colour; `href` leads to what it tells of.
    """

    label: str
    value: float | None
    words: str
    mark: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A point and where it is drawn."""

    point: Point
    x: float
    y: float
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the chart at a round value."""

    y: float
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """Bars of one kind."""

    label: str
    look: str
    bars: tuple[Placed, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing: what it is called, what it tells in a sentence, and its parts."""

    title: str
    description: str
    ticks: tuple[Tick, ...]
    labels: tuple[Placed, ...]
    points: tuple[Placed, ...] = ()
    line: str = ""
    area: str = ""
    series: tuple[Series, ...] = ()
    names: tuple[str, ...] = field(default_factory=tuple)
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    bottom: int = HEIGHT - BOTTOM


def line_chart(title: str, description: str, points: Sequence[Point], *, from_zero: bool = False) -> Chart:
    """A line through the points that have a value; the axis begins at zero or below the least value."""
    values = [point.value for point in points if point.value is not None]
    ticks = _scale(0.0 if from_zero or not values else min(values), max(values, default=1.0))
    placed = [
        Placed(point, x, _y(point.value, ticks))
        for point, x in zip(points, _across(len(points)), strict=True)
        if point.value is not None
    ]
    line = " ".join(f"{'M' if i == 0 else 'L'}{each.x:.1f} {each.y:.1f}" for i, each in enumerate(placed))
    base = HEIGHT - BOTTOM
    area = f"{line} L{placed[-1].x:.1f} {base} L{placed[0].x:.1f} {base} Z" if placed else ""
    return Chart(
        title,
        description,
        ticks=_ticks(ticks),
        labels=_labels(points),
        points=tuple(placed),
        line=line,
        area=area,
        names=(title,),
    )


def bar_chart(title: str, description: str, series: Sequence[tuple[str, str, Sequence[Point]]]) -> Chart:
    """Bars side by side. Each series is its name, its look (`good`, `bad`, `plain`) and one point per label."""
    points = series[0][2] if series else ()
    ticks = _scale(0.0, max((point.value or 0.0 for _, _, each in series for point in each), default=1.0))
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(points))
    return Chart(
        title,
        description,
        ticks=_ticks(ticks),
        labels=_labels(points),
        series=tuple(
            Series(name, look, tuple(_bars(each, ticks, slot, place=(index, len(series)))))
            for index, (name, look, each) in enumerate(series)
        ),
        names=tuple(name for name, _, _ in series),
    )


def _bars(points: Sequence[Point], ticks: list[float], slot: float, *, place: tuple[int, int]) -> list[Placed]:
    """`place` is which of how many bars stand at one label."""
    index, many = place
    width = slot * 0.7 / many
    bars = []
    for at, point in enumerate(points):
        y = _y(point.value or 0.0, ticks)
        bars.append(Placed(point, LEFT + at * slot + slot * 0.15 + index * width, y, HEIGHT - BOTTOM - y))
    return bars


def bar_width(chart: Chart) -> float:
    """How wide one bar is."""
    many = len(chart.series)
    bars = len(chart.series[0].bars) if many else 1
    return (WIDTH - LEFT - RIGHT) / max(1, bars) * 0.7 / max(1, many)


def _scale(low: float, high: float) -> list[float]:
    """Four or five round values that hold both."""
    if high - low <= NARROWEST * max(1.0, abs(high)):
        high = low + max(1.0, abs(low))
    step = _round_step((high - low) / 4)
    first = floor(low / step)
    return [step * each for each in range(first, ceil(high / step) + 1)]


def _round_step(raw: float) -> float:
    power = 10.0 ** floor(log10(raw))
    return float(next(each * power for each in (1, 2, 2.5, 5, 10) if each * power >= raw))


def _y(value: float, ticks: list[float]) -> float:
    return HEIGHT - BOTTOM - (value - ticks[0]) / (ticks[-1] - ticks[0]) * (HEIGHT - TOP - BOTTOM)


def _ticks(values: list[float]) -> tuple[Tick, ...]:
    return tuple(Tick(_y(each, values), each) for each in values)


def _across(many: int) -> list[float]:
    """Where so many points stand, side by side over the whole width."""
    slot = (WIDTH - LEFT - RIGHT) / max(1, many)
    return [LEFT + slot * (each + 0.5) for each in range(many)]


def _labels(points: Sequence[Point]) -> tuple[Placed, ...]:
    every = max(1, ceil(len(points) / LABELS))
    return tuple(
        Placed(point, x, HEIGHT - 8)
        for at, (point, x) in enumerate(zip(points, _across(len(points)), strict=True))
        if at % every == 0
    )
