"""Platform audiences: the list."""

from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query
from fastapi.responses import Response

from audience_sync.flows import audiences, under_way
from audience_sync.flows.audience_queries import Sort
from audience_sync.flows.views import Health
from audience_sync.web.access import Reader, pages

routes = pages()
Words = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
PATH = "/audiences"
PER_PAGE = 25
TABLE, CARDS = "table", "cards"
VIEWS = ((TABLE, "Table"), (CARDS, "Cards"))
SORTS = (
    (Sort.NAME.value, "Name"),
    (f"-{Sort.SIZE}", "Largest first"),
    (f"-{Sort.MATCH}", "Best match rate first"),
    (f"-{Sort.SYNCED}", "Last synced first"),
    (Sort.SYNCED.value, "Longest not synced first"),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of the list is shown, and how: all of it stands in the address."""

    platform: Words = ""
    segment: Words = ""
    health: Words = ""
    search: Words = ""
    sort: Words = Sort.NAME.value
    view: Words = TABLE

    @property
    def is_filtered(self) -> bool:
        return bool(self.platform or self.segment or self.health or self.search)

    def without(self, *names: str) -> str:
        """The address with everything but these, up to the value of one that is added: `/audiences?search=x&`."""
        kept = {name: value for name, value in self._told().items() if name not in names}
        return f"{PATH}?{urlencode(kept)}{'&' if kept else ''}"

    def all(self) -> str:
        """The address without any filter."""
        return Chosen(sort=self.sort, view=self.view).without().rstrip("?&")

    def _told(self) -> dict[str, str]:
        """What is not as it is without saying."""
        usual = Chosen()
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name) != getattr(usual, name)}


@routes.get("/audiences")
async def show(visit: Reader, chosen: Annotated[Chosen, Depends()], cursor: Words = "") -> Response:
    """Audiences, filtered and sorted, as a table or as cards."""
    app, actor = visit.app, visit.actor
    found = await audiences.list_audiences(
        app,
        actor,
        platform=chosen.platform,
        segment_id=chosen.segment,
        health=chosen.health,
        search=chosen.search,
        sort=chosen.sort,
        cursor=cursor,
        limit=PER_PAGE,
    )
    return visit.page(
        "audiences/list.html",
        found=found,
        percents=await under_way.percents(app, actor, [each.running for each in found.items if each.running]),
        chosen=replace(chosen, view=chosen.view if chosen.view == CARDS else TABLE),
        platforms=[("", "All platforms"), *((each, one.card.name) for each, one in app.connectors.items())],
        segments=[("", "All segments"), *await audiences.segments_in_use(app, actor)],
        health_choices=[("", "Any health"), *((each.value, each.value) for each in Health)],
        sorts=SORTS,
        views=VIEWS,
        next_href=f"{chosen.without()}{urlencode({'cursor': found.next_cursor})}" if found.next_cursor else "",
        first_href=chosen.without().rstrip("?&") if cursor else "",
    )


@routes.get("/audiences/{audience_id}")
async def one(visit: Reader, audience_id: str) -> Response:
    """On to the audience's history, which is its page."""
    found = await audiences.get(visit.app, visit.actor, audience_id)
    return visit.go(f"/audiences/{found.id}/history")


@routes.get("/audiences/{audience_id}/row")
async def row(visit: Reader, audience_id: str, view: Words = TABLE) -> Response:
    """The audience's part of the list as it is now: a list asks for it while a sync is under way."""
    found = await audiences.get(visit.app, visit.actor, audience_id)
    percents = await under_way.percents(visit.app, visit.actor, [found.running] if found.running else [])
    return visit.page("audiences/row.html", each=found, percents=percents, view=view)
