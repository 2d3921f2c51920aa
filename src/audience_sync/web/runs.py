"""One run: live while it goes on, with all its figures afterwards, and its cancel."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from audience_sync.errors import Conflict
from audience_sync.flows import runs
from audience_sync.flows.views import RunDetail
from audience_sync.web.access import Reader, Syncer, pages
from audience_sync.web.live import Frame, stream
from audience_sync.web.visit import Visit

routes = pages()
Cursor = Annotated[str, Query(max_length=500, pattern=r"^[^\x00]*$")]
REFUSED_SHOWN = 25
BATCHES_SHOWN = 200
"""A run of a million rows has a hundred batches; of more the latest are shown."""


@routes.get("/runs/{run_id}")
async def show(visit: Reader, run_id: str, refused_after: Cursor = "") -> Response:
    """The run as it is now; it moves by itself until it has ended."""
    detail = await runs.get(visit.app, visit.actor, run_id)
    refused = await runs.rejections(visit.app, visit.actor, run_id, after=refused_after, limit=REFUSED_SHOWN)
    return visit.page(
        "runs/one.html",
        detail=detail,
        run=detail.run,
        platform_name=_name(visit, detail),
        batches=detail.batches[-BATCHES_SHOWN:],
        refused=refused,
        refused_after=refused_after,
    )


@routes.get("/runs/{run_id}/events")
async def events(visit: Reader, run_id: str) -> Response:
    """The run's progress, until it has ended."""

    async def look() -> Frame:
        detail = await runs.get(visit.app, visit.actor, run_id)
        html = visit.fragment("runs/live.html", detail=detail, run=detail.run)
        return Frame(html, is_last=detail.run.ended_at is not None)

    await runs.get(visit.app, visit.actor, run_id)
    return stream(visit, look)


@routes.get("/runs/{run_id}/cancel")
async def ask_cancel(visit: Syncer, run_id: str) -> Response:
    """Asks once, and says what stays."""
    return visit.page("runs/cancel.html", detail=await runs.get(visit.app, visit.actor, run_id))


@routes.post("/runs/{run_id}/cancel")
async def cancel(visit: Syncer, run_id: str) -> Response:
    """The run stops after its current batch; one that has ended is simply shown."""
    try:
        await runs.cancel(visit.app, visit.actor, run_id)
    except Conflict as problem:
        return visit.go(f"/runs/{run_id}", problem.message)
    return visit.go(f"/runs/{run_id}", "The run stops after the batch that is on its way.")


def _name(visit: Visit, detail: RunDetail) -> str:
    return visit.app.connector(detail.run.platform).card.name
