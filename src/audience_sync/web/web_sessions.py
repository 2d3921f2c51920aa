"""The browsers in which somebody is signed in."""

from fastapi.responses import Response

from audience_sync.flows import web_sessions
from audience_sync.web.access import Member, pages
from audience_sync.web.browsers import browser_words

routes = pages()


@routes.get("/sessions")
async def show(visit: Member) -> Response:
    """All of them; the one that asks is marked."""
    found = await web_sessions.list_sessions(visit.app, visit.actor)
    named = [(each, browser_words(each.browser)) for each in found]
    return visit.page("sessions.html", sessions=named, here=visit.signed_in.session_id)


@routes.post("/sessions/others/end")
async def end_others(visit: Member) -> Response:
    """Only this browser stays signed in."""
    await web_sessions.end_others(visit.app, visit.actor, keep=visit.signed_in.session_id)
    return visit.go("/sessions", "All other browsers are signed out.")


@routes.post("/sessions/{session_id}/end")
async def end(visit: Member, session_id: str) -> Response:
    """That browser is signed out; when it is this one, on to the sign-in."""
    await web_sessions.end_session(visit.app, visit.actor, session_id)
    return visit.go("/sessions", "That browser is signed out.")
