"""`python -m tools.bench [--size N] [--only rate] [--json FILE] [--write]`: measures each step once, then the rates."""

import argparse
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from tools.bench import rate, rate_report
from tools.bench.measured import STEPS, Figures, measure
from tools.bench.report import screen, verdict, write_page

SMALLEST = 1000
"""With fewer profiles one per cent is too few to be all three kinds of change."""


def main() -> None:
    asked = _arguments()
    console = Console()
    measured = {} if asked.only == "rate" else _measure_all(console, asked.size)
    if measured:
        console.print(screen(measured))
        console.print(verdict(measured, asked.size))
    with console.status("Rates of a pretend platform"):
        rates = rate.measure_all()
    console.print(rate_report.screen(rates))
    if asked.json:
        asked.json.write_text(json.dumps({"size": asked.size, "steps": measured, "rates": rates}, indent=2) + "\n")
    if asked.write:
        rate_report.write_page(rates)
    if asked.write and measured:
        write_page(measured, asked.size, os.cpu_count() or 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000, help="profiles before the change (default: a million)")
    parser.add_argument("--only", choices=["rate"], help="only this part")
    parser.add_argument("--json", type=Path, help="a file that the figures are written to")
    parser.add_argument("--write", action="store_true", help="put the results into docs/performance.md")
    asked = parser.parse_args()
    if asked.size < SMALLEST:
        parser.error(f"--size must be at least {SMALLEST}")
    return asked


def _measure_all(console: Console, size: int) -> dict[str, Figures]:
    """Step -> figures; the files are gone afterwards, whatever happens."""
    measured = {}
    with TemporaryDirectory(prefix="audience-sync-bench-") as folder:
        for step in STEPS:
            with console.status(f"{size:,} profiles: {step}"):
                measured[step] = measure(step, Path(folder), size)
    return measured


if __name__ == "__main__":
    main()
