"""Audiences: make or link, look, change, delete, and ask for their syncs."""

from enum import StrEnum
from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from audience_sync.api.access import Belt, Creator, Deleter, Reader, Syncer
from audience_sync.api.failures import problems
from audience_sync.api.guardrails import WantedGuardrails
from audience_sync.api.nouns import BASE, Body, Cursor, Days, Id, Limit, Name, Search, Words, locate, router
from audience_sync.api.plain import plain
from audience_sync.api.repeats import ONCE
from audience_sync.errors import (
    ActionNeeded,
    AlreadyLinked,
    AudienceGone,
    Conflict,
    GuardrailBroken,
    NotFound,
    PlanOutOfDate,
    Reconnect,
    Rejected,
    RetryLater,
    SourceError,
    SyncInProgress,
)
from audience_sync.flows import audiences, history, relinking, runs
from audience_sync.flows.audience_queries import Sort
from audience_sync.flows.audiences import AudienceChange, Created
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.flows.views import AudienceView, Health, Page, PlanView, RunView, Summary

routes = router("Audiences", "/audiences")
Sorting = Annotated[
    str,
    Query(
        pattern=rf"^-?({'|'.join(Sort)})$",
        description=f"{', '.join(Sort)}; with `-` before it from the highest down.",
    ),
]
PLATFORM = (Reconnect, ActionNeeded, RetryLater, Rejected)
"""How asking the platform something can fail."""


class NewAudience(Body):
    """A segment that is to be kept as an audience in an ad account."""

    segment_id: str
    """The segment whose members the audience will hold."""
    ad_account_id: str
    """Our id of a chosen ad account, as `GET /connections` gives it."""
    name: Name = ""
    """Its name on the platform. Empty: the segment's name and the installation's suffix."""
    description: Words = ""
    auto_sync: bool = True
    """Whether it is synced by itself, every `interval_hours`."""
    interval_hours: int = Field(24, examples=[24])
    """1, 6, 12, 24 or 168."""
    identifiers: tuple[str, ...] = Field((), max_length=50, examples=[["email", "phone"]])
    """Key columns to send. Empty: the platform's default."""
    choices: dict[str, str] = Field({}, max_length=20, examples=[{}])
    """What is chosen among the platform's choices, as `GET /platforms` lists them. Left out: their defaults."""
    guardrails: WantedGuardrails = WantedGuardrails()
    """What its syncs may do without being approved."""
    remote_id: Name = ""
    """Id of an audience that exists on the platform and is to be linked instead of created."""


class ChangedAudience(Body):
    """What is to be different; what is left out, or null, stays."""

    name: Name | None = None
    """Its new name, here and on the platform."""
    description: Words | None = None
    auto_sync: bool | None = None
    interval_hours: int | None = None
    """1, 6, 12, 24 or 168; counts from now."""
    identifiers: tuple[str, ...] | None = Field(None, max_length=50)
    choices: dict[str, str] | None = Field(None, max_length=20)
    """Another choice; refused for an audience that exists on the platform when it means another way of keeping it."""
    guardrails: WantedGuardrails | None = None
    """What its syncs may do without being approved."""
    paused: bool | None = None
    """true: nothing is synced by itself until it is false again."""


class WantedPlace(Body):
    """Where an audience is to go on."""

    ad_account_id: str
    """Our id of a chosen ad account of the same platform: of another connection, or where the other list is."""
    remote_id: Name = ""
    """Id of another list on the platform, for an audience whose own is gone. Empty: the list that it has."""


class SyncKind(StrEnum):
    """update: send what changed. replace: make the platform's list anew."""

    UPDATE = "update"
    REPLACE = "replace"


class WantedPlan(Body):
    """Which kind of sync the plan is for."""

    operation: SyncKind = SyncKind.UPDATE


class WantedRun(Body):
    """Which kind of sync, or which plan."""

    operation: SyncKind = SyncKind.UPDATE
    plan_id: str | None = None
    """A plan made before: the run does exactly that. Without one it makes its own."""
    approve: bool = False
    """true: the plan may break the guardrails that it breaks; kept with who approved it. Needs `plan_id`."""


class RunHistory(BaseModel):
    """Runs, newest first, and what they come to."""

    items: tuple[RunView, ...]
    next_cursor: str
    summary: Summary


@routes.get("", summary="List audiences", responses=problems(NotFound))
async def list_audiences(
    app: Belt,
    actor: Reader,
    platform: Search = "",
    segment_id: Search = "",
    health: Health | None = None,
    search: Search = "",
    sort: Sorting = Sort.NAME,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Page[AudienceView]:
    """Audiences by name, or in the order of `sort`."""
    return await audiences.list_audiences(
        app,
        actor,
        platform=platform,
        segment_id=segment_id,
        health=health or "",
        search=search,
        sort=sort,
        cursor=cursor,
        limit=limit,
    )


@routes.post(
    "",
    status_code=201,
    summary="Create or link an audience",
    dependencies=[ONCE],
    responses=problems(NotFound, Conflict, AlreadyLinked, *PLATFORM),
)
async def create_audience(app: Belt, actor: Creator, wanted: NewAudience) -> Created:
    """The audience is ours, and a run that creates it on the platform (or takes over the linked one) is queued."""
    return await audiences.create(app, actor, AudienceDraft(**wanted.model_dump()))


@routes.get("/{audience_id}", summary="Look at an audience", responses=problems(NotFound))
async def get_audience(app: Belt, actor: Reader, audience_id: Id) -> AudienceView:
    """One audience with its size, health, schedule and debt."""
    return await audiences.get(app, actor, audience_id)


@routes.patch(
    "/{audience_id}",
    summary="Change or pause an audience",
    responses=problems(NotFound, Conflict, AudienceGone, *PLATFORM),
)
async def change_audience(app: Belt, actor: Creator, audience_id: Id, wanted: ChangedAudience) -> AudienceView:
    """It is as wanted, here and on the platform, or nothing has changed."""
    return await audiences.change(app, actor, audience_id, AudienceChange(**wanted.model_dump()))


@routes.delete(
    "/{audience_id}",
    status_code=204,
    summary="Delete an audience",
    response_class=Response,
    responses={
        **problems(NotFound, SyncInProgress),
        202: {"model": RunView, "description": "The run that deletes it on the platform first."},
    },
)
async def delete_audience(
    app: Belt,
    actor: Deleter,
    audience_id: Id,
    delete_from_platform: Annotated[
        bool, Query(description="true: also over there, by a run. false: the platform keeps its list.")
    ] = False,
) -> Response:
    """The audience is no longer ours."""
    run = await audiences.delete(app, actor, audience_id, from_platform=delete_from_platform)
    if run is None:
        return Response(status_code=204)
    return JSONResponse(plain(run), 202, {"Location": f"{BASE}/runs/{run.id}"})


@routes.post(
    "/{audience_id}/recreate",
    status_code=202,
    summary="Recreate an audience that was deleted on the platform",
    dependencies=[ONCE],
    responses=problems(NotFound, Conflict, SyncInProgress),
)
async def recreate_audience(app: Belt, actor: Creator, audience_id: Id, response: Response) -> Created:
    """A new, empty list over there, and a queued run that fills it."""
    made = await audiences.recreate(app, actor, audience_id)
    locate(response, made.run)
    return made


@routes.post(
    "/{audience_id}/relink",
    status_code=202,
    summary="Relink an audience to another connection or list",
    dependencies=[ONCE],
    responses=problems(NotFound, Conflict, SyncInProgress, AlreadyLinked, *PLATFORM),
)
async def relink_audience(
    app: Belt, actor: Creator, audience_id: Id, wanted: WantedPlace, response: Response
) -> Created:
    """The audience goes on there, and a run that makes the list equal to its segment is queued."""
    place = relinking.Place(wanted.ad_account_id, wanted.remote_id)
    made = await relinking.relink(app, actor, audience_id, place)
    locate(response, made.run)
    return made


@routes.post(
    "/{audience_id}/plans",
    status_code=201,
    summary="Plan a sync (the pre-flight)",
    dependencies=[ONCE],
    responses=problems(NotFound, Conflict, SourceError),
)
async def create_plan(
    app: Belt,
    actor: Syncer,
    audience_id: Id,
    response: Response,
    wanted: WantedPlan = WantedPlan(),  # noqa: B008
) -> PlanView:
    """What a sync would change now, frozen and numbered. Nothing is sent."""
    plan = await runs.preview(app, actor, audience_id, wanted.operation)
    response.headers["Location"] = f"{BASE}/plans/{plan.id}"
    return plan


@routes.post(
    "/{audience_id}/runs",
    status_code=202,
    summary="Start a sync",
    dependencies=[ONCE],
    responses=problems(NotFound, SyncInProgress, PlanOutOfDate, GuardrailBroken, Conflict),
)
async def start_run(
    app: Belt,
    actor: Syncer,
    audience_id: Id,
    response: Response,
    wanted: WantedRun = WantedRun(),  # noqa: B008
) -> RunView:
    """A queued run. A second one of the same audience is refused until it has ended.

    A plan that breaks a guardrail is refused unless it is approved; a run that makes its own ends before it sends.
    """
    run = await runs.start(app, actor, audience_id, **wanted.model_dump())
    locate(response, run)
    return run


@routes.get("/{audience_id}/runs", summary="History of an audience", responses=problems(NotFound))
async def list_runs(
    app: Belt, actor: Reader, audience_id: Id, days: Days = 30, cursor: Cursor = "", limit: Limit = 50
) -> RunHistory:
    """The runs of the last days, newest first, and a summary of all of them."""
    page = await history.history(app, actor, audience_id, days=days, cursor=cursor, limit=limit)
    summary = await history.summary(app, actor, audience_id, days=days)
    return RunHistory(items=page.items, next_cursor=page.next_cursor, summary=summary)
