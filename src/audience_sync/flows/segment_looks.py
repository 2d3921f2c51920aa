"""A segment with who is in it, counted once."""

from dataclasses import dataclass

from audience_sync.app import App
from audience_sync.errors import AudienceSyncError
from audience_sync.flows.segments import SegmentView, loaded, previewed, view_of
from audience_sync.flows.sizes import Size
from audience_sync.model.permissions import Actor, Permission
from audience_sync.sources.protocol import Preview


@dataclass(frozen=True, slots=True)
class SegmentLook:
    """A segment and who is in it; `preview` is None when it could not be counted, and the size says why."""

    segment: SegmentView
    preview: Preview | None


async def look(app: App, actor: Actor, segment_id: str) -> SegmentLook:
    """The segment with its preview: all its figures are of one moment."""
    actor.require(Permission.READ)
    row, audiences = await loaded(app, segment_id)
    as_of = app.now()
    try:
        seen = await previewed(app, row.definition)
    except AudienceSyncError as problem:
        return SegmentLook(view_of(row, Size(as_of, problem=str(problem)), audiences), None)
    size = Size(seen.as_of, seen.size, seen.eligible, seen.withheld)
    return SegmentLook(view_of(row, size, audiences), seen)
