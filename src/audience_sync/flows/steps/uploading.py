"""Third step, once per window: each batch is in doubt, sent, settled. One cut off in between is unknown, not unsent."""

import asyncio
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.connectors.http import Api
from audience_sync.flows.steps.ahead import Ahead
from audience_sync.flows.steps.certainty import UNANSWERED, is_whole
from audience_sync.flows.steps.outcome import Outcome
from audience_sync.flows.steps.sending import Content, End, Sending, maker_of, send
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
        connection = await session.connection()
        if not await connection.run_sync(batches.goes_on, run_id):
            return Outcome.STOP
        traffic = Traffic(app, window)
        sendings = await connection.run_sync(traffic.begin)
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

    They travel in lanes, one behind the other; one transaction writes down who came back and who goes next. A worker
    that was thought dead and wakes up finds that its batches were begun anew by another one, and sends no more.
    """

    def __init__(self, app: App, window: Window) -> None:
        rows = window.rows
        self._app, self._window = app, window
        self._lanes = app.connector(rows.audience.platform).card.parallel
        self._make = maker_of(app, rows, Action(window.batches[0].action))
        self._api: Api = app.api_of(rows.connection, rows.account)
        self._waiting = deque(window.batches)
        self._turn = asyncio.Lock()
        self._problems: list[BaseException] = []
        self._outcome, self._is_over = Outcome.GO, False

    def begin(self, connection: Connection) -> list[Sending]:
        """The first of each lane is on its way for all that is known."""
        firsts = (self._next(connection) for _ in range(self._lanes))
        return [sending for sending in firsts if sending]

    async def flow(self, sendings: Sequence[Sending]) -> str:
        """All that were written down have come back; the first problem is raised when nothing is under way any more."""
        contents = Ahead(partial(self._make, batch) for batch in self._window.batches)
        try:
            lanes = [self._lane(sending, contents.next(), contents) for sending in sendings]
            # Nothing outlives the window: whoever is cut off under way stays in doubt.
            ends = await asyncio.gather(*lanes, return_exceptions=True)
        finally:
            contents.stop()
        problems = [end for end in ends if end] + self._problems
        if problems:
            raise problems[0]
        if self._waiting and self._app.stopping.asked and self._outcome is Outcome.GO:
            # The step has not ended: the engine begins it again at the next worker, which finds what was sent.
            raise asyncio.CancelledError
        return self._outcome

    async def _lane(self, sending: Sending | None, content: asyncio.Task[Content], contents: Ahead[Content]) -> None:
        """Each of them has come back. Where one lane ends, however that is, the others begin nothing more."""
        try:
            while sending:
                end = await send(self._app, replace(self._api, endings=Counter()), sending, content)
                # Contents come in the order in which their batches were written down.
                async with self._turn:
                    sending = await self._app.database.at_once(partial(self._write_down, end))
                    content = contents.next() if sending else content
        finally:
            self._is_over = True

    def _write_down(self, end: End, connection: Connection) -> Sending | None:
        """Who goes next, now that it is known what became of this one."""
        self._settle(connection, end)
        if end.problem:
            self._problems.append(end.problem)
            self._is_over = True
        return self._next(connection)

    def _settle(self, connection: Connection, end: End) -> None:
        sending = end.sending
        kept = {UNANSWERED: True} if end.unheard or sending.receipt.get(UNANSWERED) else {}
        receipt = {**(sending.receipt if end.answer is None else end.answer), **kept}
        told = {"status": end.status, "answered_at": self._app.now(), "error": end.error or {}, "receipt": receipt}
        if not batches.answer(connection, sending.batch, sending.attempt, **told):
            self._is_over = True
            log.warning("a batch was begun anew elsewhere", run=sending.batch.run_id, batch=sending.batch.number)

    def _next(self, connection: Connection) -> Sending | None:
        """The next one is on its way for all that is known; None where none may go any more."""
        if self._is_over or not self._waiting or self._app.stopping.asked:
            return None
        batch = self._waiting[0]
        # A worker died over one that is still under way.
        receipt = {**batch.receipt, UNANSWERED: True} if batch.status == "sending" else dict(batch.receipt)
        if not batches.doubt(connection, batch, receipt, now=self._app.now()):
            self._outcome, self._is_over = Outcome.STOP, True
            return None
        side = self._window.sides[batch.action]
        last = batch.number == side.last
        return Sending(
            self._window.rows,
            self._waiting.popleft(),
            attempt=batch.attempts + 1,
            receipt=receipt,
            last=last,
            total_rows=side.rows,
            begun_at=self._window.begun_at,
            references=batches.references(connection, batch) if last else (),
        )
