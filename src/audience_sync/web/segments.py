"""Segments: the list, and one with who is in it, who uses it, and the way to change or delete it."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import Response

from audience_sync.errors import Invalid, Refusal
from audience_sync.flows import audiences, exports, segments
from audience_sync.flows.segment_looks import look
from audience_sync.flows.segment_uses import uses
from audience_sync.flows.segments import SegmentView
from audience_sync.model.segments import parse_segment
from audience_sync.web.access import Creator, Reader, pages
from audience_sync.web.exports import STATES
from audience_sync.web.forms import Form, Text, refused
from audience_sync.web.segment_preview import covered
from audience_sync.web.segment_words import KINDS, said
from audience_sync.web.visit import Visit

routes = pages()
Words = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
Cursor = Annotated[str, Query(max_length=500, pattern=r"^[^\x00]*$")]
SHOWN = 25
LATEST_EXPORTS = 5


@routes.get("/segments")
async def show(visit: Reader, search: Words = "", kind: Words = "", cursor: Cursor = "") -> Response:
    """Segments by name, each with its kind, its size now, and who uses it."""
    kind = kind if kind in KINDS else ""
    found = await segments.list_segments(visit.app, visit.actor, search=search, kind=kind, after=cursor, limit=SHOWN)
    used = await uses(visit.app, visit.actor, [each.id for each in found.items])
    filters = {name: value for name, value in (("search", search), ("kind", kind)) if value}
    return visit.page(
        "segments/list.html",
        found=found,
        used=used,
        search=search,
        kind=kind,
        kinds=KINDS,
        next_href=f"?{urlencode({**filters, 'cursor': found.next_cursor})}" if found.next_cursor else "",
        first_href=f"/segments?{urlencode(filters)}" if cursor else "",
    )


@routes.get("/segments/{segment_id}")
async def one(visit: Reader, segment_id: str) -> Response:
    """One segment: its definition in words, who is in it, its audiences and its latest exports."""
    seen = await look(visit.app, visit.actor, segment_id)
    held = await audiences.list_audiences(visit.app, visit.actor, segment_id=segment_id, limit=200)
    latest = (
        await exports.list_exports(visit.app, visit.actor, segment_id=segment_id, limit=LATEST_EXPORTS)
        if visit.may("export")
        else None
    )
    definition = seen.segment.definition
    return visit.page(
        "segments/one.html",
        look=seen,
        segment=seen.segment,
        said=said(parse_segment(dict(definition))),
        kind=KINDS[definition["type"]],
        audiences=held.items,
        exports=latest.items if latest else None,
        export_states=STATES,
        covered=covered,
    )


@routes.get("/segments/{segment_id}/edit")
async def edit(visit: Creator, segment_id: str) -> Response:
    """On to the page on which segments of its kind are changed."""
    segment = await segments.get(visit.app, visit.actor, segment_id)
    return visit.go(f"/segments/{segment_id}/{segment.definition['type']}")


@routes.get("/segments/{segment_id}/delete")
async def ask_delete(visit: Creator, segment_id: str) -> Response:
    """Asks for the name, or says which audiences stand in the way."""
    return await _delete(visit, await segments.get(visit.app, visit.actor, segment_id), Form())


@routes.post("/segments/{segment_id}/delete")
async def delete(visit: Creator, segment_id: str, confirmed_name: Text = "") -> Response:
    """There is no such segment any more."""
    segment = await segments.get(visit.app, visit.actor, segment_id)
    try:
        if confirmed_name.strip() != segment.name:
            raise Invalid("That is not its name; nothing was deleted.", code="NOT_CONFIRMED")
        await segments.delete(visit.app, visit.actor, segment_id)
    except Refusal as problem:
        form = refused(problem, {}, {"NOT_CONFIRMED": "confirmed_name"})
        return await _delete(visit, segment, form, status=problem.status)
    return visit.go("/segments", f"{segment.name} is deleted.")


async def _delete(visit: Visit, segment: SegmentView, form: Form, *, status: int = 200) -> Response:
    used = (await uses(visit.app, visit.actor, [segment.id]))[segment.id]
    return visit.page("segments/delete.html", status=status, segment=segment, used=used, form=form)
