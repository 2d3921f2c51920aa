"""What the made-up people bought, so that exactly 1,234 of them are high value customers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from audience_sync.demo.people import PEOPLE, People

HIGH_VALUE = 1_234
REVENUE = 500
RECENT_DAYS = 365
"""A high value customer: purchases worth at least REVENUE, the last of them within RECENT_DAYS."""
LEAVING = 6
"""High value customers whose last purchase will be too long ago tomorrow."""
LEAVES_AT = RECENT_DAYS - 0.5
QUIET = (RECENT_DAYS - 2.0, RECENT_DAYS + 3.0)
"""Days ago in which nobody else bought, so that time alone moves nobody else."""
FURTHEST_DAYS = 720.0

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Purchases:
    """One row per purchase: the place of who bought, days ago, worth in US dollars. Per person: revenue and members."""

    people: Ints
    days_ago: Floats
    amounts: Floats
    revenue: Floats
    members: npt.NDArray[np.bool_]
    leaving: Ints


def bought(rng: np.random.Generator, people: People) -> Purchases:
    """The history of everybody's purchases."""
    counts = np.where(rng.random(PEOPLE) < 0.6, rng.geometric(0.4, PEOPLE), 0)
    buyers = np.repeat(np.arange(PEOPLE), counts)
    days_ago = rng.uniform(1.0, FURTHEST_DAYS, len(buyers))
    days_ago[(days_ago > QUIET[0]) & (days_ago < QUIET[1])] += QUIET[1] - QUIET[0]
    newest = _newest(buyers, days_ago)
    amounts: Floats = _scaled(rng.lognormal(3.4, 0.9, len(buyers)), buyers, newest < RECENT_DAYS)
    revenue: Floats = np.bincount(buyers, amounts, PEOPLE).astype(np.float64).round(2)
    rich_but_gone = np.flatnonzero((revenue >= REVENUE) & (newest > RECENT_DAYS) & people.sendable)
    leaving = rng.choice(rich_but_gone, LEAVING, replace=False)
    for person in leaving:
        mine = np.flatnonzero(buyers == person)
        days_ago[mine[days_ago[mine].argmin()]] = LEAVES_AT
    members = (revenue >= REVENUE) & (_newest(buyers, days_ago) < RECENT_DAYS)
    return Purchases(buyers, days_ago, amounts, revenue, members, leaving)


def _newest(buyers: Ints, days_ago: Floats) -> Floats:
    """Days since each person's last purchase; infinite for those without."""
    newest = np.full(PEOPLE, np.inf)
    np.minimum.at(newest, buyers, days_ago)
    return newest


def _scaled(amounts: Floats, buyers: Ints, is_recent: npt.NDArray[np.bool_]) -> Floats:
    """The amounts times what makes the wanted number of recent buyers reach REVENUE, in whole cents."""
    revenue = np.sort(np.bincount(buyers, amounts, PEOPLE)[is_recent])[::-1]
    wanted = HIGH_VALUE - LEAVING
    between = (revenue[wanted - 1] + revenue[wanted]) / 2
    scaled: Floats = (amounts * (REVENUE / between)).round(2)
    return scaled
