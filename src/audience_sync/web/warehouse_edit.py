"""A warehouse is described or changed: one form, which looks before anything is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fastapi.responses import Response

from audience_sync.errors import AudienceSyncError
from audience_sync.flows import warehouses
from audience_sync.flows.warehousing.looking import Look
from audience_sync.flows.warehousing.showing import WarehouseView
from audience_sync.sources.warehouses.registry import KINDS
from audience_sync.web.access import Admin, pages
from audience_sync.web.forms import Form
from audience_sync.web.segment_form import typed
from audience_sync.web.visit import Visit
from audience_sync.web.warehouse_columns import Column, columns_of, mapping_of, written
from audience_sync.web.warehouse_form import changes_of, draft_of, opened, opened_for, shown_again
from audience_sync.web.warehouse_words import hides, title_of

routes = pages()
NAMELESS = "New warehouse"
"""What is looked at before it has a name."""


@dataclass(frozen=True, slots=True)
class Editing:
    """The page. `found` is what a look brought; `asked` whether one was asked for, whatever became of it."""

    form: Form
    warehouse: WarehouseView | None = None
    found: Look | None = None
    columns: list[Column] = field(default_factory=list)
    asked: bool = False

    @property
    def here(self) -> str:
        return f"/warehouses/{self.warehouse.id}/edit" if self.warehouse else "/warehouses/new"


@routes.get("/warehouses/new")
async def ask(visit: Admin) -> Response:
    """The empty form."""
    return _page(visit, Editing(opened()))


@routes.post("/warehouses/new")
async def make(visit: Admin) -> Response:
    """What a look brings, or the new warehouse."""
    return await _step(visit, None)


@routes.get("/warehouses/{warehouse_id}/edit")
async def edit(visit: Admin, warehouse_id: str) -> Response:
    """The warehouse as it is, without its address."""
    warehouse = await warehouses.get(visit.app, visit.actor, warehouse_id)
    return _page(visit, Editing(opened_for(warehouse), warehouse))


@routes.post("/warehouses/{warehouse_id}/edit")
async def change(visit: Admin, warehouse_id: str) -> Response:
    """What a look brings, or the warehouse is as written."""
    return await _step(visit, await warehouses.get(visit.app, visit.actor, warehouse_id))


async def _step(visit: Visit, warehouse: WarehouseView | None) -> Response:
    texts = await typed(visit)
    page = Editing(shown_again(None, texts), warehouse, asked="save" not in texts)
    try:
        if page.asked:
            return _page(visit, await _looked(visit, page, texts))
        kept = await _kept(visit, warehouse, texts)
    except AudienceSyncError as problem:
        # A look that was refused is an answer, which htmx shows in its place.
        status = 200 if page.asked else problem.status
        return _page(visit, replace(page, form=shown_again(problem, texts)), status=status)
    told = f"{kept.name} is changed." if warehouse else f"{kept.name} is added. Pull it to bring its profiles."
    return visit.go(f"/warehouses/{kept.id}", told)


async def _kept(visit: Visit, warehouse: WarehouseView | None, texts: Mapping[str, str]) -> WarehouseView:
    if warehouse is None:
        return await warehouses.add(visit.app, visit.actor, draft_of(texts))
    changes = changes_of(texts, warehouse.kind)
    return await warehouses.change(visit.app, visit.actor, warehouse.id, **changes)


async def _looked(visit: Visit, page: Editing, texts: Mapping[str, str]) -> Editing:
    texts = {**texts, "name": texts.get("name", "").strip() or NAMELESS}
    if page.warehouse is None:
        found = await warehouses.look(visit.app, visit.actor, draft_of(texts))
    else:
        changes = changes_of(texts, page.warehouse.kind)
        found = await warehouses.look(visit.app, visit.actor, page.warehouse.id, **changes)
    mapping = mapping_of(texts)
    form = Form({**page.form.values, "others": written(mapping, found)})
    return replace(page, form=form, found=found, columns=columns_of(found, mapping))


def _page(visit: Visit, page: Editing, *, status: int = 200) -> Response:
    kind = page.warehouse.kind if page.warehouse else ""
    kinds = [each for each in KINDS.values() if kind in ("", each.name)]
    return visit.page(
        "warehouses/form.html", status=status, page=page, form=page.form, kinds=kinds, hides=hides, title_of=title_of
    )
