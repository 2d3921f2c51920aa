"""`python -m tools.bench [--size N]… [--only PART] [--json FILE] [--write]`: steps, rates, warehouses, pages."""

import argparse
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from tools.bench import pages, rate, rate_report, warehouses, warehouses_report
from tools.bench.measured import ONCE, STEPS, Figures, measure, stretched
from tools.bench.report import goals, screen, write_page

SMALLEST = 1000
"""With fewer profiles a change of 2.5 per cent is too small to be of all three kinds."""
SIZES = (1_000_000, 10_000_000)


def main() -> None:
    asked = _arguments()
    console = Console()
    runs = {} if asked.only else _measure_sizes(console, sorted(asked.size or SIZES))
    for size, measured in runs.items():
        console.rule(f"{size:,} profiles, 2.5 % changed")
        console.print(screen(measured), goals(measured))
    rates = _measure_rates(console) if asked.only in (None, "rate") else []
    pulled = _measure_warehouses(console) if asked.only in (None, "warehouses") else {}
    shown = _measure_pages(console) if asked.only in (None, "pages") else {}
    if asked.json:
        found = {"sizes": runs, "rates": rates, "warehouses": pulled, "pages": shown}
        asked.json.write_text(json.dumps(found, indent=2) + "\n")
    if asked.write and rates:
        rate_report.write_page(rates)
    if asked.write and pulled:
        warehouses_report.write_page(pulled)
    if asked.write and runs:
        write_page(runs, os.cpu_count() or 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument(
        "--size", type=int, action="append", help="profiles before the change (default: a million, then ten)"
    )
    parser.add_argument("--only", choices=["rate", "warehouses", "pages"], help="only this part")
    parser.add_argument("--json", type=Path, help="a file that the figures are written to")
    parser.add_argument("--write", action="store_true", help="put the results into docs/performance.md")
    asked = parser.parse_args()
    if min(asked.size or SIZES) < SMALLEST:
        parser.error(f"--size must be at least {SMALLEST}")
    return asked


def _measure_rates(console: Console) -> list[Figures]:
    with console.status("Rates of a pretend platform"):
        rates = rate.measure_all()
    console.print(rate_report.screen(rates))
    return rates


def _measure_warehouses(console: Console) -> dict[str, Figures]:
    with console.status("Warehouses"):
        pulled = warehouses.measure_all()
    console.print(warehouses_report.screen(pulled))
    return pulled


def _measure_pages(console: Console) -> dict[str, Figures]:
    with console.status("Pages"):
        shown = pages.measure_all()
    console.print(pages.screen(shown), pages.verdict(shown))
    return shown


def _measure_sizes(console: Console, sizes: list[int]) -> dict[int, dict[str, Figures]]:
    """Size -> step -> figures. What is measured once is measured at the smallest size and stretched to the others."""
    runs: dict[int, dict[str, Figures]] = {}
    for size in sizes:
        smallest = not runs
        runs[size] = _measure_all(console, size, [step for step in STEPS if smallest or step not in ONCE])
        runs[size] |= {} if smallest else stretched(runs[sizes[0]], size / sizes[0])
    return runs


def _measure_all(console: Console, size: int, steps: list[str]) -> dict[str, Figures]:
    """Step -> figures; the files are gone afterwards, whatever happens."""
    measured = {}
    with TemporaryDirectory(prefix="audience-sync-bench-") as folder:
        for step in steps:
            with console.status(f"{size:,} profiles: {step}"):
                measured[step] = measure(step, Path(folder), size)
    return measured


if __name__ == "__main__":
    main()
