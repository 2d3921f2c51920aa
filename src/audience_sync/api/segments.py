"""Segments: make by rules, SQL or a list; look, preview, change, delete."""

from typing import Annotated, Any

from fastapi import Response
from pydantic import Field, model_validator

from audience_sync.api.access import Belt, Creator, Reader
from audience_sync.api.failures import problems
from audience_sync.api.nouns import BASE, Body, Cursor, Id, Limit, Name, Search, Words, router
from audience_sync.api.repeats import ONCE
from audience_sync.errors import Conflict, NotFound, SourceError
from audience_sync.flows import segments
from audience_sync.flows.segments import SegmentDraft, SegmentView
from audience_sync.flows.views import Page
from audience_sync.model.segments import ListKind
from audience_sync.sources.protocol import Catalog, MaskedProfile, Preview

routes = router("Segments")

BIG_SPENDERS = {
    "type": "rules",
    "rules": {"event": "purchase", "sum": "amount_usd", "op": "at_least", "value": 100, "last_days": 180},
}
Definition = Annotated[dict[str, Any], Field(examples=[BIG_SPENDERS])]
MOST_VALUES = 200_000


class FixedList(Body):
    """People by name: nothing is looked up later."""

    kind: ListKind
    """What the values are."""
    values: tuple[str, ...] = Field(min_length=1, max_length=MOST_VALUES, examples=[["p-1", "p-2"]])


class NewSegment(Body):
    """A named set of profiles: give `definition`, or `list`."""

    name: Name = Field(examples=["High Value Customers"])
    description: Words = ""
    definition: Definition | None = None
    """Rules or SQL: `{"type": "rules", "rules": …}` or `{"type": "sql", "sql": …}`."""
    list: FixedList | None = None
    """A fixed list of profile ids, e-mails or phones."""

    @model_validator(mode="after")
    def _one_way(self) -> "NewSegment":
        if (self.definition is None) == (self.list is None):
            raise ValueError("give either definition or list")
        return self


class ChangedSegment(Body):
    """What is to be different; what is left out, or null, stays."""

    name: Name | None = None
    description: Words | None = None
    definition: Definition | None = None


class WantedPreview(Body):
    """A definition that is not kept."""

    definition: Definition


@routes.get("/segments", summary="List segments")
async def list_segments(
    app: Belt, actor: Reader, search: Search = "", cursor: Cursor = "", limit: Limit = 50
) -> Page[SegmentView]:
    """Segments by name, each with its size now."""
    return await segments.list_segments(app, actor, search=search, after=cursor, limit=limit)


@routes.post(
    "/segments",
    status_code=201,
    summary="Create a segment",
    dependencies=[ONCE],
    responses=problems(Conflict, SourceError),
)
async def create_segment(app: Belt, actor: Creator, wanted: NewSegment, response: Response) -> SegmentView:
    """The new segment, counted."""
    if wanted.list is not None:
        name, fixed = wanted.name, wanted.list
        made = await segments.create_list(
            app, actor, name, fixed.kind, values=fixed.values, description=wanted.description
        )
    else:
        draft = SegmentDraft(wanted.name, wanted.definition or {}, wanted.description)
        made = await segments.create(app, actor, draft)
    response.headers["Location"] = f"{BASE}/segments/{made.id}"
    return made


@routes.post("/segments/preview", summary="Preview a segment", responses=problems(SourceError))
async def preview_segment(app: Belt, actor: Creator, wanted: WantedPreview) -> Preview:
    """Size, coverage per kind of identifier, and a masked sample. Nothing is kept."""
    return await segments.preview(app, actor, wanted.definition)


@routes.get("/segments/{segment_id}", summary="Look at a segment", responses=problems(NotFound))
async def get_segment(app: Belt, actor: Reader, segment_id: Id) -> SegmentView:
    """One segment, with its size now."""
    return await segments.get(app, actor, segment_id)


@routes.patch("/segments/{segment_id}", summary="Change a segment", responses=problems(NotFound, Conflict, SourceError))
async def change_segment(app: Belt, actor: Creator, segment_id: Id, wanted: ChangedSegment) -> SegmentView:
    """It is as wanted. Its audiences follow with their next sync."""
    return await segments.update(app, actor, segment_id, **wanted.model_dump())


@routes.delete(
    "/segments/{segment_id}",
    status_code=204,
    summary="Delete a segment",
    response_class=Response,
    responses=problems(NotFound, Conflict),
)
async def delete_segment(app: Belt, actor: Creator, segment_id: Id) -> Response:
    """There is no such segment any more. One that audiences are kept equal to cannot be deleted."""
    await segments.delete(app, actor, segment_id)
    return Response(status_code=204)


@routes.get(
    "/segments/{segment_id}/members", summary="List a segment's members", responses=problems(NotFound, SourceError)
)
async def list_members(
    app: Belt, actor: Reader, segment_id: Id, cursor: Cursor = "", limit: Limit = 50
) -> Page[MaskedProfile]:
    """The profiles in it, by id, masked: enough to recognise the kind of data, never a person."""
    return await segments.members(app, actor, segment_id, after=cursor, limit=limit)


@routes.get("/catalog", summary="List what rules may speak of")
async def get_catalog(app: Belt, actor: Reader) -> Catalog:
    """Attributes, traits, events with their properties, consents and identifiers, each with its type."""
    return await segments.catalog(app, actor)
