"""An export as it is shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audience_sync.model.exports import ExportOptions, ExportStatus
from audience_sync.store.exports import Export

NEARLY = 99
"""Per cent at most while the file is not complete."""


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """How far it is: profiles read and to be read. `total` is None until they are counted."""

    percent: int
    rows: int
    total: int | None


@dataclass(frozen=True, slots=True)
class ExportView:
    """An export. `segment_size` = `profiles` + the sum of `withheld` once it is completed."""

    id: str
    segment_id: str
    """Empty once the segment is deleted."""
    segment_name: str
    options: ExportOptions
    readable: bool
    reason: str
    status: str
    progress: ExportProgress
    file_name: str
    """Empty until the file is complete."""
    size_bytes: int
    segment_size: int
    profiles: int
    withheld: dict[str, int]
    downloads: int
    error: dict[str, Any]
    by: str
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


def view_of(row: Export) -> ExportView:
    """The row for REST, pages and the command line."""
    return ExportView(
        id=row.id,
        segment_id=row.segment_id or "",
        segment_name=row.segment_name,
        options=ExportOptions.from_json(row.options),
        readable=row.readable,
        reason=row.reason,
        status=row.status,
        progress=ExportProgress(_percent(row), row.rows, row.total),
        file_name=row.file_name,
        size_bytes=row.size_bytes,
        segment_size=row.segment,
        profiles=row.profiles,
        withheld=row.withheld,
        downloads=row.downloads,
        error=row.error,
        by=row.actor_name,
        cancel_requested=row.cancel_requested,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def _percent(row: Export) -> int:
    if row.status in (ExportStatus.COMPLETED, ExportStatus.EXPIRED):
        return 100
    return min(100 * row.rows // row.total, NEARLY) if row.total else 0
