"""Pulls from warehouses, as rows for the screen and for `docs/performance.md`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from os import cpu_count, getloadavg
from re import DOTALL, sub

from rich.box import SIMPLE_HEAD
from rich.table import Table

from tools.bench.report import PAGE
from tools.bench.warehouses import Figures

BEGIN, END = "<!-- warehouses -->", "<!-- end of warehouses -->"
HEADINGS = (
    "From",
    "Rows",
    "Pull, s",
    "Rows/s",
    "Peak MiB",
    "As from a file",
    "Compared: first, s",
    "Again, s",
    "Came out",
)


def cells(measured: Mapping[str, Figures]) -> list[tuple[str, ...]]:
    """The rows under HEADINGS; the last three of a warehouse that compares within itself."""
    return [
        (kind, *_whole(each), *(_compared(each) if "fetched" in each else ("", "", "")))
        for kind, each in measured.items()
    ]


def _whole(found: Figures) -> tuple[str, ...]:
    same = "yes" if found["same"] and found.get("again_same", 1) else "NO"
    rate = f"{found['rows'] / found['seconds']:,.0f}"
    return f"{found['rows']:,.0f}", f"{found['seconds']:.1f}", rate, f"{found['peak_mb']:,.0f}", same


def _compared(found: Figures) -> tuple[str, ...]:
    return f"{found['first_seconds']:.1f}", f"{found['again_seconds']:.1f}", f"{found['fetched']:,.0f}"


def screen(measured: Mapping[str, Figures]) -> Table:
    """The table for a terminal."""
    table = Table(box=SIMPLE_HEAD)
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    for row in cells(measured):
        table.add_row(*row)
    return table


def write_page(measured: Mapping[str, Figures]) -> None:
    """The page's part about warehouses is this run."""
    rows = [HEADINGS, ("---", *("---:",) * (len(HEADINGS) - 1)), *cells(measured)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    where = f"Measured {datetime.now(UTC).date()}, {cpu_count()} cores with a load of {getloadavg()[0]:.1f}."
    part = "\n\n".join([BEGIN, table, where, END])
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(sub(f"{BEGIN}.*{END}", lambda _: part, page, flags=DOTALL), encoding="utf-8")
