"""What a platform that works requests off by itself may still do of a run after it, because its answer was lost."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from audience_sync.app import App
from audience_sync.flows.steps.certainty import is_unanswered
from audience_sync.ledger.unanswered import Unanswered
from audience_sync.store.audiences import BatchRow
from audience_sync.store.runs import RunRows


def unanswered(app: App, rows: RunRows, batches: Sequence[BatchRow]) -> Unanswered:
    """The run's batches with a request of unknown outcome; none where a platform is done when it answers."""
    if rows.plan is None:
        raise ValueError("A ledger is closed by a plan.")
    hours = app.connector(rows.audience.platform).card.processing_hours
    return Unanswered(
        batches=tuple(batch.number for batch in batches if hours and is_unanswered(batch)),
        until=_moment(app.now() + timedelta(hours=hours)),
        planned_at=_moment(rows.plan.created_at),
    )


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
