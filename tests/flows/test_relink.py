"""An audience goes on elsewhere: its list through another connection, or another list once its own is gone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audience_sync.connectors.registry import Traveller
from audience_sync.errors import AlreadyLinked, Conflict, Forbidden, NotFound, SyncInProgress
from audience_sync.flows import audiences, grants, orphans, relinking
from audience_sync.flows.audience_rows import load_audience
from audience_sync.flows.audiences import AudienceChange
from audience_sync.flows.relinking import Place
from audience_sync.flows.views import AudienceView
from audience_sync.model.permissions import SHELL, Actor
from tests.cast import OUTSIDER, VIEWER
from tests.platforms import META
from tests.world import House, house

ANN = {"id": "a", "email": "ann@example.com"}
BOB = {"id": "b", "email": "bob@example.com"}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        made.people([ANN])
        yield made


@pytest.fixture
async def synced(home: House) -> str:
    """The id of an audience that holds Ann."""
    audience = await home.audience(await home.segment())
    await home.work()
    return audience


async def gone(home: House, audience: str) -> str:
    """The same audience, after Meta has said that it is not there any more."""
    home.people([ANN, BOB])
    await home.fault("error:100/33", path="users")
    await home.sync(audience)
    return audience


async def another_list(home: House) -> str:
    """The id of a list that somebody made on Meta."""
    api = home.app.api("meta", Traveller(META.token))
    return await home.app.connector("meta").create(api, META.account, name="By hand", description="")


async def held(home: House, remote_id: str) -> set[str]:
    return {value for _kind, value in await home.keys(remote_id)}


async def view(home: House, audience: str) -> AudienceView:
    return await audiences.get(home.app, SHELL, audience)


async def test_an_audience_whose_list_is_gone_goes_on_with_another_list(home: House, synced: str) -> None:
    list_id = await another_list(home)
    made = await relinking.relink(home.app, SHELL, await gone(home, synced), Place(home.account_id, list_id))
    done = await home.work(made.run.id)
    assert (done.run.status, done.remote_id) == ("completed", list_id)
    assert await held(home, list_id) == {META.email(each["email"]) for each in (ANN, BOB)}


async def test_its_schedule_and_its_history_stay(home: House, synced: str) -> None:
    before = await view(home, synced)
    place = Place(home.account_id, await another_list(home))
    made = await relinking.relink(home.app, SHELL, await gone(home, synced), place)
    assert (made.audience.id, made.audience.interval_hours, made.run.number) == (synced, before.interval_hours, 3)


async def test_a_list_that_came_back_keeps_its_ledger_and_gets_everybody_again(home: House, synced: str) -> None:
    remote = (await view(home, synced)).remote_id
    made = await relinking.relink(home.app, SHELL, await gone(home, synced), Place(home.account_id))
    done = await home.work(made.run.id)
    assert (done.remote_id, done.run.added, done.run.resent, done.run.owed) == (remote, 1, 1, 0)


async def test_the_old_list_is_found_as_an_orphan_should_it_come_back(home: House, synced: str) -> None:
    remote = (await view(home, synced)).remote_id
    place = Place(home.account_id, await another_list(home))
    await relinking.relink(home.app, SHELL, await gone(home, synced), place)
    assert [each.remote_id for each in await orphans.orphans(home.app, SHELL, home.account_id)] == [remote]


async def test_a_list_that_was_ours_is_replaced(home: House, synced: str) -> None:
    other = await home.audience(await home.segment(name="Other"))
    remote = (await home.work()).remote_id
    await audiences.delete(home.app, SHELL, other, from_platform=False)
    made = await relinking.relink(home.app, SHELL, await gone(home, synced), Place(home.account_id, remote))
    assert made.run.operation == "replace"


async def test_a_living_audience_goes_on_through_another_connection(home: House, synced: str) -> None:
    await home.connect("SANDBOX_SYSTEM_USER_TOKEN_60_DAYS")
    home.people([ANN, BOB])
    made = await relinking.relink(home.app, SHELL, synced, Place(home.account_id))
    done = await home.work(made.run.id)
    assert (made.audience.ad_account_id, done.run.status, done.run.added) == (home.account_id, "completed", 1)


async def test_one_that_waited_for_its_connection_goes_on_at_once(home: House, synced: str) -> None:
    async with home.app.database.write() as session:
        first = (await load_audience(session, synced)).connection.id
        await grants.pause(session, first, "Meta no longer accepts our token.")
    await home.connect("SANDBOX_SYSTEM_USER_TOKEN_60_DAYS")
    made = await relinking.relink(home.app, SHELL, synced, Place(home.account_id))
    assert (made.audience.state, made.audience.problem) == ("active", "")


async def test_one_that_a_person_paused_stays_paused(home: House, synced: str) -> None:
    await audiences.change(home.app, SHELL, synced, AudienceChange(paused=True))
    await home.connect("SANDBOX_SYSTEM_USER_TOKEN_60_DAYS")
    assert (await relinking.relink(home.app, SHELL, synced, Place(home.account_id))).audience.state == "paused"


async def test_a_living_audience_takes_no_other_list(home: House, synced: str) -> None:
    with pytest.raises(Conflict, match="still exists on the platform"):
        await relinking.relink(home.app, SHELL, synced, Place(home.account_id, await another_list(home)))


async def test_a_list_that_is_not_there_is_refused(home: House, synced: str) -> None:
    with pytest.raises(NotFound, match="has no audience 1"):
        await relinking.relink(home.app, SHELL, await gone(home, synced), Place(home.account_id, "1"))


async def test_a_list_of_another_audience_is_refused(tmp_path: Path, database_url: str) -> None:
    async with house(tmp_path, database_url=database_url) as home:
        home.people([ANN])
        audience, other = await home.audience(await home.segment()), await home.segment(name="Other")
        await home.work()
        await gone(home, audience)
        await home.audience(other)
        taken = (await home.work()).remote_id
        with pytest.raises(AlreadyLinked):
            await relinking.relink(home.app, SHELL, audience, Place(home.account_id, taken))


async def test_not_while_a_sync_is_under_way(home: House, synced: str) -> None:
    place = Place(home.account_id, await another_list(home))
    await relinking.relink(home.app, SHELL, await gone(home, synced), place)
    async with home.app.database.write() as session:
        (await load_audience(session, synced)).audience.state = "stale"
    with pytest.raises(SyncInProgress):
        await relinking.relink(home.app, SHELL, synced, place)


async def test_a_living_audience_is_told_why_it_cannot_go_on_elsewhere(home: House, synced: str) -> None:
    assert [each.barred for each in await relinking.candidates(home.app, SHELL, synced)] == [
        "The audience is there now."
    ]


@pytest.mark.parametrize("actor", [VIEWER, OUTSIDER], ids=lambda actor: actor.id)
async def test_it_needs_the_permission(home: House, actor: Actor) -> None:
    with pytest.raises(Forbidden):
        await relinking.relink(home.app, actor, "any", Place("any"))
