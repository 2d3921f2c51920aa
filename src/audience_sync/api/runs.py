"""Runs: one run's own page, its progress as it happens, its cancel; and plans made before."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent

from audience_sync.api.access import Belt, Reader, Syncer
from audience_sync.api.failures import problems
from audience_sync.api.nouns import Cursor, Id, Limit, router
from audience_sync.api.plain import plain
from audience_sync.app import App
from audience_sync.errors import Conflict, NotFound
from audience_sync.flows import runs
from audience_sync.flows.views import Page, PlanView, RunDetail, RunView
from audience_sync.ledger.refusals import Refused
from audience_sync.model.permissions import Actor

routes = router("Runs")
LOOK_EVERY_SECONDS = 0.5
LONGEST_SECONDS = 3600.0
"""A client that still listens then connects again, and is asked for its key again."""


@routes.get("/plans/{plan_id}", summary="Look at a plan", responses=problems(NotFound))
async def get_plan(app: Belt, actor: Reader, plan_id: Id) -> PlanView:
    """A plan made before."""
    return await runs.plan(app, actor, plan_id)


@routes.get("/runs/{run_id}", summary="Look at a run", responses=problems(NotFound))
async def get_run(app: Belt, actor: Reader, run_id: Id) -> RunDetail:
    """One run with its progress, waterfall, batches and receipts."""
    return await runs.get(app, actor, run_id)


@routes.get(
    "/runs/{run_id}/events",
    summary="Watch a run",
    response_class=EventSourceResponse,
    responses={**problems(NotFound), 200: {"content": {"text/event-stream": {}}, "description": "Server-sent events."}},
)
async def watch_run(app: Belt, actor: Reader, run_id: Id) -> EventSourceResponse:
    """Server-sent events: `progress` whenever it changes (a run's `progress`), then one `end` (the run itself)."""
    first = await runs.get(app, actor, run_id)
    return EventSourceResponse(_events(app, actor, first), ping=15)


@routes.post("/runs/{run_id}/cancel", status_code=202, summary="Cancel a run", responses=problems(NotFound, Conflict))
async def cancel_run(app: Belt, actor: Syncer, run_id: Id) -> RunView:
    """It stops after its current batch; what is not sent stays debt. Asking twice is harmless."""
    return await runs.cancel(app, actor, run_id)


@routes.get("/runs/{run_id}/rejections", summary="List refused identifiers", responses=problems(NotFound))
async def list_rejections(
    app: Belt, actor: Reader, run_id: Id, cursor: Cursor = "", limit: Limit = 100
) -> Page[Refused]:
    """Identifiers that could not become keys: whose, of which kind, why. Never the value."""
    return await runs.rejections(app, actor, run_id, after=cursor, limit=limit)


async def _events(app: App, actor: Actor, seen: RunDetail) -> AsyncIterator[ServerSentEvent]:
    """The run's progress until it has ended. It is read from our rows, so any process may be the one that works."""
    until = time.monotonic() + LONGEST_SECONDS
    told = None
    while time.monotonic() < until:
        if seen.progress != told:
            told = seen.progress
            yield _event("progress", told)
        if seen.run.ended_at is not None:
            yield _event("end", seen.run)
            return
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        seen = await runs.get(app, actor, seen.run.id)


def _event(name: str, view: object) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(plain(view), ensure_ascii=False), event=name)
