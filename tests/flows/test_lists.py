"""Lists that are deleted by hand, or drop their members by themselves, are noticed and made whole again."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audience_sync.flows import audiences, runs, schedule
from audience_sync.flows.views import Health
from audience_sync.model.permissions import SHELL
from tests.cast import VIEWER
from tests.platforms import GOOGLE, META, SNAPCHAT
from tests.world import House, house

DEVICES = [f"aaaaaaaa-0000-4000-8000-00000000000{n}" for n in range(6)]
PEOPLE = [{"id": str(n), "email": f"p{n}@example.com", "mobile_ad_id": DEVICES[n]} for n in range(6)]
LISTS = "/v1/accountTypes/GOOGLE_ADS/accounts"


@pytest.fixture
async def google(tmp_path: Path) -> AsyncIterator[House]:
    """Mobile ad ids are sent, so that an audience is two lists there."""
    async with house(tmp_path, pretend=GOOGLE, google_mobile_app_id="com.example.shop") as made:
        made.people(PEOPLE[:3])
        yield made


async def filled(home: House) -> str:
    """An audience of contact data and mobile ad ids that was synced once."""
    audience = await home.audience(await home.segment(), identifiers=("email", "mobile_ad_id"))
    await home.work()
    return audience


async def second(home: House) -> tuple[str, set[str]]:
    """The second list there is now, and what is on it."""
    [found] = [each for each in await home.control("audiences") if each["name"].endswith("(mobile ids)")]
    return found["id"], {value for _kind, value in await home.keys(found["id"])}


async def delete_by_hand(home: House, remote_id: str) -> None:
    """Somebody deletes the list in Google Ads."""
    address = f"{LISTS}/{home.pretend.account}/userLists/{remote_id}"
    answer = await home.sandbox.delete(address, headers={"Authorization": f"Bearer {home.pretend.token}"})
    assert answer.status_code == 200, answer.text


async def pass_by(home: House, **by: float) -> None:
    """Both clocks move on, and whatever is due to be measured is."""
    home.clock.advance(**by)
    await home.control("clock", advance_seconds=timedelta(**by).total_seconds())
    await schedule.measure_due(home.app)


async def test_a_second_list_that_was_deleted_by_hand_is_noticed_by_the_next_look(google: House) -> None:
    audience = await filled(google)
    await delete_by_hand(google, (await second(google))[0])
    for _ in range(2):
        await pass_by(google, days=1)
        view = await audiences.get(google.app, VIEWER, audience)
        assert (view.health, "was deleted on the platform" in view.size.problem) == (Health.ATTENTION, True)
    assert (await runs.preview(google.app, SHELL, audience)).resent == 3


async def test_the_next_run_makes_it_anew_and_fills_it(google: House) -> None:
    audience = await filled(google)
    await delete_by_hand(google, (await second(google))[0])
    await pass_by(google, days=1)
    await google.sync(audience)
    assert (await second(google))[1] == set(DEVICES[:3])
    await pass_by(google, days=1)
    view = await audiences.get(google.app, VIEWER, audience)
    assert ("deleted" in view.size.problem, (await runs.preview(google.app, SHELL, audience)).resent) == (False, 0)


async def test_one_that_a_run_has_made_anew_before_anybody_looked_is_filled_by_the_run_after_it(google: House) -> None:
    audience = await filled(google)
    await delete_by_hand(google, (await second(google))[0])
    google.people(PEOPLE)
    await google.sync(audience)
    assert (await second(google))[1] == set(DEVICES[3:])
    await google.sync(audience)
    assert (await second(google))[1] == set(DEVICES)


async def test_a_list_deleted_by_hand_is_stale_at_the_next_look(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=META) as home:
        home.people(PEOPLE)
        audience = await home.audience(await home.segment())
        remote = (await home.work()).remote_id
        header = {"Authorization": f"Bearer {home.pretend.token}"}
        await home.sandbox.delete(f"/v26.0/{remote}", headers=header)
        await pass_by(home, days=1)
        assert (await audiences.get(home.app, VIEWER, audience)).health is Health.STALE


@pytest.mark.parametrize(("days", "resent"), [(30, 6), (9999, 0)])
async def test_members_are_sent_again_before_snapchats_retention_takes_them(
    tmp_path: Path, days: int, resent: int
) -> None:
    async with house(tmp_path, pretend=SNAPCHAT, snapchat_retention_days=days) as home:
        home.clock.moment = datetime.fromtimestamp((await home.control("clock"))["now"], UTC)
        home.people(PEOPLE)
        audience = await home.audience(await home.segment())
        remote = (await home.work()).remote_id
        await pass_by(home, days=26)
        assert (await runs.preview(home.app, SHELL, audience)).resent == 0
        await pass_by(home, days=2)
        assert (await runs.preview(home.app, SHELL, audience)).resent == resent
        await home.sync(audience)
        await pass_by(home, days=20)
        assert len({value for kind, value in await home.keys(remote) if kind == "EMAIL_SHA256"}) == 6


async def test_whoever_would_be_dropped_before_the_next_sync_by_itself_is_sent_now(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=SNAPCHAT, snapchat_retention_days=10) as home:
        home.people(PEOPLE)
        audience = await home.audience(await home.segment(), auto_sync=True, interval_hours=168)
        await home.work()
        home.clock.advance(days=4)
        preview = await runs.preview(home.app, SHELL, audience)
        assert (preview.resent, "10 days" in preview.sends_all) == (6, True)
