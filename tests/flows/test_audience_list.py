"""The list of audiences: filtered, sorted and paged by the database, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audience_sync.app import App
from audience_sync.errors import Forbidden, Invalid
from audience_sync.flows import audiences, under_way
from audience_sync.flows.audience_queries import Sort
from audience_sync.flows.views import Health
from audience_sync.model.ids import new_id
from audience_sync.store.audiences import Audience, BatchRow, Run
from tests.cast import OUTSIDER, VIEWER
from tests.flows.connecting import Scene, scene

AS_OF = "2026-11-24T00:00:00+00:00"


@dataclass(frozen=True)
class Made:
    """An audience as the store has it, and the state of its newest run."""

    name: str
    members: int = 0
    people: int | None = None
    synced_days_ago: int | None = None
    state: str = "active"
    run: str = ""
    columns: dict[str, Any] = field(default_factory=dict)

    async def put(self, here: Scene) -> str:
        audience_id = await here.audience(self.name)
        now = here.app.now()
        async with here.app.database.write() as session:
            row = await session.get_one(Audience, audience_id)
            row.state, row.ledger = self.state, {"members": self.members}
            row.last_synced_at = now - timedelta(days=self.synced_days_ago) if self.synced_days_ago else None
            row.facts = facts(self.people) if self.people is not None else {}
            if self.run:
                session.add(run_of(audience_id, self.run, now))
        return audience_id


def facts(people: int) -> dict[str, Any]:
    return {"size_low": people, "size_high": people, "as_of": AS_OF}


def run_of(audience_id: str, status: str, now: datetime) -> Run:
    ended = None if status in ("queued", "running") else now
    return Run(
        id=new_id(),
        number=1,
        audience_id=audience_id,
        operation="update",
        trigger="manual",
        status=status,
        queued_at=now,
        ended_at=ended,
    )


MANY = (
    Made("Best", 200, 100, 3, run="completed"),
    Made("Apt", 100, 90, 1, run="completed"),
    Made("Dim", 300, 60, 2, run="failed"),
    Made("Cut", 300, None, 4, state="paused"),
    Made("Eve"),
)


@pytest.fixture
async def here(tmp_path: Path, database_url: str) -> AsyncIterator[Scene]:
    async with scene(tmp_path, database_url) as made:
        await made.sign_in()
        for each in MANY:
            await each.put(made)
        yield made


async def names(app: App, **wanted: Any) -> str:
    """The first letters of the audiences, over all pages of two."""
    found, cursor = "", ""
    while True:
        page = await audiences.list_audiences(app, VIEWER, cursor=cursor, limit=2, **wanted)
        assert len(page.items) <= 2
        found, cursor = found + "".join(each.name[0] for each in page.items), page.next_cursor
        if not cursor:
            return found


async def test_every_order_goes_on_over_pages(here: Scene) -> None:
    orders = {"name": "ABCDE", "-last_sync": "ADBCE", "last_sync": "ECBDA", "-match_rate": "ABD"}
    for sort, letters in orders.items():
        assert (await names(here.app, sort=sort))[: len(letters)] == letters, sort
    assert set((await names(here.app, sort="-size"))[:2]) == {"C", "D"}
    assert set(await names(here.app, sort="-match_rate")) == set("ABCDE")


async def test_each_health_finds_those_that_say_it_of_themselves(here: Scene) -> None:
    every = (await audiences.list_audiences(here.app, VIEWER)).items
    for health in Health:
        expected = "".join(each.name[0] for each in every if each.health == health)
        assert await names(here.app, health=health) == expected, health
    assert {each.health for each in every} == set(Health) - {Health.STALE}


async def test_filters_are_taken_together(here: Scene) -> None:
    assert await names(here.app, platform="meta", search="e", health=Health.HEALTHY) == "AB"
    assert await names(here.app, platform="google") == ""


async def test_only_segments_in_use_are_offered(here: Scene) -> None:
    offered = await audiences.segments_in_use(here.app, VIEWER)
    assert [name for _, name in offered] == sorted(f"{each.name} segment" for each in MANY)
    assert await names(here.app, segment_id=offered[0][0]) == "A"


async def test_what_is_no_choice_is_refused(here: Scene) -> None:
    for wanted in ({"sort": "colour"}, {"health": "Fine"}, {"cursor": "x"}, {"cursor": 'a:"b"', "sort": Sort.SIZE}):
        with pytest.raises(Invalid):
            await audiences.list_audiences(here.app, VIEWER, **wanted)  # type: ignore[arg-type]  # Texts all.


async def test_a_run_under_way_says_how_far_it_is(here: Scene) -> None:
    audience_id = await Made("Far", run="running").put(here)
    (listed,) = (await audiences.list_audiences(here.app, VIEWER, search="Far")).items
    async with here.app.database.write() as session:
        (await session.get_one(Run, listed.running)).step = "uploading"
        for number, status in enumerate(("accepted", "sending"), start=1):
            session.add(BatchRow(run_id=listed.running, number=number, action="add", sequence=number, status=status))
    assert listed.id == audience_id
    assert await under_way.percents(here.app, VIEWER, [listed.running]) == {listed.running: 60}


async def test_an_outsider_sees_no_list(here: Scene) -> None:
    for refused in (audiences.list_audiences(here.app, OUTSIDER), under_way.percents(here.app, OUTSIDER, [])):
        with pytest.raises(Forbidden):
            await refused
