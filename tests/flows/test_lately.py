"""A plan that compares only whom the store changed is the plan that compares everybody."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pyarrow.parquet as pq
import pytest

from audience_sync.flows.reckon import FreezeJob, freeze
from audience_sync.flows.steps.freezing import Asked, _job
from audience_sync.model.plans import PlanFigures
from audience_sync.sources.builtin import outcomes
from audience_sync.sources.builtin.store import BuiltinSource
from audience_sync.sources.protocol import SegmentCount
from audience_sync.store.audiences import Audience, Segment
from tests.convergence.oracle import keys_of
from tests.flows.test_sync import ANN, BOB, CAT, REMOTE
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


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each answer of the source, whether it was about the latest alone."""
    heard: list[bool] = []
    told = BuiltinSource.fingerprints

    def asked(*of: Any, **more: Any) -> SegmentCount:
        counted = told(*of, **more)
        heard.append(counted.lately)
        return counted

    monkeypatch.setattr(BuiltinSource, "fingerprints", asked)
    return heard


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
async def test_the_plan_is_that_of_a_whole_comparison(home: House, answers: list[bool], change: list[Person]) -> None:
    home.people(BEFORE)
    audience = await home.audience(await home.segment(IN_SEGMENT))
    assert (await home.work()).run.status == "completed"
    home.people(change)
    near = await job_of(home, audience, "near")
    answers.clear()
    assert near.manifest["ground"]
    whole = replace(near, place=replace(near.place, plan="whole"), manifest={**near.manifest, "ground": ""})
    assert frozen(near) == frozen(whole)
    assert answers == [True, False]


async def test_a_store_that_was_set_back_is_compared_as_a_whole(home: House, answers: list[bool]) -> None:
    home.people(BEFORE)
    audience = await home.audience(await home.segment(IN_SEGMENT))
    await home.work()
    profiles = home.app.settings.profiles_dir
    copytree(profiles, home.folder / "backup")
    home.people([{**BOB, "member": "no"}])
    await home.sync(audience)
    rmtree(profiles)
    copytree(home.folder / "backup", profiles)
    home.people([{**CAT, "member": "yes", "email": "cat@example.net"}])
    answers.clear()
    await home.sync(audience)
    assert answers == [True, False]
    assert await home.keys(REMOTE) == keys_of([*BEFORE[:2], {**CAT, "email": "cat@example.net"}, *OTHERS])
