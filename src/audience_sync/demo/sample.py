"""The sample data as files: profiles and purchases of today, and what changes afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from audience_sync.demo.changes import Spending, changes, new_address
from audience_sync.demo.people import SEED, People, made_up
from audience_sync.demo.purchases import Ints, Purchases, bought

NEXT_DAY = timedelta(hours=6)
LATER = timedelta(hours=23)
"""After the beginning."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The files, in the order in which they are imported."""

    profiles: Path
    purchases: Path
    next_purchases: Path
    next_profiles: Path
    next_consents: Path
    later_purchases: Path


def write_sample(folder: Path, now: datetime) -> Sample:
    """The same people whenever it is called; the times of their purchases count back from `now`."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    people = made_up(rng)
    history = bought(rng, people)
    groups, ids = changes(rng, people, history), people.ids
    return Sample(
        profiles=_file(folder / "customers.csv", people.columns),
        purchases=_file(folder / "orders.csv", _orders(ids, history, now)),
        next_purchases=_file(folder / "orders-next-day.csv", _spent(ids, groups.joining, now + NEXT_DAY)),
        next_profiles=_file(folder / "customers-next-day.csv", _moved(people, groups.changing)),
        next_consents=_file(folder / "consents-next-day.csv", _withdrawn(ids, groups.withdrawing)),
        later_purchases=_file(folder / "orders-later.csv", _spent(ids, groups.later, now + LATER)),
    )


def _orders(ids: Sequence[str], history: Purchases, now: datetime) -> Mapping[str, Sequence[str]]:
    begin = np.datetime64(now.replace(tzinfo=None), "s")
    times = begin - (history.days_ago * 86_400).astype("timedelta64[s]")
    return {
        "customer_id": [ids[person] for person in history.people],
        "ordered_on": [str(each) for each in np.datetime_as_string(times, timezone="UTC")],
        "amount_usd": [f"{amount:.2f}" for amount in history.amounts],
    }


def _spent(ids: Sequence[str], spending: Spending, at: datetime) -> Mapping[str, Sequence[str]]:
    return {
        "customer_id": [ids[person] for person in spending.people],
        "ordered_on": [at.isoformat()] * len(spending.people),
        "amount_usd": [f"{amount:.2f}" for amount in spending.amounts],
    }


def _moved(people: People, changing: Ints) -> Mapping[str, Sequence[str]]:
    """Rows with nothing but the id and the new address: what a row lacks stays as it is."""
    return {
        "customer_id": [people.ids[person] for person in changing],
        "email": [new_address(people, int(person)) for person in changing],
    }


def _withdrawn(ids: Sequence[str], withdrawing: Ints) -> Mapping[str, Sequence[str]]:
    return {
        "customer_id": [ids[person] for person in withdrawing],
        "purpose": ["ads"] * len(withdrawing),
        "status": ["denied"] * len(withdrawing),
    }


def _file(path: Path, columns: Mapping[str, Sequence[str]]) -> Path:
    csv.write_csv(pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()}), path)
    return path
