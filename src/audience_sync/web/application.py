"""The web app as one ASGI application over an App, to be mounted beside the API."""

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.routing import Route

from audience_sync.app import App
from audience_sync.web import (
    api_keys,
    assets,
    audience_actions,
    audiences,
    callback,
    exports,
    history,
    home,
    new_audience,
    new_password,
    platforms,
    pre_flight,
    preferences,
    profile,
    profiles,
    runs,
    searching,
    segment_lists,
    segment_rules,
    segment_sql,
    segments,
    set_up,
    sign_in,
    users,
    warehouse_edit,
    warehouse_pulls,
    warehouses,
    web_sessions,
)
from audience_sync.web.edge import OwnFault, OwnSiteOnly, SafeHeaders
from audience_sync.web.failures import refuse_other_sites, tell_failures, tell_own_fault

ROUTES = (
    home.routes,
    sign_in.routes,
    set_up.routes,
    new_password.routes,
    preferences.routes,
    searching.routes,
    profile.routes,
    web_sessions.routes,
    api_keys.routes,
    users.routes,
    callback.routes,
    platforms.routes,
    profiles.routes,
    segment_rules.routes,
    segment_sql.routes,
    segment_lists.routes,
    segments.routes,
    new_audience.routes,
    audience_actions.routes,
    audiences.routes,
    pre_flight.routes,
    history.routes,
    runs.routes,
    exports.routes,
    warehouse_edit.routes,
    warehouse_pulls.routes,
    warehouses.routes,
)


def create_web(app: App | None = None) -> FastAPI:
    """The pages over an open App; without one, whoever opens it sets `state.belt`. SetupError without its files."""
    assets.assets()
    web: FastAPI = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(SafeHeaders, belt=lambda: web.state.belt),
            Middleware(OwnFault, tell=tell_own_fault),
            Middleware(OwnSiteOnly, refuse=refuse_other_sites),
        ],
    )
    web.state.belt = app
    tell_failures(web)
    web.router.routes.append(Route(f"{assets.FOLDER}/{{name}}", assets.answer, name="assets"))
    for routes in ROUTES:
        web.include_router(routes)
    return web
