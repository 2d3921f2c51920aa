"""What was measured, as rows for the screen and for `docs/performance.md`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from os import getloadavg
from pathlib import Path
from platform import machine, python_version
from re import DOTALL, sub

import duckdb
from rich.box import SIMPLE_HEAD
from rich.table import Table

from tools.bench.chart import chart
from tools.bench.goals import Measured, verdicts

PAGE = Path(__file__).parents[2] / "docs/performance.md"
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"
HEADINGS = ("Step", "Seconds", "Rows/s", "Peak MiB", "Baseline", "Its s", "Ratio")
LEAST_SECONDS = 0.01
GOAL_HEADINGS = ("It must show", "Wanted", "Measured", "")
CHART = PAGE.with_name("performance.svg")


@dataclass(frozen=True, slots=True)
class Line:
    """One step beside one baseline, named by their steps; `field` is where the baseline keeps its seconds."""

    words: str
    step: str
    baseline: str = ""
    against: str = ""
    field: str = "seconds"


LINES = (
    Line("Import", "import"),
    Line("First plan", "first plan", "SHA-256", "hash floor"),
    Line("First plan", "first plan", "Python loop", "python loop"),
    Line("First bodies", "first bodies"),
    Line("Upload stage", "upload", "JSON + HTTP alone", "upload", "bare_seconds"),
    Line("First close", "first close"),
    Line("CSV export", "csv export", "csv loop", "csv loop"),
    Line("JSON export", "json export", "csv loop", "csv loop"),
    Line("Parquet export", "parquet export", "csv loop", "csv loop"),
    Line("CSV export in clear", "plain export"),
    Line("Change import", "import of the change"),
    Line("Delta plan", "delta plan", "full join", "join floor"),
    Line("Delta plan", "delta plan", "Python loop", "python loop", "delta_seconds"),
    Line("Delta bodies", "delta bodies"),
    Line("Delta close", "delta close"),
    Line("No-change plan", "same plan", "full join", "join floor again"),
    Line("Nothing can have changed", "nothing new"),
    Line("Clean phones", "clean phones", "phonenumbers", "clean phones", "loop_seconds"),
    Line("Adverse phones", "adverse phones", "phonenumbers", "adverse phones", "loop_seconds"),
)


def cells(measured: Measured) -> list[tuple[str, ...]]:
    """The rows under HEADINGS. A ratio below 1 means faster than its baseline."""
    steps = measured.keys()
    return [_cells(line, measured) for line in LINES if line.step in steps and (line.against or line.step) in steps]


def _cells(line: Line, measured: Measured) -> tuple[str, ...]:
    own = measured[line.step]
    # What reads nothing has no rate.
    rate = f"{own['profiles'] / own['seconds']:,.0f}" if own["seconds"] >= LEAST_SECONDS else ""
    if not line.against:
        return (line.words, f"{own['seconds']:.2f}", rate, f"{own['peak_mb']:,.0f}", "", "", "")
    base = measured[line.against][line.field]
    ratio = f"{own['seconds'] / base:.2f}"
    return (line.words, f"{own['seconds']:.2f}", rate, f"{own['peak_mb']:,.0f}", line.baseline, f"{base:.2f}", ratio)


def goals(measured: Measured) -> Table:
    """What it must show, for a terminal."""
    table = Table(box=SIMPLE_HEAD)
    for heading in GOAL_HEADINGS:
        table.add_column(heading)
    for row in verdicts(measured):
        table.add_row(*row)
    return table


def screen(measured: Measured) -> Table:
    """The table for a terminal."""
    table = Table(box=SIMPLE_HEAD)
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading in ("Step", "Baseline") else "right")
    for row in cells(measured):
        table.add_row(*row)
    return table


def write_page(runs: Mapping[int, Measured], cores: int) -> None:
    """The page's measured part, and its chart, are these runs: size -> figures."""
    day = datetime.now(UTC).date()
    load = f"with a load of {getloadavg()[0]:.1f}"
    where = f"{day}, {cores} cores ({machine()}) {load}, Python {python_version()}, DuckDB {duckdb.__version__}."
    parts = [f"Measured {where}", f"![Seconds of each step]({CHART.name})"]
    for size, measured in runs.items():
        parts += [
            f"### {size:,} profiles, 2.5 % changed",
            _grid(GOAL_HEADINGS, ("---", "---:", "---:", "---"), verdicts(measured)),
            _grid(HEADINGS, ("---", "---:", "---:", "---:", "---", "---:", "---:"), cells(measured)),
        ]
    part = "\n\n".join([BEGIN, *parts, END])
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(sub(f"{BEGIN}.*{END}", lambda _: part, page, flags=DOTALL), encoding="utf-8")
    CHART.write_text(chart(runs), encoding="utf-8")


def _grid(headings: tuple[str, ...], rule: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, rule, *rows))
