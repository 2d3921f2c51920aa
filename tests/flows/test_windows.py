"""In which order batches travel: named by their places, side by side, and gone on with in the middle."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa
import stamina
from hypothesis import given
from hypothesis import strategies as st

from audience_sync.connectors.http import ATTEMPTS
from audience_sync.connectors.registry import CONNECTORS
from audience_sync.engine.durable import Immediate
from audience_sync.flows import audiences, runs
from audience_sync.flows.steps.freezing import freeze_run
from audience_sync.flows.steps.opening import open_run
from audience_sync.flows.steps.outcome import Outcome
from audience_sync.flows.steps.uploading import upload_window
from audience_sync.flows.steps.windows import MOST, SETTLE, TOGETHER, places, windows
from audience_sync.flows.sync import execute
from audience_sync.flows.views import RunDetail
from audience_sync.model.cards import PlatformCard
from audience_sync.model.permissions import SHELL
from audience_sync.model.platforms import Action
from audience_sync.store import runs as run_rows
from audience_sync.store.audiences import BatchRow
from tests.platforms import GOOGLE, META, Pretend
from tests.world import EVERYONE, House, house

ROWS = 2
PARALLEL = 4
PEOPLE = [{"id": str(n), "email": f"p{n}@example.com"} for n in range(2 * PARALLEL * ROWS)]
ACTIONS = st.lists(st.sampled_from([Action.REMOVE, Action.ADD, Action.REPLACE, Action.CLEAR]), max_size=30).map(
    lambda actions: sorted(actions, key=lambda action: action == Action.CLEAR)
)
ANY_CARD = st.builds(
    lambda ordered, parallel: card(ordered=ordered, parallel=parallel), st.booleans(), st.integers(1, 6)
)


def card(*, ordered: bool = True, parallel: int = 1) -> PlatformCard:
    return replace(CONNECTORS["meta"].card, ordered=ordered, parallel=parallel)


def test_a_window_names_places_from_the_first_to_the_last() -> None:
    assert windows(["add", "add", "add"], card()) == ["1-3"]


def test_a_window_is_not_large() -> None:
    assert windows(["add"] * (MOST + 1), card()) == [f"1-{MOST}", f"{MOST + 1}-{MOST + 1}"]


def test_the_places_of_a_window_are_all_between_its_ends() -> None:
    assert list(places("3-6")) == [3, 4, 5, 6]


def test_removes_and_adds_do_not_share_a_window() -> None:
    assert windows(["remove", "add", "add"], card()) == ["1-1", "2-3"]


def test_where_no_order_is_promised_removes_settle_before_adds() -> None:
    assert windows(["remove", "add"], card(ordered=False)) == ["1-1", SETTLE, "2-2"]


def test_a_clearing_waits_for_all_others_even_where_there_is_an_order() -> None:
    assert windows(["add", "clear"], card(ordered=True)) == ["1-1", SETTLE, "2-2"]


def test_batches_of_a_replace_session_travel_one_by_one() -> None:
    assert windows(["replace", "replace"], card(parallel=4)) == ["1-1", "2-2"]


def test_nothing_to_send_is_no_window() -> None:
    assert windows([], card(ordered=False, parallel=4)) == []


@given(actions=ACTIONS, card=ANY_CARD)
def test_every_batch_is_in_one_window_in_its_order(actions: list[Action], card: PlatformCard) -> None:
    said = [place for window in windows(actions, card) if window != SETTLE for place in places(window)]
    assert said == list(range(1, len(actions) + 1))


@given(actions=ACTIONS, card=ANY_CARD)
def test_a_window_has_one_action_and_what_has_an_order_goes_alone(actions: list[Action], card: PlatformCard) -> None:
    for window in (each for each in windows(actions, card) if each != SETTLE):
        (action,) = {actions[place - 1] for place in places(window)}
        assert len(places(window)) <= (MOST if action in TOGETHER else 1)


@dataclass
class Crowd(httpx2.AsyncBaseTransport):
    """The way to the sandbox, on which uploads wait until so many are under way; `most` is how many ever were."""

    inner: httpx2.AsyncBaseTransport
    together: int
    most: int = 0
    now: int = 0
    barrier: asyncio.Barrier = field(init=False)

    def __post_init__(self) -> None:
        self.barrier = asyncio.Barrier(self.together)

    async def on_the_way(self) -> None:
        """What happens while one is under way."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if not request.url.path.endswith(("users", ":ingest")):
            return await self.inner.handle_async_request(request)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.wait_for(self.barrier.wait(), 20)
            await self.on_the_way()
            return await self.inner.handle_async_request(request)
        finally:
            self.now -= 1


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for connector in (CONNECTORS["google"], CONNECTORS["meta"]):
        monkeypatch.setattr(connector, "card", replace(connector.card, max_rows=ROWS), raising=False)
    with stamina.set_testing(True, attempts=4):
        yield


@asynccontextmanager
async def crowded(
    folder: Path, url: str, pretend: Pretend, *, together: int = PARALLEL
) -> AsyncIterator[tuple[House, Crowd]]:
    """A house whose uploads meet on their way."""
    async with house(folder, pretend=pretend, database_url=url) as home:
        crowd = Crowd(home.sandbox._transport, together)
        async with httpx2.AsyncClient(transport=crowd) as client:
            home.people(PEOPLE)
            yield replace(home, app=replace(home.app, http=client)), crowd


async def begun(home: House) -> str:
    """The id of the first run, which has been taken up once."""
    audience = await home.audience(await home.segment(EVERYONE))
    run = (await audiences.get(home.app, SHELL, audience)).running
    await execute(home.app, run, Immediate())
    return run


async def under_way(home: House) -> list[str]:
    """The ids of the runs that a worker has begun."""
    async with home.app.database.read() as session:
        return [run.id for run in await run_rows.with_status(session, "running")]


async def went_on() -> None:
    """Nothing happens on the way."""


async def assert_equal(home: House, done: RunDetail) -> None:
    held = {value for _kind, value in await home.keys(done.remote_id)}
    assert held == {home.pretend.email(each["email"]) for each in PEOPLE}


async def test_as_many_batches_as_the_card_says_are_under_way_at_once(tmp_path: Path, database_url: str) -> None:
    async with crowded(tmp_path, database_url, GOOGLE) as (home, crowd):
        done = await home.work(await begun(home))
        assert (done.run.status, len(done.batches), crowd.most) == ("completed", 2 * PARALLEL, PARALLEL)
        await assert_equal(home, done)


async def test_where_the_card_says_one_they_go_one_by_one(tmp_path: Path, sqlite_url: str) -> None:
    async with crowded(tmp_path, sqlite_url, META, together=1) as (home, crowd):
        done = await home.work(await begun(home))
        assert (done.run.status, len(done.batches), crowd.most) == ("completed", 2 * PARALLEL, 1)


async def test_one_that_is_refused_stops_neither_its_neighbours_nor_the_next_window(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with crowded(tmp_path, sqlite_url, GOOGLE) as (home, _crowd):
        await home.fault("error:400/INVALID_SHA256_FORMAT", path="ingest", after=1)
        done = await home.work(await begun(home))
        assert sorted(batch.status for batch in done.batches) == ["rejected"] + ["settled"] * (2 * PARALLEL - 1)


async def test_a_run_broken_off_in_a_window_sends_only_what_it_had_not(tmp_path: Path, sqlite_url: str) -> None:
    async with house(tmp_path, pretend=GOOGLE, database_url=sqlite_url) as home:
        home.people(PEOPLE)
        # One of the second window arrives; the others use up all their attempts, whichever of them is first.
        await home.fault("http503", times=ATTEMPTS * (PARALLEL - 1), path="ingest", after=PARALLEL + 1)
        run = await begun(home)
        done = await home.work(run)
        assert done.run.status == "completed"
        attempts = sorted(batch.attempts for batch in done.batches)
        assert (attempts[: PARALLEL + 1], attempts[-1] > 1) == ([1] * (PARALLEL + 1), True)
        await assert_equal(home, done)


async def test_a_worker_whose_batch_was_begun_anew_elsewhere_sends_no_more(tmp_path: Path, sqlite_url: str) -> None:
    async with crowded(tmp_path, sqlite_url, META, together=1) as (home, crowd):
        begun_anew = sa.update(BatchRow).where(BatchRow.status == "sending").values(attempts=7)

        async def taken_over() -> None:
            async with home.app.database.write() as session:
                await session.execute(begun_anew)

        crowd.on_the_way = taken_over  # type: ignore[method-assign]  # What this test is about.
        run = (await audiences.get(home.app, SHELL, await home.audience(await home.segment(EVERYONE)))).running
        assert await open_run(home.app, run) == await freeze_run(home.app, run) == Outcome.GO
        await upload_window(home.app, run, range(1, 2 * PARALLEL + 1))
        states = [(batch.status, batch.attempts) for batch in (await runs.get(home.app, SHELL, run)).batches]
        assert states == [("sending", 7)] + [("planned", 0)] * (2 * PARALLEL - 1)


@pytest.mark.parametrize(("pretend", "together"), [(META, 1), (GOOGLE, PARALLEL)], ids=["meta", "google"])
async def test_a_worker_told_to_stop_lets_what_is_under_way_come_back_and_sends_no_more(
    tmp_path: Path, sqlite_url: str, pretend: Pretend, together: int
) -> None:
    async with crowded(tmp_path, sqlite_url, pretend, together=together) as (home, crowd):
        stopping = home.app.stopping

        async def told_to_stop() -> None:
            stopping.asked = True

        crowd.on_the_way = told_to_stop  # type: ignore[method-assign]  # What this test is about.
        with pytest.raises(asyncio.CancelledError):
            await begun(home)
        (run,) = await under_way(home)
        states = [(batch.status, batch.attempts) for batch in (await runs.get(home.app, SHELL, run)).batches]
        assert states == [("accepted", 1)] * together + [("planned", 0)] * (2 * PARALLEL - together)
        crowd.on_the_way = went_on  # type: ignore[method-assign]  # The next worker.
        stopping.asked = False
        done = await home.work(run)
        assert (done.run.status, {batch.attempts for batch in done.batches}) == ("completed", {1})
        await assert_equal(home, done)
