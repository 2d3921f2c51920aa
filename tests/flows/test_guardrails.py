"""A sync that would wipe or flood an audience sends nothing until somebody has looked at its plan and approved it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from audience_sync.errors import Forbidden, GuardrailBroken, Invalid, PlanOutOfDate
from audience_sync.flows import audiences, runs, schedule
from audience_sync.flows.audiences import AudienceChange
from audience_sync.flows.views import Health, RunDetail
from audience_sync.model.guardrails import Guardrails
from audience_sync.model.permissions import SHELL
from audience_sync.store import audit
from tests.cast import MARKETER, VIEWER
from tests.convergence.oracle import keys_of
from tests.world import IN_SEGMENT, House, house

REMOTE = "120210000000000001"
CROWD = 120


def crowd(members: int) -> list[dict[str, str]]:
    """So many of all are members."""
    blank = {"phone": "", "mobile_ad_id": ""}
    told = ["yes"] * members + ["no"] * (CROWD - members)
    return [{"id": f"p{n}", "email": f"p{n}@example.com", "member": each, **blank} for n, each in enumerate(told)]


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str) -> AsyncIterator[House]:
    async with house(tmp_path, database_url=sqlite_url) as made:
        yield made


@pytest.fixture
async def full(home: House) -> str:
    """The id of an audience of the whole crowd, synced once."""
    return await filled(home)


async def filled(home: House) -> str:
    home.people(crowd(CROWD))
    audience = await home.audience(await home.segment(IN_SEGMENT))
    assert (await home.work()).run.status == "completed"
    return audience


def silent(home: House) -> House:
    """The same house, where asking the platform anything fails the test."""

    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise AssertionError(f"{request.method} {request.url} was asked for.")

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(refuse))
    return replace(home, app=replace(home.app, http=http))


async def scheduled(home: House) -> RunDetail:
    """The run of a schedule that is due, done to its end."""
    home.clock.advance(hours=25)
    assert await schedule.tick(home.app) == 1
    return await home.work()


async def test_a_run_that_would_wipe_the_audience_ends_before_anything_is_sent(home: House, full: str) -> None:
    home.people(crowd(0))
    done = await silent(home).sync(full)
    assert (done.run.status, done.run.error["code"]) == ("failed", "GUARDRAIL")
    assert done.run.error["details"]["guardrails"] == ["never_empty", "most_removed_percent"]
    assert await home.keys(REMOTE) == keys_of(crowd(CROWD))


async def test_a_scheduled_run_is_stopped_and_the_audience_says_so(home: House, full: str) -> None:
    home.people(crowd(10))
    done = await scheduled(silent(home))
    view = await audiences.get(home.app, SHELL, full)
    assert (done.run.trigger, done.run.error["code"]) == ("scheduled", "GUARDRAIL")
    assert (view.health, view.to_approve) == (Health.ATTENTION, True)
    assert "would remove 110 of 120 profiles (91.7%)" in view.problem


async def test_it_is_not_tried_again_before_its_time(home: House, full: str) -> None:
    home.people(crowd(10))
    await scheduled(home)
    assert await schedule.tick(home.app) == 0


async def test_a_stopped_run_shows_the_plan_that_was_stopped(home: House, full: str) -> None:
    home.people(crowd(10))
    done = await home.sync(full)
    assert done.waterfall is not None
    assert (done.plan_id, done.waterfall.sendable) == (done.run.error["details"]["plan_id"], 10)


async def test_it_goes_on_by_itself_once_the_segment_is_as_it_was(home: House, full: str) -> None:
    home.people(crowd(10))
    await scheduled(home)
    home.people(crowd(CROWD - 20))
    done = await scheduled(home)
    assert (done.run.status, done.run.removed) == ("completed", 20)
    assert not (await audiences.get(home.app, SHELL, full)).to_approve


async def test_a_plan_that_breaks_a_guardrail_says_so_and_does_not_run(home: House, full: str) -> None:
    home.people(crowd(10))
    plan = await runs.preview(home.app, MARKETER, full)
    assert [each.guardrail for each in plan.breaches] == ["most_removed_percent"]
    with pytest.raises(GuardrailBroken) as stopped:
        await runs.start(home.app, MARKETER, full, plan_id=plan.id)
    assert stopped.value.details == {"plan_id": plan.id, "guardrails": ["most_removed_percent"]}
    assert not (await audiences.get(home.app, SHELL, full)).running


async def test_an_approved_plan_is_done(home: House, full: str) -> None:
    home.people(crowd(10))
    plan = await runs.preview(home.app, MARKETER, full)
    run = await runs.start(home.app, MARKETER, full, plan_id=plan.id, approve=True)
    done = await home.work(run.id)
    assert (done.run.status, done.run.removed, done.run.approved) == ("completed", 110, ("most_removed_percent",))
    assert await home.keys(REMOTE) == keys_of(crowd(10)[:10])


async def test_an_approval_is_kept_with_who_and_when(home: House, full: str) -> None:
    home.people(crowd(0))
    plan = await runs.preview(home.app, MARKETER, full)
    run = await runs.start(home.app, MARKETER, full, plan_id=plan.id, approve=True)
    async with home.app.database.read() as session:
        newest = (await audit.entries(session, on=audit.Thing("audience", full)))[0]
    assert (newest.action, newest.actor_name, newest.at) == ("guardrail.approve", MARKETER.name, home.clock.now())
    assert newest.detail == {
        "run": run.id,
        "plan": plan.id,
        "guardrails": ["never_empty", "most_removed_percent"],
    }


async def test_approving_what_breaks_nothing_is_kept_as_no_approval(home: House, full: str) -> None:
    plan = await runs.preview(home.app, MARKETER, full)
    assert (await runs.start(home.app, MARKETER, full, plan_id=plan.id, approve=True)).approved == ()


async def test_only_a_plan_that_was_looked_at_can_be_approved(home: House, full: str) -> None:
    with pytest.raises(Invalid):
        await runs.start(home.app, MARKETER, full, approve=True)


async def test_the_approval_of_another_plan_does_not_count(home: House, full: str) -> None:
    home.people(crowd(10))
    plan = await runs.preview(home.app, MARKETER, full)
    await home.work((await runs.start(home.app, MARKETER, full, plan_id=plan.id, approve=True)).id)
    home.people(crowd(0))
    with pytest.raises(PlanOutOfDate):
        await runs.start(home.app, MARKETER, full, plan_id=plan.id, approve=True)
    assert (await home.sync(full)).run.error["details"]["guardrails"] == ["never_empty"]


async def test_a_guardrail_set_after_the_approval_is_not_covered_by_it(home: House, full: str) -> None:
    home.people(crowd(10))
    plan = await runs.preview(home.app, MARKETER, full)
    run = await runs.start(home.app, MARKETER, full, plan_id=plan.id, approve=True)
    await audiences.change(home.app, MARKETER, full, AudienceChange(guardrails={"smallest": 100}))
    done = await silent(home).work(run.id)
    assert done.run.error["details"]["guardrails"] == ["smallest"]


async def test_what_was_approved_is_not_asked_about_again(home: House, full: str) -> None:
    home.people(crowd(10))
    plan = await runs.preview(home.app, MARKETER, full)
    await home.work((await runs.start(home.app, MARKETER, full, plan_id=plan.id, approve=True)).id)
    assert (await home.sync(full)).run.status == "completed"


async def test_who_may_not_sync_may_not_approve(home: House, full: str) -> None:
    home.people(crowd(10))
    plan = await runs.preview(home.app, MARKETER, full)
    with pytest.raises(Forbidden):
        await runs.start(home.app, VIEWER, full, plan_id=plan.id, approve=True)


async def test_a_full_replace_is_judged_by_whom_it_leaves(home: House, full: str) -> None:
    home.people(crowd(10))
    done = await silent(home).sync(full, operation="replace")
    assert done.run.error["details"]["guardrails"] == ["most_removed_percent"]
    home.people(crowd(CROWD - 20))
    assert (await home.sync(full, operation="replace")).run.status == "completed"


async def test_an_approved_full_replace_leaves_exactly_the_members(tmp_path: Path, database_url: str) -> None:
    async with house(tmp_path, database_url=database_url) as home:
        audience = await filled(home)
        home.people(crowd(10))
        plan = await runs.preview(home.app, MARKETER, audience, "replace")
        done = await home.work((await runs.start(home.app, MARKETER, audience, plan_id=plan.id, approve=True)).id)
        assert (done.run.status, done.run.approved) == ("completed", ("most_removed_percent",)), done.run.error
        assert await home.keys(REMOTE) == keys_of(crowd(10)[:10])


async def test_a_first_run_may_be_stopped_for_its_size(home: House) -> None:
    home.people(crowd(CROWD))
    audience = await home.audience(await home.segment(IN_SEGMENT), guardrails={"largest": 100})
    done = await home.work()
    assert (done.run.operation, done.run.error["details"]["guardrails"]) == ("create", ["largest"])
    plan = await runs.preview(home.app, MARKETER, audience)
    run = await runs.start(home.app, MARKETER, audience, plan_id=plan.id, approve=True)
    assert (await home.work(run.id)).run.added == CROWD


async def test_what_is_left_out_of_a_change_stays(home: House, full: str) -> None:
    for wanted in ({"most_removed_percent": 20, "largest": None}, {"never_empty": False, "largest": 900}):
        view = await audiences.change(home.app, MARKETER, full, AudienceChange(guardrails=wanted))
    assert view.guardrails == Guardrails(most_removed_percent=20, largest=900, never_empty=False)


async def test_who_changed_a_guardrail_is_kept(home: House, full: str) -> None:
    await audiences.change(home.app, MARKETER, full, AudienceChange(guardrails={"never_empty": False}))
    async with home.app.database.read() as session:
        newest = (await audit.entries(session, on=audit.Thing("audience", full)))[0]
    assert (newest.actor_name, newest.detail["guardrails"]["never_empty"]) == (MARKETER.name, False)


async def test_guardrails_that_cannot_be_are_refused(home: House, full: str) -> None:
    with pytest.raises(Invalid):
        await audiences.change(home.app, MARKETER, full, AudienceChange(guardrails={"smallest": -1}))
    assert (await audiences.get(home.app, SHELL, full)).guardrails == Guardrails()
