"""Warehouses and their pulls as they are shown: never with an address that opens anything."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audience_sync.store.warehouses import Pull, Warehouse


@dataclass(frozen=True, slots=True)
class PullView:
    """A pull. `rows` are those read so far; `total` those expected, None where the warehouse cannot say.

    Once it is completed: rows = taken + refused; taken = created + updated + unchanged + repeated. `removed` are
    profiles that an earlier pull gave and this one did not.
    """

    id: str
    warehouse_id: str
    trigger: str
    status: str
    step: str
    """connecting, reading or storing while it runs."""
    rows: int
    fetched: int
    """Rows that left the warehouse: all, or the new and changed ones when it compares within itself."""
    total: int | None
    rows_per_second: int
    seconds: float
    """Spent reading and storing, so far or in all."""
    taken: int
    refused: int
    reasons: dict[str, int]
    created: int
    updated: int
    unchanged: int
    repeated: int
    removed: int
    snapshot: str
    error: dict[str, Any]
    by: str
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class WarehouseView:
    """A warehouse, its credentials left out. `interval_hours` 0: it is pulled by hand only."""

    id: str
    name: str
    kind: str
    address: str
    sql: str
    mapping: dict[str, str]
    seconds: float
    most_gone_percent: int
    interval_hours: int
    state: str
    next_pull_at: datetime | None
    last_pull: PullView | None
    by: str
    created_at: datetime
    updated_at: datetime


def pull_view(row: Pull) -> PullView:
    """The row for REST and the command line."""
    return PullView(
        id=row.id,
        warehouse_id=row.warehouse_id,
        trigger=row.trigger,
        status=row.status,
        step=row.step,
        rows=row.rows,
        fetched=row.fetched,
        total=row.total,
        rows_per_second=int(row.rows / row.seconds) if row.seconds else 0,
        seconds=row.seconds,
        taken=row.taken,
        refused=row.refused,
        reasons=row.reasons,
        created=row.created,
        updated=row.updated,
        unchanged=row.unchanged,
        repeated=row.repeated,
        removed=row.removed,
        snapshot=row.snapshot,
        error=row.error,
        by=row.actor_name,
        cancel_requested=row.cancel_requested,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def warehouse_view(row: Warehouse, last: Pull | None) -> WarehouseView:
    """The row for REST and the command line."""
    return WarehouseView(
        id=row.id,
        name=row.name,
        kind=row.kind,
        address=row.shown,
        sql=row.sql,
        mapping=row.mapping,
        seconds=row.seconds,
        most_gone_percent=row.most_gone_percent,
        interval_hours=row.interval_hours,
        state=row.state,
        next_pull_at=row.next_pull_at,
        last_pull=pull_view(last) if last else None,
        by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
