"""Pulls of warehouses on the pages: asked for, watched while they move, stopped."""

from fastapi.responses import Response

from audience_sync.errors import Conflict
from audience_sync.flows import pulls, warehouses
from audience_sync.flows.warehousing.showing import PullView
from audience_sync.web.access import Admin, pages
from audience_sync.web.live import Frame, stream
from audience_sync.web.visit import Visit
from audience_sync.web.warehouse_words import percent_of, steps_of

routes = pages()


@routes.post("/warehouses/{warehouse_id}/pull")
async def start(visit: Admin, warehouse_id: str) -> Response:
    """A queued pull, on whose progress one looks."""
    return await _start(visit, warehouse_id)


@routes.get("/warehouses/{warehouse_id}/believe")
async def ask_believe(visit: Admin, warehouse_id: str) -> Response:
    """Asks once, and says who leaves and from where."""
    warehouse = await warehouses.get(visit.app, visit.actor, warehouse_id)
    return visit.page("warehouses/believe.html", warehouse=warehouse)


@routes.post("/warehouses/{warehouse_id}/believe")
async def believe(visit: Admin, warehouse_id: str) -> Response:
    """A queued pull in which any number of profiles may leave."""
    return await _start(visit, warehouse_id, believe_gone=True)


@routes.get("/pulls/{pull_id}/events")
async def events(visit: Admin, pull_id: str) -> Response:
    """The pull's progress, until it ends."""

    async def look() -> Frame:
        pull = await pulls.get(visit.app, visit.actor, pull_id)
        html = visit.fragment("warehouses/progress.html", **progress_of(pull))
        return Frame(html, is_last=pull.ended_at is not None)

    await pulls.get(visit.app, visit.actor, pull_id)
    return stream(visit, look)


@routes.post("/pulls/{pull_id}/cancel")
async def cancel(visit: Admin, pull_id: str) -> Response:
    """The pull stops and changes nothing; one that has ended is simply shown."""
    pull = await pulls.get(visit.app, visit.actor, pull_id)
    try:
        await pulls.cancel(visit.app, visit.actor, pull_id)
    except Conflict as problem:
        return visit.go(f"/warehouses/{pull.warehouse_id}", problem.message)
    return visit.go(f"/warehouses/{pull.warehouse_id}", "The pull stops and changes nothing.")


def progress_of(pull: PullView | None) -> dict[str, object]:
    """What the part that moves shows; None for a warehouse without a pull."""
    steps, percent = (steps_of(pull), percent_of(pull)) if pull else ([], None)
    return {"pull": pull, "steps": steps, "percent": percent}


async def _start(visit: Visit, warehouse_id: str, *, believe_gone: bool = False) -> Response:
    try:
        await pulls.start(visit.app, visit.actor, warehouse_id, believe_gone=believe_gone)
    except Conflict as problem:
        return visit.go(f"/warehouses/{warehouse_id}", problem.message)
    return visit.go(f"/warehouses/{warehouse_id}")
