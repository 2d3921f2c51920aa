"""One step, one fresh process: `measure` starts it and gets its seconds and the most memory that it held."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from audience_sync.model.exports import UNHASHED, ExportFormat
from tools.bench import baselines, exports, ledger, phones, product, uploads
from tools.bench.memory import peak_mb
from tools.bench.product import House
from tools.bench.profiles import People

Figures = dict[str, float]
"""`seconds`, `peak_mb` (MiB, resident), `profiles`, and what else a step counts."""
Step = Callable[[People, House], Figures]


def _made(people: People, _house: House) -> Figures:
    people.make()
    return {"seconds": 0.0}


STEPS: dict[str, Step] = {
    "people": _made,
    "import": lambda people, house: product.load(house, people.before),
    "fingerprints before": lambda _people, house: product.fingerprints(house, house.folder / "before.fp.parquet"),
    "first plan": lambda _people, house: product.plan(house, "first"),
    "first bodies": lambda _people, house: product.bodies(house, "first"),
    "upload": lambda _people, house: uploads.upload(house, "first"),
    "first close": lambda _people, house: product.close(house, "first"),
    "csv export": lambda people, house: exports.product(people, house, ExportFormat.CSV),
    "json export": lambda people, house: exports.product(people, house, ExportFormat.JSONL),
    "parquet export": lambda people, house: exports.product(people, house, ExportFormat.PARQUET),
    "plain export": lambda people, house: exports.product(people, house, ExportFormat.CSV, UNHASHED),
    "csv loop": exports.loop,
    "hash floor": lambda people, _house: baselines.hash_floor(people),
    "python loop": lambda people, _house: baselines.python_loop(people),
    "import of the change": lambda people, house: product.load(house, people.changes),
    "fingerprints after": lambda _people, house: product.fingerprints(house, house.folder / "after.fp.parquet"),
    "delta plan": lambda _people, house: product.plan(house, "delta"),
    "delta bodies": lambda _people, house: product.bodies(house, "delta"),
    "delta work": lambda _people, house: ledger.work(house),
    "removes": ledger.removes,
    "delta close": lambda _people, house: product.close(house, "delta"),
    "join floor": lambda _people, house: baselines.join_floor(
        house.folder / "before.fp.parquet", house.folder / "after.fp.parquet"
    ),
    "join floor again": lambda _people, house: baselines.join_floor(
        house.folder / "before.fp.parquet", house.folder / "after.fp.parquet"
    ),
    "same plan": lambda _people, house: product.plan(house, "same"),
    "nothing new": lambda _people, house: product.nothing_new(house),
    "state": lambda _people, house: ledger.state(house),
    "clean phones": lambda _people, _house: phones.clean(),
    "adverse phones": lambda _people, _house: phones.adverse(),
}
"""In the order in which they must run."""
ONCE = frozenset({"python loop", "removes", "clean phones", "adverse phones", "csv loop"})
"""Of no size, or so slow and large that a million has to speak for all: dictionaries of ten million fill 10 GB."""


STRETCHED = ("python loop", "csv loop")
"""Loops take as long again for as many people again."""


def measure(step: str, folder: Path, size: int) -> Figures:
    """The step's figures; its traceback is on standard error when it failed."""
    command = [sys.executable, "-m", "tools.bench.measured", step, str(folder), str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    figures: Figures = json.loads(done.stdout)
    return figures


def stretched(measured: dict[str, Figures], times: float) -> dict[str, Figures]:
    """The loops over people, as if they had run over so many times as many."""
    return {
        step: {name: value * times if name != "peak_mb" else value for name, value in measured[step].items()}
        for step in STRETCHED
        if step in measured
    }


def main() -> None:
    step, folder, size = sys.argv[1:]
    figures = STEPS[step](People(Path(folder), int(size)), House(Path(folder)))
    print(json.dumps({"peak_mb": peak_mb(), **figures}))


if __name__ == "__main__":
    main()
