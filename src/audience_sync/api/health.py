"""For machines that watch: alive, ready, and counts for Prometheus."""

import hmac

import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from audience_sync.api.access import Belt
from audience_sync.api.exposition import exposition
from audience_sync.api.failures import problems
from audience_sync.errors import AudienceSyncError, NotFound, SetupError, Unauthenticated
from audience_sync.flows import monitoring

log = structlog.get_logger(__name__)

routes = APIRouter(tags=["Health"])


class NotReady(AudienceSyncError):
    """The database is out of reach, or not at this version's tables."""

    status = 503
    code = "NOT_READY"


class Alive(BaseModel):
    """This process answers."""

    status: str = "alive"


class Ready(BaseModel):
    """The database answers and has this version's tables."""

    status: str = "ready"
    migration: str
    worker: str
    waiting_seconds: float | None


@routes.get("/health", summary="Is it alive?")
async def health() -> Alive:
    """The process answers; nothing else is looked at."""
    return Alive()


@routes.get("/ready", summary="Is it ready?", responses=problems(NotReady))
async def ready(app: Belt, request: Request) -> Ready:
    """Whether requests can be served, and whether runs wait for a worker."""
    try:
        found = await monitoring.readiness(app)
    except (SetupError, SQLAlchemyError) as problem:
        log.error("not ready", kind=type(problem).__name__)
        raise NotReady(
            "The database is out of reach or not at this version.", "The log says more; audience-sync doctor, too."
        ) from None
    worker = "here" if request.app.state.works else "not here"
    return Ready(migration=found.migration, worker=worker, waiting_seconds=found.waiting_seconds)


@routes.get(
    "/metrics",
    summary="Counts for Prometheus",
    response_class=Response,
    responses={
        **problems(NotFound, Unauthenticated),
        200: {"content": {"text/plain": {}}, "description": "Prometheus' text format."},
    },
)
async def metrics(app: Belt, request: Request) -> Response:
    """Prometheus' text format, for who has AUDIENCE_SYNC_METRICS_TOKEN as bearer token. Closed while that is unset."""
    token = app.settings.metrics_token
    if not token:
        raise NotFound("There is nothing at this path.", "Set AUDIENCE_SYNC_METRICS_TOKEN to open it.")
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise Unauthenticated("That is not the token of the metrics.", "It is AUDIENCE_SYNC_METRICS_TOKEN.")
    return Response(exposition(await monitoring.figures(app)), media_type=CONTENT_TYPE_LATEST)
