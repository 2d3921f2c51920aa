"""Charts show every number, inside the drawing, and as a table."""

from hypothesis import given
from hypothesis import strategies as st

from audience_sync.web.charts import HEIGHT, LABELS, WIDTH, Point, bar_chart, bar_width, line_chart
from audience_sync.web.rendering import environment

VALUES = st.lists(st.one_of(st.none(), st.floats(0, 1e9)), max_size=60)
PAGE = (
    '{% import "charts.html" as charts with context %}{{ charts.line(line, "l", "share") }}{{ charts.bars(bars, "b") }}'
)


def points(values: list[float | None]) -> list[Point]:
    return [Point(f"Nov {at}", value, f"on day {at}: {value}") for at, value in enumerate(values)]


@given(VALUES)
def test_every_known_value_is_a_point_inside_the_drawing(values: list[float | None]) -> None:
    chart = line_chart("Size", "…", points(values))
    assert [each.point.value for each in chart.points] == [value for value in values if value is not None]
    assert all(0 <= each.x <= WIDTH and 0 <= each.y <= HEIGHT for each in chart.points)


@given(VALUES)
def test_the_scale_holds_every_value(values: list[float | None]) -> None:
    chart = line_chart("Size", "…", points(values), from_zero=True)
    known = [value for value in values if value is not None]
    assert all(chart.ticks[0].value <= value <= chart.ticks[-1].value * (1 + 1e-9) for value in known)
    assert len(chart.ticks) <= 7


@given(VALUES)
def test_bars_stand_on_the_ground_side_by_side(values: list[float | None]) -> None:
    chart = bar_chart("Sent", "…", [("Sent", "good", points(values)), ("Removed", "bad", points(values))])
    assert all(abs(each.y + each.height - chart.bottom) < 1e-6 for series in chart.series for each in series.bars)
    assert bar_width(chart) > 0


def test_labels_do_not_crowd() -> None:
    assert len(line_chart("Size", "…", points([1.0] * 60)).labels) <= LABELS


def test_the_numbers_are_there_as_a_table_and_on_hover() -> None:
    line = line_chart("Match rate", "Between 87% and 89%.", points([0.87, 0.89]))
    bars = bar_chart("Sent", "Per day.", [("Sent", "good", points([68.0, 23.0]))])
    shown = environment().from_string(PAGE).render(line=line, bars=bars)
    assert shown.count("on day 1: 0.89") == 2
    assert '<title id="l-title">Match rate</title>' in shown
    assert "87.0%" in shown
    assert "Show the numbers" in shown
