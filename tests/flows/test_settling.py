"""When a platform is asked what became of a batch: not too early, ever more rarely, and not for ever."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from audience_sync.connectors.registry import CONNECTORS
from audience_sync.engine.durable import Immediate
from audience_sync.flows import audiences, runs
from audience_sync.flows.sync import execute
from audience_sync.flows.views import Health, RunDetail
from audience_sync.model.cards import Settling
from audience_sync.model.permissions import SHELL
from audience_sync.sandbox.google.seeds import USER_REFRESH_TOKEN
from audience_sync.store.platforms import Connection
from tests.platforms import GOOGLE, META, TIKTOK
from tests.world import IN_SEGMENT, House, house

PEOPLE = [{"id": str(n), "email": f"p{n}@example.com"} for n in range(10)]
FIRST_CHECK_SECONDS = 600
CARD = CONNECTORS["google"].card.settling
POLICIES = st.builds(
    Settling, first=st.floats(1, 3600), growth=st.floats(1, 3), most=st.floats(3600, 90_000), give_up=st.just(1e6)
)


@given(policy=POLICIES, asked=st.integers(0, 10_000))
def test_a_pause_is_never_shorter_than_the_one_before_nor_longer_than_the_most(policy: Settling, asked: int) -> None:
    assert policy.first <= policy.pause(asked) <= policy.pause(asked + 1) <= policy.most


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str) -> AsyncIterator[House]:
    async with house(tmp_path, pretend=GOOGLE, database_url=sqlite_url) as made:
        yield made


def members(home: House, numbers: Iterable[int]) -> None:
    home.people({**each, "member": "yes" if int(each["id"]) in numbers else "no"} for each in PEOPLE)


async def first_run(home: House) -> str:
    """The id of the first run of an audience of five people."""
    members(home, range(5))
    audience = await home.audience(await home.segment(IN_SEGMENT), auto_sync=False)
    return (await audiences.get(home.app, SHELL, audience)).running


async def taken_up(home: House, run_id: str) -> RunDetail:
    """The run, after a worker has taken it up once."""
    await execute(home.app, run_id, Immediate())
    return await runs.get(home.app, SHELL, run_id)


async def asked(home: House) -> int:
    return len([each for each in await home.control("requests") if "requestStatus" in str(each["path"])])


async def untold(home: House) -> RunDetail:
    """A delivered run, of which Google never says what became."""
    delivered = await taken_up(home, await first_run(home))
    await home.control(f"audiences/google/{delivered.remote_id}", never_settles=True)
    return delivered


async def given_up(home: House) -> RunDetail:
    """The same, asked once more after Google has had its time."""
    delivered = await untold(home)
    home.clock.advance(seconds=CARD.give_up + 1)
    return await taken_up(home, delivered.run.id)


async def moments(home: House, detail: RunDetail) -> list[datetime]:
    """When a worker took the run up to ask, until it ended."""
    times = []
    while detail.run.ended_at is None:
        due = detail.progress.waiting_until
        assert due is not None
        home.clock.moment = due
        times.append(due)
        detail = await taken_up(home, detail.run.id)
    return times


async def test_google_is_not_asked_before_its_time(home: House) -> None:
    run = await first_run(home)
    delivered = await taken_up(home, run)
    assert (delivered.run.status, await asked(home)) == ("settling", 0)
    home.clock.advance(seconds=FIRST_CHECK_SECONDS - 1)
    await taken_up(home, run)
    assert await asked(home) == 0


async def test_it_waits_with_words_until_the_first_question(home: House) -> None:
    delivered = await taken_up(home, await first_run(home))
    assert delivered.progress.waiting_for == "Delivered; Google is processing it."
    assert delivered.progress.waiting_until == home.app.now() + timedelta(seconds=FIRST_CHECK_SECONDS)


async def test_it_is_asked_ever_more_rarely_until_the_answer_counts_as_never_coming(home: House) -> None:
    times = await moments(home, await untold(home))
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    policy = Settling(FIRST_CHECK_SECONDS, CARD.growth, CARD.most, CARD.give_up)
    assert pauses == pytest.approx([policy.pause(n) for n in range(len(pauses))])
    lasted = FIRST_CHECK_SECONDS + (times[-1] - times[0]).total_seconds()
    assert CARD.give_up < lasted <= CARD.give_up + CARD.most


async def test_a_run_of_which_nothing_is_ever_told_is_partial_and_owes_it(home: House) -> None:
    done = await given_up(home)
    (batch,) = done.batches
    assert (done.run.status, batch.status, batch.error["code"]) == ("partial", "rejected", "NEVER_SETTLED")
    assert (done.run.sent, done.run.failed, done.run.owed) == (0, 5, 5)


async def test_what_was_never_told_of_is_sent_again_by_the_next_run(home: House) -> None:
    broken = await given_up(home)
    await home.control(f"audiences/google/{broken.remote_id}", never_settles=False)
    done = await home.sync(broken.run.audience_id)
    assert (done.run.status, done.run.added, done.run.owed) == ("completed", 5, 0)


async def test_a_cancelled_run_is_closed_without_waiting_and_owes_what_is_not_told(home: House) -> None:
    run = await first_run(home)
    await taken_up(home, run)
    await runs.cancel(home.app, SHELL, run)
    done = await taken_up(home, run)
    assert (done.run.status, done.run.owed, await asked(home)) == ("cancelled", 5, 0)


async def test_who_answers_soon_is_asked_at_once(tmp_path: Path, sqlite_url: str) -> None:
    async with house(tmp_path, pretend=TIKTOK, database_url=sqlite_url) as home:
        done = await taken_up(home, await first_run(home))
        assert (done.run.status, done.batches[0].status) == ("completed", "settled")


async def test_who_settles_with_the_answer_is_never_waited_for(tmp_path: Path, sqlite_url: str) -> None:
    async with house(tmp_path, pretend=META, database_url=sqlite_url) as home:
        done = await taken_up(home, await first_run(home))
        assert (done.run.status, done.batches[0].status) == ("completed", "settled")


async def test_without_a_setting_the_cards_own_time_holds(tmp_path: Path, sqlite_url: str) -> None:
    async with house(tmp_path, pretend=GOOGLE, database_url=sqlite_url, google_first_check_seconds=CARD.first) as home:
        delivered = await taken_up(home, await first_run(home))
        assert delivered.progress.waiting_until == home.app.now() + timedelta(seconds=CARD.first)


async def test_a_failure_told_while_settling_leaves_its_batch_in_doubt(home: House) -> None:
    await home.fault("fails:DENIED_CONSENT", path="ingest")
    done = await home.work(await first_run(home))
    (batch,) = done.batches
    assert (done.run.status, batch.status, batch.error["code"]) == ("partial", "rejected", "GOOGLE_REQUEST_FAILED")
    assert "consent is recorded as denied" in str(batch.error["message"])
    assert (await home.sync(done.run.audience_id)).run.status == "completed"


async def refreshable(home: House) -> None:
    """The connection has a refresh token."""
    vault = home.app.vault
    async with home.app.database.write() as session:
        row = (await session.scalars(sa.select(Connection))).one()
        row.refresh_token = vault.seal(USER_REFRESH_TOKEN, table="connections", row=row.id, column="refresh_token")


async def exchanges(home: House) -> int:
    """How often a token was exchanged on the wire."""
    return len([each for each in await home.control("requests") if str(each["path"]).endswith("token")])


async def test_a_token_that_ends_while_google_works_is_exchanged_and_the_run_ends(home: House) -> None:
    run = await first_run(home)
    await taken_up(home, run)
    await refreshable(home)
    await home.fault("expired_token", path="requestStatus")
    done = await home.work(run)
    assert (done.run.status, done.run.owed, await exchanges(home)) == ("completed", 0, 1)


async def test_a_grant_that_is_lost_while_google_works_pauses_with_what_was_delivered_in_doubt(home: House) -> None:
    run = await first_run(home)
    delivered = await taken_up(home, run)
    await home.fault("expired_token", times=99, path="requestStatus")
    done = await home.work(run)
    view = await audiences.get(home.app, SHELL, done.run.audience_id)
    assert (delivered.batches[0].status, done.run.status, view.owed) == ("accepted", "failed", 5)
    assert (view.health, "econnect" in view.problem) == (Health.PAUSED, True)
