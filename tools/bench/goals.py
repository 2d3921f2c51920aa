"""What the figures must show, and whether they do: each as a ratio of two measurements of the same run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Measured = Mapping[str, Mapping[str, float]]
"""Step -> its figures; see `measured.STEPS`."""
IDENTIFIER_BYTES = 32
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Goal:
    """`at_most` or at least `limit`; `needs` are the steps that `value` looks at."""

    words: str
    limit: float
    needs: tuple[str, ...]
    value: Callable[[Measured], float]
    at_most: bool = True
    unit: str = "x"

    def kept(self, measured: Measured) -> bool:
        value = self.value(measured)
        return value <= self.limit if self.at_most else value >= self.limit

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


GOALS = (
    Goal("Delta beside the bare join", 3, ("delta plan", "join floor"), ratio("delta plan", "join floor")),
    Goal(
        "Python loop beside the delta",
        20,
        ("python loop", "delta plan"),
        ratio("python loop", "delta plan", own="delta_seconds"),
        at_most=False,
    ),
    Goal("Delta's memory", 1331, ("delta plan",), figure("delta plan", "peak_mb"), unit="MiB"),
    Goal(
        "No change, fingerprints compared, beside the bare join",
        1.5,
        ("same plan", "join floor again"),
        ratio("same plan", "join floor again"),
    ),
    Goal("Nothing can have changed", 1, ("nothing new",), figure("nothing new", "seconds"), unit="s"),
    Goal("First plan beside SHA-256", 15, ("first plan", "hash floor"), ratio("first plan", "hash floor")),
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
)


def verdicts(measured: Measured) -> list[tuple[str, str, str, str]]:
    """(what, wanted, measured, kept or NOT kept) of every goal whose steps were measured."""
    return [
        (goal.words, goal.wanted, goal.said(measured), "kept" if goal.kept(measured) else "NOT kept")
        for goal in GOALS
        if all(step in measured for step in goal.needs)
    ]
