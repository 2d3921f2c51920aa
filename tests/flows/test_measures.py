"""What a platform tells after a run: a failure that comes late, shares, and memberships that would expire."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audience_sync.flows import audiences, runs, schedule
from audience_sync.flows.measures import revived, share_of, stored
from audience_sync.flows.schedule import next_measure
from audience_sync.flows.views import Health
from audience_sync.model.permissions import SHELL
from audience_sync.model.platforms import Facts
from tests.cast import VIEWER
from tests.platforms import GOOGLE, META, TIKTOK
from tests.world import House, house

PEOPLE = [{"id": str(n), "email": f"p{n}@example.com"} for n in range(8)]
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def tiktok(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, pretend=TIKTOK) as made:
        # Both look at one clock: a failure is told apart from a run by when it happened.
        made.clock.moment = datetime.fromtimestamp((await made.control("clock"))["now"], UTC)
        made.people(PEOPLE)
        yield made


async def pass_by(home: House, **by: float) -> None:
    """Both clocks move on."""
    home.clock.advance(**by)
    await home.control("clock", advance_seconds=timedelta(**by).total_seconds())


async def failed_late(home: House) -> tuple[str, str]:
    """The audience and the run of an upload that TikTok took in, did not store, and told of later."""
    audience = await home.audience(await home.segment())
    await home.fault("late_failure", path="mapping")
    done = await home.work()
    assert done.run.status == "completed"
    await pass_by(home, hours=1)
    await schedule.measure_due(home.app)
    return audience, done.run.id


async def test_a_late_failure_makes_its_run_partial_in_the_platforms_words(tiktok: House) -> None:
    _audience, run = await failed_late(tiktok)
    found = (await runs.get(tiktok.app, VIEWER, run)).run
    assert (found.status, found.error["code"]) == ("partial", "LATE_FAILURE")
    assert "It says: " in found.error["message"]


async def test_the_next_run_sends_everybody_again_and_ends_equal(tiktok: House) -> None:
    audience, _run = await failed_late(tiktok)
    plan = await runs.preview(tiktok.app, SHELL, audience)
    assert (plan.resent, "failed to apply" in plan.sends_all) == (len(PEOPLE), True)
    done = await tiktok.sync(audience)
    wanted = {tiktok.pretend.email(each["email"]) for each in PEOPLE}
    assert {value for _kind, value in await tiktok.keys(done.remote_id)} == wanted


async def test_a_failure_from_before_a_run_is_not_its_own(tiktok: House) -> None:
    audience, _run = await failed_late(tiktok)
    again = await tiktok.sync(audience)
    await pass_by(tiktok, hours=1)
    await schedule.measure_due(tiktok.app)
    assert (await runs.get(tiktok.app, VIEWER, again.run.id)).run.status == "completed"
    assert (await runs.preview(tiktok.app, SHELL, audience)).sends_all == ""


async def test_facts_are_the_same_after_they_were_stored() -> None:
    facts = Facts(NOW, 10, 20, failure="said", failed_at=NOW - HOUR, match_low=0.4, match_high=0.5)
    assert revived(stored(facts)) == facts


def test_the_platform_is_asked_ever_more_rarely() -> None:
    at, hours = NOW + timedelta(minutes=1), []
    for _ in range(9):
        at = next_measure(NOW, at)
        hours.append((at - NOW) / HOUR)
    assert hours == [0.5, 1, 3, 6, 12, 24, 48, 72, 96]


def test_a_match_rate_of_the_platforms_own_is_no_estimate() -> None:
    share = share_of(Facts(NOW, size_high=900, match_low=0.61, match_high=0.7), 1000)
    assert share is not None
    assert (share.low, share.high, share.estimate) == (0.61, 0.7, False)


def test_more_people_than_profiles_are_at_least_all_of_them() -> None:
    share = share_of(Facts(NOW, size_high=1300), 1000)
    assert share is not None
    assert (share.high, share.estimate, share.at_least) == (1.0, True, True)


def test_without_a_word_there_is_no_share() -> None:
    assert share_of(Facts(NOW), 1000) is None


async def test_members_that_would_expire_are_sent_again_in_time(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=GOOGLE) as home:
        home.people(PEOPLE)
        audience = await home.audience(await home.segment())
        remote = (await home.work()).remote_id
        await pass_by(home, days=480)
        assert (await runs.preview(home.app, SHELL, audience)).sends_all == ""
        await pass_by(home, days=7)
        assert "540 days" in (await runs.preview(home.app, SHELL, audience)).sends_all
        assert (await home.sync(audience)).run.resent == len(PEOPLE)
        await pass_by(home, days=100)
        assert len(await home.keys(remote)) == len(PEOPLE)


async def test_an_audience_that_meta_has_flagged_says_so(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=META) as home:
        home.people(PEOPLE)
        audience = await home.audience(await home.segment())
        remote = (await home.work()).remote_id
        await home.control(f"audiences/meta/{remote}", flagged=True)
        await pass_by(home, hours=1)
        await schedule.measure_due(home.app)
        view = await audiences.get(home.app, VIEWER, audience)
        assert (view.health, "flagged" in view.size.problem.lower()) == (Health.ATTENTION, True)
