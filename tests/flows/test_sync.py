"""A run, from segment to platform: what it sends, what it says, and how it ends when the platform says no."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import stamina

from audience_sync.connectors import http
from audience_sync.errors import PlanOutOfDate, SyncInProgress
from audience_sync.flows import audiences, history, orphans, runs, schedule
from audience_sync.flows.audiences import AudienceChange
from audience_sync.flows.views import Health
from audience_sync.model.permissions import SHELL
from tests.convergence.oracle import keys_of
from tests.world import House, house

ANN = {"id": "a", "email": "Ann@Example.com", "phone": "", "mobile_ad_id": "", "first_name": "Ann"}
BOB = {"id": "b", "email": "bob@example.com", "phone": "+12015550123", "mobile_ad_id": "", "first_name": "Bob"}
CAT = {"id": "c", "email": "cat@example.org", "phone": "+12015550123", "mobile_ad_id": "", "first_name": "Cat"}
NOBODY = {"id": "n", "email": "no address", "phone": "", "mobile_ad_id": "", "first_name": ""}
REMOTE = "120210000000000001"


@pytest.fixture(autouse=True)
def _no_sleep(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Waits are the clock's, which is the test's."""
    monkeypatch.setattr(http, "PATIENCE_SECONDS", 0.0)
    with stamina.set_testing(True, attempts=4):
        yield


@pytest.fixture
async def home(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    async with house(tmp_path, database_url=database_url) as made:
        yield made


@pytest.fixture
async def synced(home: House) -> str:
    """The id of an audience of Ann, Bob and one without an address, synced once."""
    home.people([ANN, BOB, NOBODY])
    audience = await home.audience(await home.segment())
    done = await home.work()
    assert done.run.status == "completed", done.run.error
    return audience


async def test_a_first_run_puts_the_members_on_the_platform(home: House, synced: str) -> None:
    assert await home.keys(REMOTE) == keys_of([ANN, BOB])


async def test_its_waterfall_adds_up(home: House, synced: str) -> None:
    newest = (await history.history(home.app, SHELL, synced)).items[0]
    fall = (await runs.get(home.app, SHELL, newest.id)).waterfall
    assert fall is not None
    assert (fall.segment, fall.withheld, fall.sendable) == (3, {"no_usable_identifier": 1}, 2)


async def test_a_shared_phone_stays_while_somebody_has_it(home: House, synced: str) -> None:
    home.people([CAT])
    await home.sync(synced)
    home.people([{**BOB, "email": "", "phone": ""}])
    done = await home.sync(synced)
    assert done.run.removed == 1
    assert await home.keys(REMOTE) == keys_of([ANN, CAT])


async def test_who_shares_a_key_with_one_who_leaves_is_sent_again(home: House, synced: str) -> None:
    await home.control("settings", platform="meta", drop_person=True)
    home.people([CAT])
    await home.sync(synced)
    home.people([{**BOB, "email": "", "phone": ""}])
    done = await home.sync(synced)
    assert done.run.sent == 1
    assert await home.keys(REMOTE) == keys_of([ANN, CAT])


async def test_who_shares_a_key_is_not_forgotten_when_a_run_breaks_off(home: House, synced: str) -> None:
    home.people([CAT])
    await home.sync(synced)
    changed = {**BOB, "email": "bob@example.net"}
    home.people([changed])
    await home.fault("error:200/1870034", path="DELETE .*users")
    assert (await home.sync(synced)).run.status == "failed"
    home.people([{**CAT, "email": "", "phone": ""}])
    await home.sync(synced)
    assert await home.keys(REMOTE) == keys_of([ANN, changed])


async def test_a_changed_address_replaces_the_old_one(home: House, synced: str) -> None:
    home.people([{**ANN, "email": "ann@example.net"}])
    done = await home.sync(synced)
    assert (done.run.changed, done.run.added, done.run.removed) == (1, 0, 0)
    assert await home.keys(REMOTE) == keys_of([{**ANN, "email": "ann@example.net"}, BOB])


async def test_another_spelling_of_the_same_address_sends_nothing(home: House, synced: str) -> None:
    home.people([{**ANN, "email": " ANN@example.COM"}])
    done = await home.sync(synced)
    assert (done.run.sent, done.run.requests, done.run.status) == (0, 0, "completed")


async def test_nothing_changed_means_no_request(home: House, synced: str) -> None:
    assert (await home.sync(synced)).run.requests == 0


async def test_the_run_executes_exactly_the_plan(home: House, synced: str) -> None:
    home.people([CAT])
    plan = await runs.preview(home.app, SHELL, synced)
    home.people([{**CAT, "id": "d", "email": "dan@example.org"}])
    run = await runs.start(home.app, SHELL, synced, plan_id=plan.id)
    done = await home.work(run.id)
    assert (plan.added, done.run.added) == (1, 1)
    assert await home.keys(REMOTE) == keys_of([ANN, BOB, CAT])


async def test_a_plan_of_an_older_ledger_is_refused(home: House, synced: str) -> None:
    plan = await runs.preview(home.app, SHELL, synced)
    await home.sync(synced)
    with pytest.raises(PlanOutOfDate):
        await runs.start(home.app, SHELL, synced, plan_id=plan.id)


async def test_a_second_run_is_refused(home: House, synced: str) -> None:
    await runs.start(home.app, SHELL, synced)
    with pytest.raises(SyncInProgress):
        await runs.start(home.app, SHELL, synced)


async def test_an_expired_grant_pauses_the_audience_and_keeps_the_debt(home: House, synced: str) -> None:
    home.people([CAT])
    await home.fault("expired_token", path="users")
    done = await home.sync(synced)
    view = await audiences.get(home.app, SHELL, synced)
    assert (done.run.status, done.run.error["code"]) == ("failed", "META_TOKEN_EXPIRED")
    assert view.health is Health.PAUSED
    assert view.owed > 0


async def test_an_audience_deleted_over_there_is_stale_and_can_be_made_anew(home: House, synced: str) -> None:
    home.people([CAT])
    await home.fault("error:100/33", path="users")
    await home.sync(synced)
    assert (await audiences.get(home.app, SHELL, synced)).health is Health.STALE
    made = await audiences.recreate(home.app, SHELL, synced)
    done = await home.work(made.run.id)
    assert done.run.added == 3
    assert await home.keys(done.remote_id) == keys_of([ANN, BOB, CAT])


async def test_a_list_that_comes_back_after_it_was_made_anew_is_an_orphan(home: House, synced: str) -> None:
    await home.fault("error:100/33", path="users")
    home.people([CAT])
    await home.sync(synced)
    made = await audiences.recreate(home.app, SHELL, synced)
    await home.work(made.run.id)
    assert [each.remote_id for each in await orphans.orphans(home.app, SHELL, home.account_id)] == [REMOTE]


async def test_a_removal_below_the_minimum_stays_debt_until_it_succeeds(home: House, synced: str) -> None:
    home.people([{**BOB, "email": "", "phone": ""}])
    await home.fault("error:200/1870047", path="users")
    first = await home.sync(synced)
    assert (first.run.status, first.run.owed) == ("partial", 2)
    second = await home.sync(synced)
    assert (second.run.status, second.run.owed) == ("completed", 0)
    assert await home.keys(REMOTE) == keys_of([ANN])


async def test_one_bad_row_never_fails_its_neighbours(home: House) -> None:
    home.people([{**ANN, "id": str(n), "email": f"p{n}@example.com"} for n in range(20)])
    bad = keys_of([{**ANN, "email": "p7@example.com"}])
    await home.fault(f"poison:{next(iter(bad))[1]}", times=1000, path="users")
    await home.audience(await home.segment())
    done = await home.work()
    assert (done.run.status, done.run.failed) == ("partial", 1)
    assert len(await home.keys(REMOTE)) == 19


async def test_a_lost_create_is_found_again_and_not_repeated(home: House) -> None:
    home.people([ANN])
    await home.fault("http500_after", path="customaudiences")
    await home.audience(await home.segment())
    done = await home.work()
    assert done.run.status == "completed"
    assert len(await home.control("audiences")) == 1


async def test_a_failed_run_stays_at_the_step_where_it_stopped(home: House, synced: str) -> None:
    home.people([CAT])
    await home.fault("error:200/1870090", path="users")
    done = await home.sync(synced)
    states = {step.name: step.state for step in done.progress.steps}
    assert (states["hashing"], states["uploading"], states["processing"]) == ("done", "stopped", "waiting")


async def test_a_later_size_reaches_the_newest_run(home: House, synced: str) -> None:
    home.clock.advance(hours=1)
    await home.control("clock", advance_seconds=3600)
    assert await schedule.measure_due(home.app) == 1
    assert (await history.history(home.app, SHELL, synced)).items[0].size.matched is not None


async def test_an_audience_is_due_from_its_last_due_time(home: House, synced: str) -> None:
    due = (await audiences.get(home.app, SHELL, synced)).next_sync_at
    home.clock.advance(hours=50)
    assert await schedule.tick(home.app) == 1
    assert await schedule.tick(home.app) == 0
    view = await audiences.get(home.app, SHELL, synced)
    assert due is not None
    assert view.next_sync_at == due.replace(day=due.day + 2)
    assert (await home.work()).run.trigger == "scheduled"


async def test_a_kind_no_longer_sent_is_removed(home: House, synced: str) -> None:
    await audiences.change(home.app, SHELL, synced, AudienceChange(identifiers=("email",)))
    await home.sync(synced)
    assert {kind for kind, _key in await home.keys(REMOTE)} == {"EMAIL"}
