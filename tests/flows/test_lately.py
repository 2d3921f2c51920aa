"""A plan that compares only whom the store changed is the plan that compares everybody."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from audience_sync.flows.reckon import FreezeJob, freeze
from audience_sync.flows.steps.freezing import Asked, _job
from audience_sync.model.plans import PlanFigures
from audience_sync.sources.builtin import outcomes
from audience_sync.store.audiences import Audience, Segment
from tests.flows.test_sync import ANN, BOB, CAT
from tests.world import IN_SEGMENT, House, Person, house

OTHERS: list[Person] = [{**ANN, "id": f"o{n}", "email": f"o{n}@example.com"} for n in range(6)]
BEFORE: list[Person] = [{**each, "member": "yes"} for each in (ANN, BOB, CAT, *OTHERS)]
CHANGES = {
    "one changes": [{**ANN, "member": "yes", "email": "ann@example.net"}],
    "one comes": [{**ANN, "id": "new", "member": "yes", "email": "new@example.net"}],
    "one leaves who shares a phone": [{**BOB, "member": "no"}],
    "one leaves and another comes with the address": [
        {**ANN, "member": "no"},
        {**ANN, "id": "new", "member": "yes"},
    ],
}


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(outcomes, "LEAST_FOR_DELTA", 0)
    monkeypatch.setattr(outcomes, "DELTA_SHARE", 0)
    async with house(tmp_path, database_url=sqlite_url) as made:
        yield made


async def job_of(home: House, audience_id: str, plan: str) -> FreezeJob:
    """The job of the audience's next plan."""
    async with home.app.database.read() as session:
        audience = await session.get_one(Audience, audience_id)
        segment = await session.get_one(Segment, audience.segment_id)
    return _job(home.app, Asked(audience, segment, "update", by="test"), plan)


def frozen(job: FreezeJob) -> tuple[PlanFigures, list[str], list[str]]:
    """The plan's figures and its outboxes, in no order."""
    figures = freeze(job, lambda _step: None).figures
    files = job.place.files
    outboxes = [sorted(map(str, pq.read_table(file).to_pylist())) for file in (files.members, files.removes)]
    return figures, outboxes[0], outboxes[1]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_the_plan_is_that_of_a_whole_comparison(home: House, change: list[Person]) -> None:
    home.people(BEFORE)
    audience = await home.audience(await home.segment(IN_SEGMENT))
    assert (await home.work()).run.status == "completed"
    home.people(change)
    near = await job_of(home, audience, "near")
    assert near.manifest["ground"]
    whole = replace(near, place=replace(near.place, plan="whole"), manifest={**near.manifest, "ground": ""})
    assert frozen(near) == frozen(whole)
