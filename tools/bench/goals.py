"""What the figures must show, and whether they do: each as a ratio of two measurements of the same run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Measured = Mapping[str, Mapping[str, float]]
"""Step -> its figures; see `measured.STEPS`."""
IDENTIFIER_BYTES = 32
MILLION = 1_000_000
TEN_MILLION = 10_000_000


@dataclass(frozen=True, slots=True)
class Goal:
    """`at_most` or at least `limit`; `needs` are the steps that `value` looks at.

    It is promised from `least` profiles on: with fewer, the start of a process is most of what is measured.
    """

    words: str
    limit: float
    needs: tuple[str, ...]
    value: Callable[[Measured], float]
    at_most: bool = True
    unit: str = "x"
    least: int = 0

    def kept(self, measured: Measured) -> bool:
        value = self.value(measured)
        return value <= self.limit if self.at_most else value >= self.limit

    def verdict(self, measured: Measured) -> str:
        """In a word; nothing is judged where nothing was promised."""
        if measured["import"]["profiles"] < self.least:
            return f"promised from {self.least:,}"
        return "kept" if self.kept(measured) else "NOT kept"

    @property
    def wanted(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.limit:,g} {self.unit}".strip()

    def said(self, measured: Measured) -> str:
        return f"{self.value(measured):,.2f} {self.unit}".strip()


def ratio(step: str, base: str, field: str = "seconds", *, own: str = "seconds") -> Callable[[Measured], float]:
    """How often the base goes into the step."""
    return lambda measured: measured[step][own] / measured[base][field]


def figure(step: str, field: str, *, scale: float = 1.0) -> Callable[[Measured], float]:
    return lambda measured: measured[step][field] * scale


EXPORTS = ("csv export", "json export", "parquet export", "plain export")

GOALS = (
    Goal(
        "Delta beside the bare join",
        3,
        ("delta plan", "join floor"),
        ratio("delta plan", "join floor"),
        least=TEN_MILLION,
    ),
    Goal(
        "Python loop beside the delta",
        20,
        ("python loop", "delta plan"),
        ratio("python loop", "delta plan", own="delta_seconds"),
        at_most=False,
        least=TEN_MILLION,
    ),
    Goal("First plan's memory", 1331, ("first plan",), figure("first plan", "peak_mb"), unit="MiB"),
    Goal("Delta's memory", 1331, ("delta plan",), figure("delta plan", "peak_mb"), unit="MiB"),
    Goal(
        "No change, fingerprints compared, beside the bare join",
        1.5,
        ("same plan", "join floor again"),
        ratio("same plan", "join floor again"),
        least=TEN_MILLION,
    ),
    Goal("Nothing can have changed", 1, ("nothing new",), figure("nothing new", "seconds"), unit="s"),
    Goal(
        "First plan beside SHA-256",
        15,
        ("first plan", "hash floor"),
        ratio("first plan", "hash floor"),
        least=TEN_MILLION,
    ),
    Goal(
        "Identifiers hashed in a delta beside those of the added and changed",
        1.1,
        ("delta work",),
        figure("delta work", "hashed_ratio"),
    ),
    Goal(
        "Phones that disagree",
        0,
        ("clean phones", "adverse phones"),
        lambda found: sum(found[step]["disagreements"] for step in ("clean phones", "adverse phones")),
        unit="",
    ),
    Goal(
        "phonenumbers beside clean phones",
        10,
        ("clean phones",),
        ratio("clean phones", "clean phones", own="loop_seconds"),
        at_most=False,
    ),
    Goal(
        "phonenumbers beside adverse phones",
        4,
        ("adverse phones",),
        ratio("adverse phones", "adverse phones", own="loop_seconds"),
        at_most=False,
    ),
    Goal("Removes that are missing or wrong", 0, ("removes",), figure("removes", "wrong"), unit=""),
    Goal(
        "Upload stage",
        1,
        ("upload",),
        lambda found: found["upload"]["profiles"] / found["upload"]["seconds"] / MILLION,
        at_most=False,
        unit="M rows/s",
    ),
    Goal("Bookkeeping in the upload stage", 10, ("upload",), figure("upload", "bookkeeping", scale=100), unit="%"),
    Goal("State beside 32 bytes an identifier", 1.4, ("state",), figure("state", "ratio")),
    Goal(
        "Bytes written for a change beside a first member's",
        3,
        ("delta work",),
        figure("delta work", "bytes_ratio"),
    ),
    Goal(
        "Import",
        200_000,
        ("import",),
        lambda found: found["import"]["profiles"] / found["import"]["seconds"],
        at_most=False,
        unit="rows/s",
    ),
    Goal(
        "Python's csv loop beside a CSV export",
        5,
        ("csv loop", "csv export"),
        ratio("csv loop", "csv export"),
        at_most=False,
    ),
    Goal(
        "Memory of an export, whatever its form",
        500,
        EXPORTS,
        lambda found: max(found[step]["peak_mb"] for step in EXPORTS),
        unit="MiB",
    ),
)


def verdicts(measured: Measured) -> list[tuple[str, str, str, str]]:
    """(what, wanted, measured, verdict) of every goal whose steps were measured."""
    return [
        (goal.words, goal.wanted, goal.said(measured), goal.verdict(measured))
        for goal in GOALS
        if all(step in measured for step in goal.needs)
    ]
