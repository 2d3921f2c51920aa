"""In which order a run's batches travel: side by side where the platform bears it, settled in between where needed."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from audience_sync.model.cards import PlatformCard
from audience_sync.model.platforms import Action

SETTLE = "settle"
"""Instead of a window: everything sent so far is settled before the next one goes out."""
MOST = 128
"""Batches of a window: where it was broken off, it is gone on with at the batch, so it need not be small.

A token is looked after before each window; one a second, these are gone before one that was fresh then has ended.
"""
TOGETHER = frozenset({Action.ADD, Action.REMOVE})
"""Actions whose batches may overtake each other: they are operations on sets."""


def windows(actions: Iterable[str], card: PlatformCard) -> list[str]:
    """Windows `first-last` and `settle` between them, in their order. A batch is named by its place, from 1.

    Numbers of batches may have gaps; places have none. `actions` are those of the batches.
    """
    said: list[str] = []
    for action, group in groupby(enumerate(actions, 1), lambda placed: placed[1]):
        if said and (action == Action.CLEAR or not card.ordered):
            said.append(SETTLE)
        said += _cut([place for place, _ in group], MOST if action in TOGETHER else 1)
    return said


def places(window: str) -> range:
    """The places of a window's batches."""
    first, _, last = window.partition("-")
    return range(int(first), int(last) + 1)


def _cut(group: Sequence[int], size: int) -> Iterator[str]:
    for start in range(0, len(group), size):
        piece = group[start : start + size]
        yield f"{piece[0]}-{piece[-1]}"
