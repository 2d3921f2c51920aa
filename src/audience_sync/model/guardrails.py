"""How far one sync may change an audience before somebody must approve it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from audience_sync.errors import Invalid
from audience_sync.model.plans import PlanFigures

FEW = 100
"""So many profiles may leave at once whatever their share: half of a small audience may go on any day, and most
platforms deliver to no list as small as that. Whether anybody is left at all is another guardrail's matter."""
EVERYBODY = 100
"""Per cent; whoever sets it lets any share leave."""
LARGEST_SIZE = 10**12


@dataclass(frozen=True, slots=True)
class Guardrails:
    """The bounds of one audience; the names of the fields are the names of its guardrails. Sizes are profiles."""

    most_removed_percent: int = 50
    """Of the profiles that the platform holds, the share that may leave at once; 100 lets any share leave."""
    smallest: int = 0
    """A sync may not shrink the audience below this; 0: no bound."""
    largest: int = 0
    """A sync may not grow the audience beyond this; 0: no bound."""
    never_empty: bool = True
    """No sync may leave it without anybody."""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Guardrails":
        """Those that were chosen; what was not, or is None, has its default."""
        return cls().changed(stored)

    def changed(self, wanted: Mapping[str, Any]) -> "Guardrails":
        """These, with what is wanted differently; what is left out, or None, stays."""
        return replace(self, **{name: value for name, value in wanted.items() if value is not None})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


LABELS = {
    "most_removed_percent": "how many leave at once",
    "smallest": "smallest size",
    "largest": "largest size",
    "never_empty": "never empty",
}
"""What each guardrail bounds, in words for people."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A guardrail that a plan breaks, and how, in words for people."""

    guardrail: str
    message: str


def judge(figures: PlanFigures, guardrails: Guardrails) -> tuple[Breach, ...]:
    """Every guardrail that a run of the plan would break, the most dangerous first.

    Bounds are for what a sync changes: one that leaves an audience as large as it is breaks none of its sizes, so what
    was approved once is not asked about again by every sync after it.
    """
    return tuple(_breaches(figures, guardrails))


def sound(guardrails: Guardrails) -> Guardrails:
    """The same, or Invalid naming the field that cannot be."""
    if not 0 <= guardrails.most_removed_percent <= EVERYBODY:
        raise _wrong("most_removed_percent", "The share that may leave at once is not 0 to 100 per cent.")
    for name in ("smallest", "largest"):
        if not 0 <= getattr(guardrails, name) <= LARGEST_SIZE:
            raise _wrong(name, f"The {name} size is not a number of profiles.", "0 sets no bound.")
    if guardrails.largest and guardrails.smallest > guardrails.largest:
        raise _wrong("largest", "The largest size is below the smallest.", "0 sets no bound.")
    return guardrails


def in_words(guardrails: Guardrails) -> str:
    """At most 50% may leave at once; never empty; from 1,000 to 20,000 profiles"""
    percent = guardrails.most_removed_percent
    parts = [
        f"at most {percent}% may leave at once" if percent < EVERYBODY else "",
        "never empty" if guardrails.never_empty else "",
        _sizes(guardrails),
    ]
    said = "; ".join(filter(None, parts)) or "none"
    return said[0].upper() + said[1:]


def _breaches(figures: PlanFigures, guardrails: Guardrails) -> Iterator[Breach]:
    left, before = figures.sendable, figures.held_before
    # Without anybody to send every batch takes somebody away, also those of whom the ledger is not certain.
    if guardrails.never_empty and not left and (before or figures.batches):
        yield Breach("never_empty", "This sync would leave nobody in it; it is never to be empty.")
    if figures.removed > FEW and 100 * figures.removed > guardrails.most_removed_percent * before:
        yield Breach("most_removed_percent", _too_many(figures, guardrails))
    if left < guardrails.smallest and left < before:
        yield Breach("smallest", f"This sync would shrink it to {left:,} profiles; it is to have {_least(guardrails)}.")
    if guardrails.largest and left > guardrails.largest and left > before:
        yield Breach("largest", f"This sync would grow it to {left:,} profiles; it is to have {_most(guardrails)}.")


def _too_many(figures: PlanFigures, guardrails: Guardrails) -> str:
    share = figures.removed / max(figures.held_before, 1)
    return (
        f"This sync would remove {figures.removed:,} of {figures.held_before:,} profiles ({share:.1%});"
        f" at most {guardrails.most_removed_percent}% may leave at once."
    )


def _least(guardrails: Guardrails) -> str:
    return f"at least {guardrails.smallest:,}"


def _most(guardrails: Guardrails) -> str:
    return f"at most {guardrails.largest:,}"


def _sizes(guardrails: Guardrails) -> str:
    if guardrails.smallest and guardrails.largest:
        return f"{guardrails.smallest:,} to {guardrails.largest:,} profiles"
    if guardrails.smallest:
        return f"{_least(guardrails)} profiles"
    return f"{_most(guardrails)} profiles" if guardrails.largest else ""


def _wrong(field: str, message: str, hint: str = "100 lets any share leave.") -> Invalid:
    return Invalid(message, hint, details={"field": field})
