"""What was measured, as rows for the screen and for `docs/performance.md`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from platform import machine, python_version
from re import DOTALL, sub

import duckdb
from rich.box import SIMPLE_HEAD
from rich.table import Table

Measured = Mapping[str, Mapping[str, float]]
"""Step -> its figures; see `measured.STEPS`."""

PAGE = Path(__file__).parents[2] / "docs/performance.md"
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"
HEADINGS = ("Step", "Seconds", "Rows/s", "Peak MiB", "Baseline", "Its s", "Ratio")
MILLION = 1_000_000
MOST_SECONDS, MOST_MIB = 10.0, 2048.0
"""What is promised for a million profiles of which one per cent changed."""


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
    Line("No-change plan", "same plan", "full join", "join floor"),
)


def cells(measured: Measured) -> list[tuple[str, ...]]:
    """The rows under HEADINGS. A ratio below 1 means faster than its baseline."""
    return [_cells(line, measured) for line in LINES]


def _cells(line: Line, measured: Measured) -> tuple[str, ...]:
    own = measured[line.step]
    rate = f"{own['profiles'] / own['seconds']:,.0f}"
    if not line.against:
        return (line.words, f"{own['seconds']:.2f}", rate, f"{own['peak_mb']:,.0f}", "", "", "")
    base = measured[line.against][line.field]
    ratio = f"{own['seconds'] / base:.2f}"
    return (line.words, f"{own['seconds']:.2f}", rate, f"{own['peak_mb']:,.0f}", line.baseline, f"{base:.2f}", ratio)


def verdict(measured: Measured, size: int) -> str:
    """What was measured of the delta in one sentence; for a million profiles also whether the promise was kept."""
    steps = [measured["delta plan"], measured["delta bodies"]]
    seconds, peak = sum(step["seconds"] for step in steps), max(step["peak_mb"] for step in steps)
    said = (
        f"{size:,} profiles, 1 % changed: the delta and its batches are ready in {seconds:.1f} s with {peak:,.0f} MiB"
    )
    if size != MILLION:
        return f"{said}."
    held = "kept" if seconds < MOST_SECONDS and peak < MOST_MIB else "NOT kept"
    return f"{said} (promised for a million: {MOST_SECONDS:.0f} s, {MOST_MIB:,.0f} MiB; {held})."


def screen(measured: Measured) -> Table:
    """The table for a terminal."""
    table = Table(box=SIMPLE_HEAD)
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading in ("Step", "Baseline") else "right")
    for row in cells(measured):
        table.add_row(*row)
    return table


def write_page(measured: Measured, size: int, cores: int) -> None:
    """The page's measured part is this run."""
    day = datetime.now(UTC).date()
    rows = [HEADINGS, ("---", "---:", "---:", "---:", "---", "---:", "---:"), *cells(measured)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    where = f"{day}, {cores} cores ({machine()}), Python {python_version()}, DuckDB {duckdb.__version__}."
    loop = f"The Python loop held {measured['python loop']['peak_mb']:,.0f} MiB."
    part = "\n\n".join([BEGIN, f"{verdict(measured, size)}\n{loop}\nMeasured {where}", table, END])
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(sub(f"{BEGIN}.*{END}", lambda _: part, page, flags=DOTALL), encoding="utf-8")
