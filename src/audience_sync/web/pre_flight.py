"""The sync of one audience: what it would change, what it will cost, and its start."""

from dataclasses import replace
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from audience_sync.errors import GuardrailBroken, Refusal
from audience_sync.flows import audiences, runs
from audience_sync.model.plans import Operation
from audience_sync.web.access import Syncer, pages
from audience_sync.web.forms import Form, Text, Tick, refused
from audience_sync.web.visit import Visit

routes = pages()
Words = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
KINDS = (
    (
        Operation.UPDATE,
        "Incremental (add/remove changes only)",
        "Sends who came, changed or left since the last sync. Quick, and right for every day.",
    ),
    (
        Operation.REPLACE,
        "Full replace (replace entire audience)",
        "Sends everybody again, and whoever else is in the audience goes. For repairing one that was changed by hand.",
    ),
)
"""Kinds of sync: value, the specification's label, and what it does."""

UNAPPROVED = {"approve": "Nothing was sent: approve this sync, or cancel it."}


@routes.get("/audiences/{audience_id}/sync")
async def ask(visit: Syncer, audience_id: str, operation: Words = Operation.UPDATE) -> Response:
    """What a sync would change now; nothing is sent yet."""
    return await _pre_flight(visit, audience_id, Form({"operation": operation}))


@routes.post("/audiences/{audience_id}/sync")
async def begin(
    visit: Syncer, audience_id: str, plan_id: Text = "", operation: Text = Operation.UPDATE, approve: Tick = False
) -> Response:
    """A run of exactly the plan that was shown; one of the other kind is shown before it runs.

    An approval is of that plan: another one that is shown instead is to be approved anew.
    """
    form = Form({"plan_id": plan_id, "operation": operation})
    try:
        plan = await runs.plan(visit.app, visit.actor, plan_id)
        if plan.operation != operation:
            return await _pre_flight(visit, audience_id, form)
        run = await runs.start(visit.app, visit.actor, audience_id, plan_id=plan_id, approve=approve)
    except GuardrailBroken as problem:
        return await _pre_flight(visit, audience_id, replace(form, errors=UNAPPROVED), status=problem.status)
    except Refusal as problem:
        return await _pre_flight(visit, audience_id, refused(problem, form.values, {}), status=problem.status)
    return visit.go(f"/runs/{run.id}")


async def _pre_flight(visit: Visit, audience_id: str, form: Form, *, status: int = 200) -> Response:
    """The confirm dialog: a plan made now, and what it will cost."""
    return visit.page(
        "audiences/sync.html",
        status=status,
        form=form,
        audience=await audiences.get(visit.app, visit.actor, audience_id),
        plan=await runs.preview(visit.app, visit.actor, audience_id, str(form.value("operation"))),
        kinds=KINDS,
    )
