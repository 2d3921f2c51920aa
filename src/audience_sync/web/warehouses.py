"""Warehouses, for administrators: the list, one of them with its pulls, its test, and its end."""

from fastapi.responses import Response

from audience_sync.errors import AudienceSyncError, Invalid
from audience_sync.flows import pulls, warehouses
from audience_sync.flows.warehousing.looking import Tested
from audience_sync.flows.warehousing.showing import WarehouseView
from audience_sync.web.access import Admin, pages
from audience_sync.web.forms import Form, Text, refused
from audience_sync.web.visit import Visit
from audience_sync.web.warehouse_columns import label_of
from audience_sync.web.warehouse_pulls import progress_of
from audience_sync.web.warehouse_words import STATES, TRIGGERS, every, percent_of, title_of
from audience_sync.web.words import plural

routes = pages()
LIST = "/warehouses"
KEEP, REMOVE = "keep", "remove"
"""What becomes of the profiles of a warehouse that is deleted."""
PULLS_SHOWN = 50


@routes.get("/warehouses")
async def show(visit: Admin) -> Response:
    """All of them by name; what is pulled now moves."""
    found = await warehouses.list_warehouses(visit.app, visit.actor)
    return visit.page("warehouses/list.html", status=200, warehouses=found, **await _words(visit))


@routes.get("/warehouses/{warehouse_id}/row")
async def row(visit: Admin, warehouse_id: str) -> Response:
    """One row of the list, asked for again while its pull is under way."""
    warehouse = await warehouses.get(visit.app, visit.actor, warehouse_id)
    return visit.page("warehouses/row.html", status=200, each=warehouse, **await _words(visit))


@routes.get("/warehouses/{warehouse_id}")
async def one(visit: Admin, warehouse_id: str) -> Response:
    """What it is, and what its pulls did."""
    return await _one(visit, await warehouses.get(visit.app, visit.actor, warehouse_id))


@routes.post("/warehouses/{warehouse_id}/test")
async def test(visit: Admin, warehouse_id: str) -> Response:
    """The same, with what answered or why nothing did."""
    warehouse = await warehouses.get(visit.app, visit.actor, warehouse_id)
    try:
        answered = await warehouses.test(visit.app, visit.actor, warehouse_id)
    except AudienceSyncError as problem:
        return await _one(visit, warehouse, problem=problem)
    return await _one(visit, warehouse, answered=answered)


@routes.get("/warehouses/{warehouse_id}/delete")
async def ask_delete(visit: Admin, warehouse_id: str) -> Response:
    """Asks what is to become of its profiles, and for its name to be typed."""
    return await _delete(visit, await warehouses.get(visit.app, visit.actor, warehouse_id), Form())


@routes.post("/warehouses/{warehouse_id}/delete")
async def delete(visit: Admin, warehouse_id: str, profiles: Text = "", confirmed_name: Text = "") -> Response:
    """There is no such warehouse any more."""
    warehouse = await warehouses.get(visit.app, visit.actor, warehouse_id)
    try:
        _require_confirmed(warehouse, profiles, confirmed_name)
        left = await warehouses.delete(visit.app, visit.actor, warehouse_id, delete_profiles=profiles == REMOVE)
    except AudienceSyncError as problem:
        form = refused(problem, {"profiles": profiles}, {})
        return await _delete(visit, warehouse, form, status=problem.status)
    gone = f"{plural(left.profiles, 'profile')} left with it." if profiles == REMOVE else "Its profiles stay."
    return visit.go(LIST, f"{warehouse.name} is deleted. {gone} {left.states.told}".rstrip())


def _require_confirmed(warehouse: WarehouseView, profiles: str, typed: str) -> None:
    if profiles not in (KEEP, REMOVE):
        raise Invalid("Say what is to become of its profiles.", details={"field": "profiles"})
    if typed.strip() != warehouse.name:
        raise Invalid(
            "That is not its name; nothing was deleted.", code="NOT_CONFIRMED", details={"field": "confirmed_name"}
        )


async def _one(
    visit: Visit,
    warehouse: WarehouseView,
    *,
    answered: Tested | None = None,
    problem: AudienceSyncError | None = None,
) -> Response:
    found = await pulls.list_pulls(visit.app, visit.actor, warehouse.id, limit=PULLS_SHOWN)
    return visit.page(
        "warehouses/one.html",
        status=200,
        warehouse=warehouse,
        pulls=found.items,
        answered=answered,
        problem=problem,
        triggers=TRIGGERS,
        label_of=label_of,
        **await _words(visit),
        **progress_of(warehouse.last_pull),
    )


async def _delete(visit: Visit, warehouse: WarehouseView, form: Form, *, status: int = 200) -> Response:
    held = (await warehouses.held(visit.app, visit.actor)).get(warehouse.id, 0)
    return visit.page("warehouses/delete.html", status=status, warehouse=warehouse, form=form, held=held)


async def _words(visit: Visit) -> dict[str, object]:
    """What templates need to tell of any warehouse."""
    held = await warehouses.held(visit.app, visit.actor)
    return {"held": held, "states": STATES, "every": every, "title_of": title_of, "percent_of": percent_of}
