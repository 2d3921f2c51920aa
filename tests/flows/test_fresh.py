"""Tokens that end in the middle of something: exchanged by one worker, or waited for until somebody reconnects."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import stamina

from audience_sync.flows import audiences, connect, history, linking, schedule, tokens
from audience_sync.flows.fresh import fresh
from audience_sync.flows.views import Health
from audience_sync.model.permissions import SHELL
from audience_sync.store.platforms import Connection
from tests.platforms import GOOGLE, META, SNAPCHAT, TIKTOK
from tests.world import IN_SEGMENT, House, house

REFRESH_TOKEN = "SANDBOX_REFRESH_TOKEN"  # The sandboxes' own.
PEOPLE = [{"id": str(n), "email": f"p{n}@example.com"} for n in range(20)]
LOST = {"meta": "expired_token", "tiktok": "revoked_token"}
TOKEN_CALL = {"snapchat": "access_token", "google": "token"}


@pytest.fixture(autouse=True)
def _no_sleep() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4):
        yield


@pytest.fixture(params=[GOOGLE, SNAPCHAT], ids=lambda pretend: pretend.id)
async def refreshing(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A house on a platform whose tokens live an hour."""
    async with house(tmp_path, pretend=request.param) as made:
        await hold(made)
        yield made


@pytest.fixture(params=[META, TIKTOK], ids=lambda pretend: pretend.id)
async def lasting(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A house on a platform whose tokens only a person can renew."""
    async with house(tmp_path, pretend=request.param) as made:
        yield made


async def row(home: House) -> Connection:
    async with home.app.database.read() as session:
        return (await session.scalars(sa.select(Connection))).one()


async def hold(home: House, *, minutes: float = 60) -> None:
    """The connection has a refresh token, and an access token that ends in so many minutes."""
    seen = await row(home)
    sealed = home.app.vault.seal(REFRESH_TOKEN, table="connections", row=seen.id, column="refresh_token")
    ends = home.app.now() + timedelta(minutes=minutes)
    async with home.app.database.write() as session:
        await session.execute(sa.update(Connection).values(refresh_token=sealed, expires_at=ends))


async def exchanges(home: House) -> int:
    """How often a token was exchanged on the wire."""
    asked = await home.control("requests")
    return len([each for each in asked if each["path"].endswith(TOKEN_CALL[home.pretend.id])])


async def expect_keys(home: House, remote_id: str, people: list[dict[str, str]]) -> None:
    wanted = {home.pretend.email(each["email"]) for each in people}
    assert {value for _kind, value in await home.keys(remote_id)} == wanted


def some(members: Iterable[int]) -> list[dict[str, str]]:
    """Everybody, some of them members."""
    return [{**each, "member": "yes" if int(each["id"]) in members else "no"} for each in PEOPLE]


async def synced(home: House, *, members: Iterable[int]) -> tuple[str, str]:
    """An audience of these, which the platform has, under a connection that its person can renew."""
    home.people(some(members))
    found = await home.app.connector(home.pretend.id).inspect(home.app.api_of(await row(home)))
    async with home.app.database.write() as session:
        await session.execute(sa.update(Connection).values(subject=found.subject))
    audience = await home.audience(await home.segment(IN_SEGMENT))
    return audience, (await home.work()).remote_id


async def test_two_workers_exchange_a_token_once(refreshing: House) -> None:
    await hold(refreshing, minutes=1)
    seen = await row(refreshing)
    first, second = await asyncio.gather(fresh(refreshing.app, seen), fresh(refreshing.app, seen))
    assert await exchanges(refreshing) == 1
    assert first.token == second.token != seen.token


async def test_a_token_that_lasts_is_left_alone(refreshing: House) -> None:
    seen = await row(refreshing)
    assert (await fresh(refreshing.app, seen)).token == seen.token
    assert await exchanges(refreshing) == 0


async def test_a_rotated_refresh_token_is_kept(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=SNAPCHAT) as home:
        await hold(home, minutes=1)
        await home.control("settings", platform="snapchat", rotate_refresh_tokens=True)
        once = await fresh(home.app, await row(home))
        twice = await fresh(home.app, once, now=True)
        assert len({once.refresh_token, twice.refresh_token}) == 2
        assert await exchanges(home) == 2


async def test_a_look_at_a_platform_uses_a_fresh_token(refreshing: House) -> None:
    await hold(refreshing, minutes=1)
    await linking.remote_audiences(refreshing.app, SHELL, refreshing.account_id)
    assert await exchanges(refreshing) == 1


async def test_a_refresh_asked_for_keeps_the_refresh_token(refreshing: House) -> None:
    before = await row(refreshing)
    await tokens.refresh(refreshing.app, SHELL, before.id)
    after = await row(refreshing)
    assert (after.refresh_token != "", after.token != before.token) == (True, True)
    assert after.expires_at is not None
    assert await exchanges(refreshing) == 1


async def test_a_run_whose_token_ends_in_its_middle_refreshes_it_and_ends_equal(refreshing: House) -> None:
    refreshing.people(PEOPLE)
    await refreshing.fault("expired_token", path="(audienceMembers|users)")
    await refreshing.audience(await refreshing.segment())
    done = await refreshing.work()
    assert (done.run.status, await exchanges(refreshing)) == ("completed", 1)
    await expect_keys(refreshing, done.remote_id, PEOPLE)


async def test_a_size_asked_for_with_a_refused_token_leaves_the_connection_live(refreshing: House) -> None:
    refreshing.people(PEOPLE)
    await refreshing.audience(await refreshing.segment())
    await refreshing.work()
    await hold(refreshing, minutes=600)
    refreshing.clock.advance(hours=1)
    await refreshing.fault("expired_token")
    assert await schedule.measure_due(refreshing.app) == 1
    assert ((await row(refreshing)).state, await exchanges(refreshing) > 0) == ("live", True)


async def test_the_daily_look_with_a_refused_token_leaves_the_connection_live(refreshing: House) -> None:
    await hold(refreshing, minutes=6000)
    refreshing.clock.advance(hours=25)
    await refreshing.fault("expired_token", path="(/me|listAccessible)")
    assert await tokens.check_tokens(refreshing.app) == 1
    assert ((await row(refreshing)).state, await exchanges(refreshing) > 0) == ("live", True)


async def test_a_grant_that_is_refused_for_good_breaks_the_connection(refreshing: House) -> None:
    refreshing.people(PEOPLE)
    await refreshing.fault("expired_token", times=10, path="(audienceMembers|users)")
    audience = await refreshing.audience(await refreshing.segment())
    done = await refreshing.work()
    assert done.run.status == "failed"
    assert (await row(refreshing)).state == "broken"
    assert (await audiences.get(refreshing.app, SHELL, audience)).health is Health.PAUSED


async def test_a_run_that_lost_its_grant_goes_on_by_itself_after_reconnecting(lasting: House) -> None:
    audience, remote = await synced(lasting, members=range(10))
    lasting.people(some(range(5, 20)))
    await lasting.fault(LOST[lasting.pretend.id], path="(users|mapping)", after=1)
    broken = await lasting.sync(audience)
    assert [batch.status for batch in broken.batches] == ["accepted", "unknown"]
    await connect.connect_with_token(lasting.app, SHELL, lasting.pretend.id, lasting.pretend.token)
    assert (await lasting.work()).run.status == "completed"
    newest = (await history.history(lasting.app, SHELL, audience)).items[0]
    assert (newest.trigger, newest.number) == ("scheduled", broken.run.number + 1)
    await expect_keys(lasting, remote, PEOPLE[5:])


async def test_it_waits_with_the_reason_until_then(lasting: House) -> None:
    audience, _remote = await synced(lasting, members=range(10))
    lasting.people(some(range(5, 20)))
    await lasting.fault(LOST[lasting.pretend.id], path="(users|mapping)")
    await lasting.sync(audience)
    view = await audiences.get(lasting.app, SHELL, audience)
    assert (view.health, "econnect" in view.problem) == (Health.PAUSED, True)
