"""The server: the API, the pages and, if wanted, a worker, in one process."""

import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.routing import Match, Mount
from starlette.types import Scope

from audience_sync import logs
from audience_sync.api.application import create_api
from audience_sync.api.nouns import BASE
from audience_sync.app import App, open_app
from audience_sync.errors import AudienceSyncError, SetupError
from audience_sync.settings import Settings
from audience_sync.web.application import create_web
from audience_sync.worker import working

log = structlog.get_logger(__name__)

GRACE_SECONDS = 10
"""How long requests under way may take after the server was told to stop; a run goes on at the next start."""


class Server(uvicorn.Server):
    """A server whose worker sends no more as soon as the signal is there, while requests still have their time."""

    def __init__(self, config: uvicorn.Config, api: FastAPI) -> None:
        super().__init__(config)
        self._api = api

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The server was told to stop."""
        belt: App | None = getattr(self._api.state, "belt", None)  # Not there while it starts.
        if belt is not None:
            belt.stopping.asked = True
        super().handle_exit(sig, frame)


class Pages(Mount):
    """Every path but those of the API: an unknown one there is told to a program, not to a person."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the path may be a page."""
        if scope["path"].startswith(f"{BASE}/"):
            return Match.NONE, {}
        found, child = super().matches(scope)
        child.pop("endpoint", None)  # Only a page that exists is named in the log.
        return found, child


def build(settings: Settings, *, work: bool) -> FastAPI:
    """The whole as one ASGI application. Its life opens the App and, with `work`, makes this process a worker."""

    @asynccontextmanager
    async def life(api: FastAPI) -> AsyncIterator[None]:
        try:
            async with open_app(settings) as app, _worker(app, work=work):
                api.state.belt = web.state.belt = app
                api.state.works = work
                yield
        except AudienceSyncError as problem:
            api.state.problem = problem
            raise

    web = create_web()
    api = create_api(life=life)
    api.state.problem = None
    api.router.routes.append(Pages("/", app=web))
    return api


def serve(settings: Settings, *, work: bool = True) -> None:
    """The server answers on the settings' host and port until it is told to stop; SetupError when it cannot start."""
    logs.configure(settings)
    logging.getLogger("uvicorn.error").addFilter(_no_start_traces)
    api = build(settings, work=work)
    config = uvicorn.Config(
        api,
        host=settings.host,
        port=settings.port,
        log_config=None,
        loop="asyncio",  # uvloop keeps DuckDB objects alive past the end, which prints warnings at exit.
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    log.info("starting", url=f"http://{settings.host}:{settings.port}", worker=work)
    try:
        Server(config, api).run()
    except SystemExit:
        # uvicorn ends the process when it cannot start; who called us has words for that.
        raise api.state.problem or _not_listening(settings) from None


def _worker(app: App, *, work: bool) -> AbstractAsyncContextManager[None]:
    return working(app) if work else nullcontext()


def _not_listening(settings: Settings) -> SetupError:
    return SetupError(
        f"Port {settings.port} of {settings.host} cannot be listened on.",
        "Another program may have it: stop that, or set AUDIENCE_SYNC_PORT.",
    )


def _no_start_traces(record: logging.LogRecord) -> bool:
    """What hinders the start is told in words by who started the server; a traceback would bury them."""
    return not record.getMessage().startswith("Traceback")
