"""Third step, once per window: each batch is in doubt, sent, settled. One cut off in between is unknown, not unsent."""

import asyncio
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.connectors.http import Api
from audience_sync.flows.steps.ahead import Ahead
from audience_sync.flows.steps.certainty import UNANSWERED, is_whole
from audience_sync.flows.steps.outcome import Outcome
from audience_sync.flows.steps.sending import Content, End, Sending, content_of, send
from audience_sync.model.platforms import Action
from audience_sync.store import batches, runs
from audience_sync.store.audiences import BatchRow
from audience_sync.store.batches import Side
from audience_sync.store.runs import RunRows

SENT = ("accepted", "settled", "rejected")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Window:
    """Batches that still have to travel, and what was known of their run when the first of them left."""

    rows: RunRows
    batches: Sequence[BatchRow]
    sides: Mapping[str, Side]
    begun_at: datetime


async def upload_window(app: App, run_id: str, places: Sequence[int]) -> str:
    """Each of these batches is settled or rejected, or the run stops before them.

    As many travel side by side as the platform bears; the next one goes when one has come back.
    """
    async with app.database.write() as session:
        window = await _window(app, session, run_id, places)
        if not window.batches:
            return Outcome.GO
        if not await batches.goes_on(session, run_id):
            return Outcome.STOP
        traffic = Traffic(app, window)
        sendings = await traffic.doubt(session)
    return await traffic.flow(sendings)


async def _window(app: App, session: AsyncSession, run_id: str, places: Sequence[int]) -> Window:
    rows = await runs.load(session, run_id)
    found = [batch for batch in await batches.under_way(session, run_id, places) if batch.status not in SENT]
    if any(batch.action == Action.CLEAR for batch in found) and not is_whole(await runs.batches(session, run_id)):
        found = []  # What is older may belong there: a batch that would have renewed it has failed.
    sides, begun = await batches.sides(session, run_id)
    return Window(rows, found, sides, begun or app.now())


class Traffic:
    """The batches of a window: each is written down before it leaves, and what became of it as soon as it is known.

    One transaction writes down whoever came back and whoever goes next. A worker that was thought dead and wakes up
    finds that its batches were begun anew by another one, and sends no more.
    """

    def __init__(self, app: App, window: Window) -> None:
        rows = window.rows
        self._app, self._window = app, window
        self._parallel = app.connector(rows.audience.platform).card.parallel
        self._api: Api = app.api_of(rows.connection, rows.account)
        self._waiting = deque(window.batches)
        self._going: dict[asyncio.Task[End], int] = {}
        self._problems: list[BaseException] = []
        self._outcome, self._is_ours = Outcome.GO, True

    async def flow(self, sendings: Sequence[Sending]) -> str:
        """All that were written down have come back; the first problem is raised when nothing is under way any more."""
        makes = (partial(content_of, self._app, self._window.rows, batch) for batch in self._window.batches)
        contents = Ahead(makes)
        try:
            while sendings or self._going:
                for sending in sendings:
                    self._start(sending, contents.next())
                sendings = await self._write_down(await self._ends())
        finally:
            contents.stop()
            await self._cut_off()
        if self._problems:
            raise self._problems[0]
        if self._waiting and self._app.stopping.asked and self._outcome is Outcome.GO:
            # The step has not ended: the engine begins it again at the next worker, which finds what was sent.
            raise asyncio.CancelledError
        return self._outcome

    async def doubt(self, session: AsyncSession) -> list[Sending]:
        """Those that go next, as many as there is room for, are on their way for all that is known."""
        room = min(self._parallel - len(self._going), len(self._waiting))
        if room <= 0 or self._problems or self._outcome is not Outcome.GO or not self._is_ours:
            return []
        if self._app.stopping.asked:
            return []
        sendings: list[Sending] = []
        while len(sendings) < room and self._outcome is Outcome.GO:
            sendings += await self._doubted(session)
        return sendings

    async def _doubted(self, session: AsyncSession) -> list[Sending]:
        """The next one, or nobody where the run is to be cancelled."""
        batch = self._waiting[0]
        # A worker died over one that is still under way.
        receipt = {**batch.receipt, UNANSWERED: True} if batch.status == "sending" else dict(batch.receipt)
        if not await batches.doubt(session, batch, receipt, now=self._app.now()):
            self._outcome = Outcome.STOP
            return []
        side = self._window.sides[batch.action]
        last = batch.number == side.last
        same = await runs.batches(session, batch.run_id) if last else ()
        earlier = (each for each in same if each.action == batch.action and each.number != batch.number)
        sending = Sending(
            self._window.rows,
            self._waiting.popleft(),
            attempt=batch.attempts + 1,
            receipt=receipt,
            last=last,
            total_rows=side.rows,
            begun_at=self._window.begun_at,
            references=tuple(str(each.receipt.get("reference", "")) for each in earlier),
        )
        return [sending]

    def _start(self, sending: Sending, content: asyncio.Task[Content]) -> None:
        api = replace(self._api, endings=Counter())
        self._going[asyncio.create_task(send(self._app, api, sending, content))] = sending.batch.number

    async def _ends(self) -> list[End]:
        """What became of those that have come back, at least of one."""
        done, _ = await asyncio.wait(self._going, return_when=asyncio.FIRST_COMPLETED)
        tasks = sorted(done, key=lambda task: self._going.pop(task))
        ends = [task.result() for task in tasks if task.exception() is None]
        problems = [end.problem for end in ends] + [task.exception() for task in tasks]
        self._problems += [problem for problem in problems if problem is not None]
        return ends

    async def _write_down(self, ends: Sequence[End]) -> list[Sending]:
        async with self._app.database.write() as session:
            for end in ends:
                await self._settle(session, end)
            return await self.doubt(session)

    async def _settle(self, session: AsyncSession, end: End) -> None:
        sending = end.sending
        kept = {UNANSWERED: True} if end.unheard or sending.receipt.get(UNANSWERED) else {}
        receipt = {**(sending.receipt if end.answer is None else end.answer), **kept}
        told = {"status": end.status, "answered_at": self._app.now(), "error": end.error or {}, "receipt": receipt}
        if not await batches.answer(session, sending.batch, sending.attempt, **told):
            self._is_ours = False
            log.warning("a batch was begun anew elsewhere", run=sending.batch.run_id, batch=sending.batch.number)

    async def _cut_off(self) -> None:
        """Nothing outlives the window: whoever is still under way stays in doubt."""
        for task in self._going:
            task.cancel()
        await asyncio.gather(*self._going, return_exceptions=True)
