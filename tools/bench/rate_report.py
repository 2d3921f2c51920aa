"""The use of rates, as rows for the screen and for `docs/performance.md`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from os import cpu_count, getloadavg
from re import DOTALL, sub

from rich.box import SIMPLE_HEAD
from rich.table import Table

from tools.bench.rate import Figures
from tools.bench.report import PAGE

BEGIN, END = "<!-- rate -->", "<!-- end of rate -->"
HEADINGS = ("Allowed per second", "Workers", "Used", "Share", "Fullest second", "Refused")


def cells(rates: Sequence[Figures]) -> list[tuple[str, ...]]:
    """The rows under HEADINGS."""
    return [
        (
            f"{each['rate']:.0f}",
            f"{each['workers']:.0f}",
            f"{each['used']:.1f}",
            f"{each['share']:.1%}",
            f"{each['fullest']:.0f}",
            f"{each['refused']:.0f}",
        )
        for each in rates
    ]


def screen(rates: Sequence[Figures]) -> Table:
    """The table for a terminal."""
    table = Table(box=SIMPLE_HEAD)
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    for row in cells(rates):
        table.add_row(*row)
    return table


def write_page(rates: Sequence[Figures]) -> None:
    """The page's part about rates is this run."""
    rows = [HEADINGS, ("---:",) * len(HEADINGS), *cells(rates)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    where = f"Measured {datetime.now(UTC).date()}, {cpu_count()} cores with a load of {getloadavg()[0]:.1f}."
    part = "\n\n".join([BEGIN, table, where, END])
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(sub(f"{BEGIN}.*{END}", lambda _: part, page, flags=DOTALL), encoding="utf-8")
