"""Segments: the list, and one with its size and a masked sample. They are made over REST and at the shell."""

import json
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from audience_sync.flows import segments
from audience_sync.web.access import Reader, pages

routes = pages()
Cursor = Annotated[str, Query(max_length=500, pattern=r"^[^\x00]*$")]
SAMPLE = 10


@routes.get("/segments")
async def show(visit: Reader, cursor: Cursor = "") -> Response:
    """Segments by name, each with its size now."""
    found = await segments.list_segments(visit.app, visit.actor, after=cursor, limit=25)
    return visit.page("segments/list.html", found=found, cursor=cursor)


@routes.get("/segments/{segment_id}")
async def one(visit: Reader, segment_id: str) -> Response:
    """One segment: who is in it, by number and by a masked sample, and its definition."""
    segment = await segments.get(visit.app, visit.actor, segment_id)
    sample = await segments.members(visit.app, visit.actor, segment_id, limit=SAMPLE)
    definition = json.dumps(dict(segment.definition), indent=2, ensure_ascii=False)
    return visit.page("segments/one.html", segment=segment, sample=sample.items, definition=definition)
