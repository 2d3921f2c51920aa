"""Search across segments, audiences and pages: a page of its own, and what the palette shows."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from audience_sync.flows import finding
from audience_sync.web.access import Reader, pages
from audience_sync.web.navigation import NAVIGATION, Entry
from audience_sync.web.visit import Visit

routes = pages()
Words = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


@routes.get("/search")
async def search(visit: Reader, q: Words = "") -> Response:
    """What goes by that name."""
    found = await finding.find(visit.app, visit.actor, q)
    template = "search_results.html" if visit.is_partial else "search.html"
    return visit.page(template, found=found, places=_places(visit, q), q=q)


def _places(visit: Visit, text: str) -> list[Entry]:
    """Pages by their label; all of them while nothing is typed."""
    words = text.strip().lower()
    entries = (entry for group in NAVIGATION for entry in group.entries if visit.may(entry.permission))
    return [entry for entry in entries if words in entry.label.lower()]
