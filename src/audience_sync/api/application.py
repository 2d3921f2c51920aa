"""The API as one ASGI application over an App."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from audience_sync.api import (
    audiences,
    connections,
    events,
    exports,
    health,
    identifiers,
    people,
    platforms,
    profiles,
    reference,
    runs,
    segments,
    warehouses,
)
from audience_sync.api.document import completed
from audience_sync.api.edge import BodyLimit, Watch
from audience_sync.api.failures import tell_failures
from audience_sync.api.nouns import BASE
from audience_sync.app import App

ROUTES = (
    platforms.routes,
    platforms.way_back,
    connections.routes,
    profiles.routes,
    warehouses.routes,
    events.routes,
    segments.routes,
    audiences.routes,
    runs.routes,
    exports.routes,
    exports.by_link,
    identifiers.routes,
    people.routes,
    health.routes,
)
Life = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class Api(FastAPI):
    """A FastAPI whose document is completed by ours."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = completed(super().openapi(), self.routes)
        return self.openapi_schema


def create_api(app: App | None = None, *, life: Life | None = None) -> Api:
    """The API over an open App; without one, `life` opens it and sets `state.belt` and `state.works`."""
    api = Api(
        title="Audience Sync",
        summary="Keeps the custom audiences of ad platforms equal to the segments of a customer data platform.",
        version=version("audience-sync"),
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        middleware=[Middleware(Watch), Middleware(BodyLimit)],
    )
    api.state.belt, api.state.works = app, False
    tell_failures(api)
    for routes in ROUTES:
        api.include_router(routes, prefix=BASE)
    # Probes and scrapers look at the root by habit.
    api.include_router(health.routes, include_in_schema=False)
    api.include_router(reference.routes)
    return api
