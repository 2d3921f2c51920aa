"""How far a run is, in the specification's lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audience_sync.flows.views import ProgressView, StepView
from audience_sync.model.plans import Operation
from audience_sync.store.audiences import BatchRow, Run

ORDER = ("create", "members", "delta", "hashing", "uploading", "processing", "done")
LABELS = {
    "create": "Creating audience on {platform}",
    "members": "Getting segment members",
    "delta": "Calculating delta",
    "hashing": "Hashing identifiers",
    "uploading": "Uploading to {platform}",
    "processing": "Platform processing",
}
CREATION_LABELS = {**LABELS, "uploading": "Uploading {profiles}", "processing": "Processing identifiers"}
"""The specification has lines of its own for the run that creates an audience."""
ANSWERED = ("accepted", "settled", "rejected")
"""States of a batch to which the platform has said something."""
BEGINS_AT = {
    "": 0,
    "create": 2,
    "members": 5,
    "delta": 12,
    "hashing": 18,
    "uploading": 25,
    "processing": 95,
    "done": 100,
}
"""Per cent at which each step begins; uploading moves on with its batches."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the lines speak of. `profiles` that the plan sends; None until there is a plan."""

    platform: str
    profiles: int | None = None


def progress_of(run: Run, batches: Sequence[BatchRow], told: Told, *, now: datetime) -> ProgressView:
    """The run's lines with their states, its per cent, and about how long still."""
    done = [batch for batch in batches if batch.status in ANSWERED]
    rate = _rows_per_second(done, now)
    left = sum(batch.rows for batch in batches) - sum(batch.rows for batch in done)
    return ProgressView(
        percent=percent_of(run, len(done), len(batches)),
        steps=_steps(run, told),
        batches_done=len(done),
        batches=len(batches),
        rows_per_second=rate,
        seconds_left=left / rate if rate and run.step == "uploading" else None,
        waiting_for=run.waiting_for,
        waiting_until=run.not_before,
    )


def percent_of(run: Run, done: int, batches: int) -> int:
    """How far the run is, 0 to 100, when so many of its batches are answered."""
    start = BEGINS_AT[run.step]
    if run.step != "uploading" or not batches:
        return start
    return start + (BEGINS_AT["processing"] - start) * done // batches


def _steps(run: Run, told: Told) -> tuple[StepView, ...]:
    creates = run.operation == Operation.CREATE
    names, labels = (ORDER[:-1], CREATION_LABELS) if creates else (ORDER[1:-1], LABELS)
    words = {"platform": told.platform, "profiles": _profiles(told.profiles)}
    at, ended = ORDER.index(run.step) if run.step else -1, run.ended_at is not None
    return tuple(
        StepView(name, labels[name].format(**words), _state(ORDER.index(name), at, ended=ended)) for name in names
    )


def _profiles(count: int | None) -> str:
    """`1,234 profiles`; without a number while nobody knows it."""
    if count is None:
        return "profiles"
    return f"{count:,} profile{'' if count == 1 else 's'}"


def _state(position: int, at: int, *, ended: bool) -> str:
    if position < at:
        return "done"
    if position > at:
        return "waiting"
    return "stopped" if ended else "running"


def _rows_per_second(done: Sequence[BatchRow], now: datetime) -> float | None:
    """Rows of the answered batches over the time since the first was sent; None before the first answer."""
    begun = [batch.sent_at for batch in done if batch.sent_at]
    answered = [batch.answered_at for batch in done if batch.answered_at]
    if not begun or not answered:
        return None
    seconds = (max(answered) - min(begun)).total_seconds()
    return sum(batch.rows for batch in done) / seconds if seconds > 0 else None
