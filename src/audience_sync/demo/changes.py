"""What happens to the made-up people afterwards: purchases, new e-mail addresses, consent withdrawn."""

from dataclasses import dataclass

import numpy as np

from audience_sync.demo.people import People, address
from audience_sync.demo.purchases import REVENUE, Floats, Ints, Purchases

JOINING, CHANGING, WITHDRAWING, LATER = 68, 7, 3, 12


@dataclass(frozen=True, slots=True)
class Spending:
    """Places of people, and what each of them spends: enough to become a high value customer."""

    people: Ints
    amounts: Floats


@dataclass(frozen=True, slots=True)
class Changes:
    """Who spends the next day and a little later; places of those with a new address, and who withdraw consent."""

    joining: Spending
    later: Spending
    changing: Ints
    withdrawing: Ints


def changes(rng: np.random.Generator, people: People, history: Purchases) -> Changes:
    """Nobody is in two groups, and everybody in one can be sent."""
    leaving = np.zeros_like(history.members)
    leaving[history.leaving] = True
    outside = rng.permutation(np.flatnonzero((history.revenue < REVENUE) & people.sendable))
    inside = rng.permutation(np.flatnonzero(history.members & people.sendable & ~leaving))
    return Changes(
        joining=_spending(history, outside[:JOINING]),
        later=_spending(history, outside[JOINING : JOINING + LATER]),
        changing=inside[:CHANGING],
        withdrawing=inside[CHANGING : CHANGING + WITHDRAWING],
    )


def new_address(people: People, person: int) -> str:
    """The person's address at a new provider."""
    first, last = people.columns["first_name"][person], people.columns["last_name"][person]
    return "new." + address(first, last, person + 1)


def _spending(history: Purchases, people: Ints) -> Spending:
    amounts: Floats = (REVENUE - history.revenue[people] + 20 + people % 40).round(2)
    return Spending(people, amounts)
