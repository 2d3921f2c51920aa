"""Signing in and out."""

import re
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from audience_sync.auth import sessions
from audience_sync.errors import Refusal
from audience_sync.flows import first_run
from audience_sync.web.access import Anybody, cookie_name, is_https, pages
from audience_sync.web.forms import Form, Secret, Text
from audience_sync.web.visit import Visit

routes = pages()
LOCAL_PATH = re.compile(r"/(?![/\\])[!-~]*")
"""A path of ours; `//host` and `/\\host` would lead a browser elsewhere."""
Next = Annotated[str, Query(max_length=2000)]


@routes.get("/sign-in")
async def ask(visit: Anybody, next: Next = "") -> Response:
    """The form; whoever is signed in already goes on."""
    if visit.who is not None:
        return visit.go(local(next))
    if await first_run.is_empty(visit.app):
        return visit.go("/set-up")
    return visit.page("sign_in.html", form=Form(), next=local(next))


@routes.post("/sign-in")
async def sign_in(visit: Anybody, email: Text = "", password: Secret = "", next: Text = "") -> Response:
    """On to where somebody wanted to go, or the form with what is wrong."""
    app = visit.app
    try:
        token = await sessions.sign_in(app.database, email, password, browser=visit.browser, now=app.now())
    except Refusal as problem:
        form = Form({"email": email}, problem=str(problem))
        return visit.page("sign_in.html", status=problem.status, form=form, next=local(next))
    answer = visit.go(local(next))
    keep(visit, answer, token)
    return answer


@routes.post("/sign-out")
async def sign_out(visit: Anybody) -> Response:
    """The session has ended, here and in the database."""
    name = cookie_name(visit.app)
    await sessions.end(visit.app.database, visit.request.cookies.get(name, ""))
    answer = visit.go("/sign-in", "You are signed out.")
    answer.delete_cookie(name, secure=is_https(visit.app), httponly=True, samesite="lax")
    return answer


def keep(visit: Visit, answer: Response, token: str) -> None:
    """The browser is signed in with this answer."""
    answer.set_cookie(
        cookie_name(visit.app),
        token,
        max_age=int(sessions.LONGEST.total_seconds()),
        secure=is_https(visit.app),
        httponly=True,
        samesite="lax",
    )


def local(path: str) -> str:
    """The path if it is one of ours, else the first page."""
    return path if LOCAL_PATH.fullmatch(path) else "/"
