"""A run that kills its workers is given up, and what it sent is not forgotten."""

from pathlib import Path

import sqlalchemy as sa
import stamina

from audience_sync.engine.durable import Immediate
from audience_sync.flows import audiences, runs
from audience_sync.model.permissions import SHELL
from audience_sync.store.audiences import Run
from audience_sync.worker import MOST_STARTS, line
from tests.convergence.oracle import keys_of
from tests.world import House, house

ANN = {"id": "a", "email": "ann@example.com", "phone": "", "mobile_ad_id": "", "member": "yes"}
BOB = {"id": "b", "email": "bob@example.com", "phone": "", "mobile_ad_id": "", "member": "yes"}


async def given_up(home: House) -> str:
    """The id of an audience whose first run has sent its batch, never got the answer, and was begun too often."""
    home.people([ANN, BOB])
    audience = await home.audience(
        await home.segment({"type": "rules", "rules": {"attribute": "member", "op": "is", "value": "yes"}})
    )
    run = (await audiences.get(home.app, SHELL, audience)).running
    await home.fault("http500_after", times=4, path="users")
    with stamina.set_testing(True, attempts=4):
        await line(home.app, run, Immediate())
    async with home.app.database.write() as session:
        await session.execute(sa.update(Run).values(status="running", starts=MOST_STARTS))
    await line(home.app, run, Immediate())
    return audience


async def test_it_ends_and_says_why(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        audience = await given_up(home)
        view = await audiences.get(home.app, SHELL, audience)
        assert (view.running, view.owed > 0) == ("", True)
        assert "never got on" in view.problem


async def test_what_it_sent_can_still_be_removed(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        audience = await given_up(home)
        home.people([{**BOB, "member": "no"}])
        done = await home.sync(audience)
        assert done.run.status == "completed"
        assert await home.keys(done.remote_id) == keys_of([ANN])
        assert (await runs.get(home.app, SHELL, done.run.id)).run.owed == 0
