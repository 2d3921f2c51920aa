"""Past runs added up: what the database reckons is what the rules say, and no chart leaves out a day."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from audience_sync.flows import history, past_runs
from audience_sync.flows.measures import match_rate, revived
from audience_sync.flows.past_runs import Wanted
from audience_sync.model.ids import new_id
from audience_sync.store.audiences import Run
from tests.cast import VIEWER
from tests.flows.connecting import Scene, scene

AS_OF = "2026-11-24T00:00:00+00:00"
FACTS: tuple[dict[str, Any], ...] = (
    {"size_low": 80, "size_high": 90, "as_of": AS_OF},
    {"size_low": 500, "size_high": 500, "as_of": AS_OF},
    {"size_low": 10, "size_high": 10, "match_low": 0.3, "match_high": 0.4, "as_of": AS_OF},
    {"size_low": None, "size_high": None, "as_of": AS_OF},
    {},
)


@dataclass(frozen=True)
class Kept:
    """A run that ended so many days ago, with what it left."""

    days_ago: float
    totals: dict[str, int]
    status: str = "completed"
    facts: int = 4


RUNS = (
    Kept(40, {"members": 50, "added": 50, "removed": 0, "sent": 50}),
    Kept(5.2, {"members": 100, "added": 60, "removed": 10, "sent": 60}, facts=0),
    Kept(5.1, {"members": 100, "added": 0, "removed": 0, "sent": 7}, facts=1),
    Kept(4, {"members": 0, "added": 0, "removed": 0, "sent": 0}, "cancelled"),
    Kept(3, {"members": 110, "added": 10, "removed": 0, "sent": 10}, facts=2),
    Kept(2, {}, "failed", facts=3),
)


@pytest.fixture
async def here(tmp_path: Path, database_url: str) -> AsyncIterator[Scene]:
    async with scene(tmp_path, database_url) as made:
        await made.sign_in()
        await put(made, await made.audience("Best"))
        yield made


async def put(here: Scene, audience_id: str) -> None:
    async with here.app.database.write() as session:
        for number, each in enumerate(RUNS, start=1):
            at = here.app.now() - timedelta(days=each.days_ago)
            totals, facts = each.totals, FACTS[each.facts]
            run = Run(id=new_id(), number=number, audience_id=audience_id, operation="update", trigger="manual")
            run.status, run.totals, run.facts = each.status, totals, facts
            run.queued_at, run.started_at, run.ended_at = at, at, at
            session.add(run)


async def audience_of(here: Scene) -> str:
    return (await past_runs.recent(here.app, VIEWER, Wanted())).items[0].audience_id


async def test_the_summary_is_what_the_runs_say(here: Scene) -> None:
    rates = [match_rate(revived(dict(FACTS[each.facts])), each.totals.get("members", 0)) for each in RUNS[1:]]
    known = [rate for rate in rates if rate is not None]
    found = await history.summary(here.app, VIEWER, await audience_of(here))
    assert known == [0.9, 1.0, 0.4]
    assert found.average_match_rate == pytest.approx(sum(known) / len(known))
    assert (found.total_syncs, found.success_rate, found.audience_growth) == (5, 3 / 4, 60)


async def test_the_outcomes_of_all_are_added_up_alike(here: Scene) -> None:
    found = await past_runs.outcomes(here.app, VIEWER, Wanted(platform="meta"))
    assert (found.total_syncs, found.success_rate, found.growth) == (5, 3 / 4, 60)
    assert found.average_match_rate == pytest.approx(2.3 / 3)
    nothing = await past_runs.outcomes(here.app, VIEWER, Wanted(platform="google"))
    assert (nothing.total_syncs, nothing.success_rate, nothing.average_match_rate) == (0, None, None)


async def test_of_many_runs_each_day_keeps_its_last_and_its_sums(here: Scene) -> None:
    wanted = Wanted(audience_id=await audience_of(here))
    all_of_them = await past_runs.course(here.app, VIEWER, wanted, zone=UTC, most=5)
    by_day = await past_runs.course(here.app, VIEWER, wanted, zone=UTC, most=4)
    assert (all_of_them.every, len(all_of_them.runs)) == (True, 5)
    assert (by_day.every, len(by_day.runs)) == (False, len(by_day.days))
    assert sum(day.sent for day in by_day.days) == 77
    assert [day.last for day in by_day.days] == [run.id for run in by_day.runs]
