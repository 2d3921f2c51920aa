"""Choosing a new password with a link that an administrator made, and what to do without one."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from audience_sync.errors import Invalid
from audience_sync.flows import password_links
from audience_sync.web.access import Anybody, pages
from audience_sync.web.forms import Form, Secret, refused

routes = pages()
Link = Annotated[str, Query(max_length=200)]


@routes.get("/forgotten-password")
async def forgotten(visit: Anybody) -> Response:
    """How to come by a link: this installation sends no mail, so a person is asked."""
    return visit.page("forgotten_password.html")


@routes.get("/new-password")
async def ask(visit: Anybody, link: Link = "") -> Response:
    """The form for the link's owner; 410 when the link is over."""
    owner = await password_links.owner_of_link(visit.app, link)
    return visit.page("new_password.html", form=Form(), owner=owner, link=link)


@routes.post("/new-password")
async def choose(visit: Anybody, link: Secret = "", password: Secret = "") -> Response:
    """The password is set; its owner signs in with it."""
    try:
        await password_links.set_by_link(visit.app, link, password)
    except Invalid as problem:
        owner = await password_links.owner_of_link(visit.app, link)
        form = refused(problem, {}, {"PASSWORD_LENGTH": "password"})
        return visit.page("new_password.html", status=problem.status, form=form, owner=owner, link=link)
    return visit.go("/sign-in", "Your password is set. Sign in with it.")
