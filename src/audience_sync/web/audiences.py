"""Platform audiences: the list, and the sync of one with its pre-flight."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import Response

from audience_sync.errors import Refusal
from audience_sync.flows import audiences, runs
from audience_sync.model.plans import Operation
from audience_sync.web.access import Reader, Syncer, pages
from audience_sync.web.forms import Form, Text, refused
from audience_sync.web.visit import Visit

routes = pages()
Words = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
KINDS = {
    Operation.UPDATE: ("Incremental", "Incremental (add/remove changes only): quick, and right for every day."),
    Operation.REPLACE: (
        "Full replace",
        "Full replace (replace entire audience): everybody is sent, and whoever else is there goes.",
    ),
}


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


@routes.get("/audiences/{audience_id}/sync")
async def ask(visit: Syncer, audience_id: str, operation: Words = Operation.UPDATE) -> Response:
    """What a sync would change now; nothing is sent yet."""
    return await _pre_flight(visit, audience_id, operation, Form({}))


@routes.post("/audiences/{audience_id}/sync")
async def begin(visit: Syncer, audience_id: str, plan_id: Text = "", operation: Text = Operation.UPDATE) -> Response:
    """A run of exactly the plan that was shown."""
    try:
        run = await runs.start(visit.app, visit.actor, audience_id, operation=operation, plan_id=plan_id or None)
    except Refusal as problem:
        form = refused(problem, {"plan_id": plan_id, "operation": operation}, {})
        return await _pre_flight(visit, audience_id, operation, form, status=problem.status)
    return visit.go(f"/runs/{run.id}")


async def _pre_flight(visit: Visit, audience_id: str, operation: str, form: Form, *, status: int = 200) -> Response:
    """The confirm dialog: a plan made now, and what it will cost."""
    return visit.page(
        "audiences/sync.html",
        status=status,
        form=form,
        audience=await audiences.get(visit.app, visit.actor, audience_id),
        plan=await runs.preview(visit.app, visit.actor, audience_id, operation),
        kinds=KINDS,
        operation=operation,
    )
