"""Platform audiences: the list."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import Response

from audience_sync.flows import audiences
from audience_sync.web.access import Reader, pages

routes = pages()
Words = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


@routes.get("/audiences")
async def show(visit: Reader, platform: Words = "", search: Words = "", cursor: Words = "") -> Response:
    """Audiences by name."""
    found = await audiences.list_audiences(
        visit.app, visit.actor, platform=platform, search=search, cursor=cursor, limit=25
    )
    kept = urlencode({name: value for name, value in (("platform", platform), ("search", search)) if value})
    return visit.page(
        "audiences/list.html",
        found=found,
        search=search,
        platform=platform,
        platforms=[("", "All platforms"), *((each, one.card.name) for each, one in visit.app.connectors.items())],
        next_href=f"?{kept}&{urlencode({'cursor': found.next_cursor})}" if found.next_cursor else "",
        first_href=f"?{kept}" if cursor else "",
    )


@routes.get("/audiences/{audience_id}")
async def one(visit: Reader, audience_id: str) -> Response:
    """On to the audience's history, which is its page."""
    found = await audiences.get(visit.app, visit.actor, audience_id)
    return visit.go(f"/audiences/{found.id}/history")
