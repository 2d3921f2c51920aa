"""Fourth step: the platform has taken the batches in, and has been asked for size and state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from audience_sync.app import App
from audience_sync.errors import PlatformError, Rejected, TooSmall
from audience_sync.flows.measures import measured, stored
from audience_sync.flows.steps.certainty import NEVER_SETTLED
from audience_sync.flows.steps.outcome import Outcome, described, wait
from audience_sync.model.cards import Settling
from audience_sync.model.platforms import Receipt
from audience_sync.store import runs
from audience_sync.store.audiences import BatchRow
from audience_sync.store.runs import RunRows

log = structlog.get_logger(__name__)

AT_ONCE_SECONDS = 30.0
"""A platform that may be done within this time is asked right after the upload, too."""


@dataclass(frozen=True, slots=True)
class Question:
    """Batches that settle together, by one reference."""

    reference: str
    batches: tuple[BatchRow, ...]

    @property
    def asked(self) -> int:
        return int(self.batches[-1].receipt.get("asked", 0))

    @property
    def sent_at(self) -> datetime | None:
        return self.batches[-1].answered_at


async def settle(app: App, run_id: str) -> str:
    """Every receipt is settled and the size is known, or the run waits as `settling` and this step comes again."""
    async with app.database.write() as session:
        await runs.change(session, run_id, step="processing")
        cancelled = (await runs.load(session, run_id)).run.cancel_requested
    if not cancelled and await settle_sent(app, run_id) == Outcome.WAIT:
        return Outcome.WAIT
    await _measure(app, run_id)
    return Outcome.GO


async def settle_sent(app: App, run_id: str) -> str:
    """Every batch that was sent so far is settled or rejected, or the run waits as `settling`."""
    async with app.database.read() as session:
        rows = await runs.load(session, run_id)
        batches = await runs.batches(session, run_id)
    if rows.run.cancel_requested:
        return Outcome.STOP
    policy = _policy(app, rows)
    waits = [await _answered(app, rows, question, policy) for question in _questions(batches)]
    if not any(waits):
        return Outcome.GO
    seconds = min(seconds for seconds in waits if seconds)
    name = app.connector(rows.audience.platform).card.name
    return await wait(app, run_id, seconds, why=f"Delivered; {name} is processing it.", status="settling")


def _policy(app: App, rows: RunRows) -> Settling:
    """When to ask, by the card; a setting may say when first."""
    policy = app.connector(rows.audience.platform).card.settling
    first = app.settings.of_platform(rows.audience.platform, "first_check_seconds")
    return Settling(float(first), policy.growth, policy.most, policy.give_up) if first else policy


def _questions(batches: Sequence[BatchRow]) -> list[Question]:
    """What is to be asked: one question per reference."""
    groups: dict[str, list[BatchRow]] = {}
    for batch in batches:
        if batch.status == "accepted":
            groups.setdefault(str(batch.receipt.get("reference", "")), []).append(batch)
    return [Question(reference, tuple(group)) for reference, group in groups.items()]


async def _answered(app: App, rows: RunRows, question: Question, policy: Settling) -> float:
    """0 when the question's batches are settled or rejected; else the seconds before it is asked again."""
    if all(batch.receipt.get("settled", True) for batch in question.batches):
        await _keep(app, question, status="settled")
        return 0.0
    early = _too_early(app, question, policy)
    if early > 0:
        return early
    last = Receipt(settled=False, reference=question.reference)
    try:
        receipt = await app.connector(rows.audience.platform).check(
            app.api_of(rows.connection, rows.account), rows.target, last
        )
    except (Rejected, TooSmall) as problem:
        await _keep(app, question, status="rejected", error=described(problem))
        return 0.0
    if receipt.settled:
        await _keep(app, question, status="settled", receipt=receipt)
        return 0.0
    return await _ask_later(app, question, policy)


def _too_early(app: App, question: Question, policy: Settling) -> float:
    """Seconds before a platform that takes long is asked for the first time."""
    if question.asked or question.sent_at is None or policy.first <= AT_ONCE_SECONDS:
        return 0.0
    return (question.sent_at + timedelta(seconds=policy.first) - app.now()).total_seconds()


async def _ask_later(app: App, question: Question, policy: Settling) -> float:
    """Seconds before the next question; 0 when the answer counts as never coming, and the batches as unknown."""
    if question.sent_at and app.now() - question.sent_at > timedelta(seconds=policy.give_up):
        never = Rejected(
            "The platform did not say in time what became of this batch.",
            "Its keys stay in doubt and are sent or removed again by the next sync.",
            code=NEVER_SETTLED,
        )
        await _keep(app, question, status="rejected", error=described(never))
        return 0.0
    await _keep(app, question, status="accepted", asked=question.asked + 1)
    return policy.pause(question.asked)


async def _keep(
    app: App,
    question: Question,
    *,
    status: str,
    receipt: Receipt | None = None,
    error: dict[str, object] | None = None,
    asked: int = 0,
) -> None:
    """What became of the question's batches is on their rows; counts that come late stand on the last of them."""
    late: dict[str, object] = {}
    if receipt is not None and receipt.invalid:
        before = int(question.batches[-1].receipt.get("invalid") or 0)
        late = {
            "refused_late": receipt.invalid,
            "again": receipt.again,
            "invalid": before + receipt.invalid,
            "samples": list(receipt.samples),
        }
    told: dict[str, object] = {}
    if receipt is not None and receipt.match_high is not None:
        told = {"match_low": receipt.match_low, "match_high": receipt.match_high}
    async with app.database.write() as session:
        for batch in question.batches:
            row = await session.get_one(BatchRow, (batch.run_id, batch.number))
            news = late if batch is question.batches[-1] else {}
            more = {"asked": asked} if asked else {"settled": True}
            row.status, row.receipt, row.error = status, {**row.receipt, **told, **news, **more}, error or {}


async def _measure(app: App, run_id: str) -> None:
    """Size and state are on the run. A platform that does not answer now is asked again later by the schedule."""
    async with app.database.read() as session:
        rows = await runs.load(session, run_id)
    if not rows.audience.remote_id:
        return
    try:
        facts = await measured(app, rows.audience, rows.account, rows.connection)
    except PlatformError as problem:
        log.info("size not known yet", run=run_id, code=problem.code)
        return
    async with app.database.write() as session:
        await runs.change(session, run_id, facts=stored(facts))
