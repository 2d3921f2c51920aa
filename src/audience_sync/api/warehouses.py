"""Warehouses: where profiles come from by the company's own SQL. Add, look, test, pull, change, leave."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel, Field

from audience_sync.api.access import Admin, Belt
from audience_sync.api.failures import problems
from audience_sync.api.nouns import BASE, Body, Id, Limit, Name, router
from audience_sync.api.repeats import ONCE
from audience_sync.errors import Conflict, NotFound, Unreadable
from audience_sync.flows import pulls, warehouses
from audience_sync.flows.views import Page
from audience_sync.flows.warehousing.drafts import (
    DEFAULT_GONE,
    DEFAULT_SECONDS,
    MOST_HOURS,
    MOST_SECONDS,
    WarehouseDraft,
)
from audience_sync.flows.warehousing.looking import Look, Tested
from audience_sync.flows.warehousing.showing import PullView, WarehouseView
from audience_sync.sources.warehouses.checking import MAX_CHARACTERS
from audience_sync.sources.warehouses.registry import KINDS

routes = router("Warehouses")

Address = Annotated[
    str, Field(max_length=8000, json_schema_extra={"writeOnly": True}, examples=["postgresql://reader@host/shop"])
]
Sql = Annotated[str, Field(max_length=MAX_CHARACTERS, examples=["SELECT id, email, ads_consent FROM customers"])]
Table = Annotated[str, Field(max_length=200)]
Mapping = Annotated[dict[str, str], Field(max_length=2000, examples=[{"kdnr": "profile_id", "mail": "email"}])]
Seconds = Annotated[float, Field(ge=1, le=MOST_SECONDS)]
Percent = Annotated[int, Field(ge=0, le=100)]
State = Annotated[str, Field(max_length=200, examples=["audience_sync_state"])]
Hours = Annotated[int, Field(ge=0, le=MOST_HOURS)]


class NewWarehouse(Body):
    """A warehouse to add, or only to look at."""

    name: Name = Field(examples=["Shop"])
    kind: Annotated[str, Field(max_length=40, examples=["postgres"], description=f"One of {', '.join(KINDS)}.")]
    address: Address
    """With credentials; sealed at once, and never given back."""
    sql: Sql = ""
    """One SELECT that returns the profiles, each with a column that is the profile's id."""
    table: Table = ""
    """Instead of SQL: all columns of this table."""
    mapping: Mapping = Field(default_factory=dict)
    """Column -> field, as for imports; columns that are left out are known by their names."""
    seconds: Seconds = DEFAULT_SECONDS
    """Time limit of the SQL."""
    most_gone_percent: Percent = DEFAULT_GONE
    """A pull in which more of the profiles are gone than this fails and changes nothing."""
    interval_hours: Hours = 0
    """Pulled every so many hours; 0: only when asked."""
    state: State = ""
    """A schema of the warehouse that may be written to: it then compares within itself, and only changes come."""

    def draft(self) -> WarehouseDraft:
        return WarehouseDraft(**self.model_dump())


class ChangedWarehouse(Body):
    """What is to be different; what is left out, or null, stays."""

    name: Name | None = None
    address: Address | None = None
    sql: Sql | None = None
    table: Table | None = None
    mapping: Mapping | None = None
    seconds: Seconds | None = None
    most_gone_percent: Percent | None = None
    interval_hours: Hours | None = None
    state: State | None = None
    """Empty: no longer; the state that is there may be dropped then."""


class WantedPull(Body):
    """How a pull is to be."""

    believe_gone: bool = False
    """Let any number of profiles leave, this once."""


class Warehouses(BaseModel):
    """All warehouses, by name."""

    items: tuple[WarehouseView, ...]


class Left(BaseModel):
    """What left with a warehouse."""

    profiles: int
    dropped: tuple[str, ...]
    """Tables of its state that are gone from its schema."""
    remaining: str
    """Which of its tables may still be there, why, and how to drop them; empty: none."""


@routes.get("/warehouses", summary="List warehouses")
async def list_warehouses(app: Belt, actor: Admin) -> Warehouses:
    """Each with its last pull, and without its credentials."""
    return Warehouses(items=await warehouses.list_warehouses(app, actor))


@routes.post("/warehouses", status_code=201, summary="Add a warehouse", responses=problems(NotFound, Conflict))
async def create_warehouse(app: Belt, actor: Admin, wanted: NewWarehouse, response: Response) -> WarehouseView:
    """The warehouse, not yet pulled."""
    made = await warehouses.add(app, actor, wanted.draft())
    response.headers["Location"] = f"{BASE}/warehouses/{made.id}"
    return made


@routes.post("/warehouses/look", summary="Look into a warehouse", responses=problems(NotFound, Unreadable))
async def look_into_warehouse(app: Belt, actor: Admin, wanted: NewWarehouse) -> Look:
    """Columns with the fields that they would become, and ten masked rows. Nothing is kept."""
    return await warehouses.look(app, actor, wanted.draft())


@routes.get("/warehouses/{warehouse_id}", summary="Look at a warehouse", responses=problems(NotFound))
async def get_warehouse(app: Belt, actor: Admin, warehouse_id: Id) -> WarehouseView:
    """One warehouse with its last pull."""
    return await warehouses.get(app, actor, warehouse_id)


@routes.patch("/warehouses/{warehouse_id}", summary="Change a warehouse", responses=problems(NotFound, Conflict))
async def change_warehouse(app: Belt, actor: Admin, warehouse_id: Id, wanted: ChangedWarehouse) -> WarehouseView:
    """It is as wanted, from its next pull on."""
    return await warehouses.change(app, actor, warehouse_id, **wanted.model_dump())


@routes.delete("/warehouses/{warehouse_id}", summary="Delete a warehouse", responses=problems(NotFound, Conflict))
async def delete_warehouse(
    app: Belt,
    actor: Admin,
    warehouse_id: Id,
    delete_profiles: Annotated[bool, Query(description="Whether its profiles leave with it.")] = False,
) -> Left:
    """There is no such warehouse any more. Its profiles stay, as if they had been imported, unless they are to go.

    The tables of its state are dropped in the warehouse, if it can be reached.
    """
    left = await warehouses.delete(app, actor, warehouse_id, delete_profiles=delete_profiles)
    states = left.states
    return Left(profiles=left.profiles, dropped=states.dropped, remaining=states.told if states.problem else "")


@routes.post(
    "/warehouses/{warehouse_id}/test",
    summary="Test a warehouse",
    responses=problems(NotFound, Unreadable),
)
async def try_warehouse(app: Belt, actor: Admin, warehouse_id: Id) -> Tested:
    """What answers, and how many rows it expects to give."""
    return await warehouses.test(app, actor, warehouse_id)


@routes.post(
    "/warehouses/{warehouse_id}/look",
    summary="Look into a warehouse that is kept",
    responses=problems(NotFound, Unreadable),
)
async def look_again(app: Belt, actor: Admin, warehouse_id: Id) -> Look:
    """Columns with their fields, and ten masked rows."""
    return await warehouses.look(app, actor, warehouse_id)


@routes.post(
    "/warehouses/{warehouse_id}/pulls",
    status_code=202,
    summary="Pull a warehouse",
    dependencies=[ONCE],
    responses=problems(NotFound, Conflict),
)
async def create_pull(
    app: Belt, actor: Admin, warehouse_id: Id, response: Response, wanted: WantedPull | None = None
) -> PullView:
    """A queued pull: the profile table becomes what the warehouse gives, and who is gone from its rows leaves."""
    made = await pulls.start(app, actor, warehouse_id, believe_gone=wanted is not None and wanted.believe_gone)
    response.headers["Location"] = f"{BASE}/pulls/{made.id}"
    return made


@routes.get("/warehouses/{warehouse_id}/pulls", summary="List a warehouse's pulls", responses=problems(NotFound))
async def list_pulls(app: Belt, actor: Admin, warehouse_id: Id, limit: Limit = 50) -> Page[PullView]:
    """The newest pulls, the newest first."""
    return await pulls.list_pulls(app, actor, warehouse_id, limit=limit)


@routes.get("/pulls/{pull_id}", summary="Look at a pull", responses=problems(NotFound))
async def get_pull(app: Belt, actor: Admin, pull_id: Id) -> PullView:
    """One pull: how far it is and how fast, then what it did."""
    return await pulls.get(app, actor, pull_id)


@routes.post(
    "/pulls/{pull_id}/cancel", status_code=202, summary="Cancel a pull", responses=problems(NotFound, Conflict)
)
async def cancel_pull(app: Belt, actor: Admin, pull_id: Id) -> PullView:
    """It stops within a second and changes nothing. Asking twice is harmless while it runs."""
    return await pulls.cancel(app, actor, pull_id)
