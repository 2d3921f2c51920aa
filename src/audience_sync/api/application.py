"""The API as one ASGI application over an App."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware import Middleware

from audience_sync.api import audiences, runs
from audience_sync.api.edge import BodyLimit, Watch
from audience_sync.api.failures import tell_failures
from audience_sync.api.nouns import BASE
from audience_sync.app import App

NOUNS = (audiences, runs)
Life = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class Api(FastAPI):
    """A FastAPI whose document is completed by ours."""


def create_api(app: App | None = None, *, life: Life | None = None) -> Api:
    """The API over an open App; without one, `life` opens it and sets `state.belt`."""
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
    api.state.belt = app
    tell_failures(api)
    for noun in NOUNS:
        api.include_router(noun.routes, prefix=BASE)
    return api
