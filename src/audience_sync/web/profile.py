"""Somebody's own page: name, time zone, password."""

from zoneinfo import available_timezones

from fastapi.responses import Response

from audience_sync.errors import Invalid
from audience_sync.flows import profile
from audience_sync.web.access import Member, pages
from audience_sync.web.forms import Form, Secret, Text, refused
from audience_sync.web.visit import Visit

routes = pages()
FIELDS = {
    "INVALID_NAME": "name",
    "UNKNOWN_ZONE": "time_zone",
    "WRONG_PASSWORD": "current",
    "PASSWORD_LENGTH": "wanted",
}
OUR_ZONES = tuple(sorted(each for each in available_timezones() if "/" in each and not each.startswith("Etc/")))


@routes.get("/profile")
async def show(visit: Member) -> Response:
    """Both forms, filled with what there is."""
    return _page(visit)


@routes.post("/profile")
async def change(visit: Member, name: Text = "", time_zone: Text = "") -> Response:
    """The name and zone from now on."""
    try:
        await profile.change_profile(visit.app, visit.actor, name=name, time_zone=time_zone)
    except Invalid as problem:
        return _page(visit, problem, {"name": name, "time_zone": time_zone})
    return visit.go("/profile", "Your profile is saved.")


@routes.post("/profile/password")
async def change_password(visit: Member, current: Secret = "", wanted: Secret = "") -> Response:
    """The new password; other browsers are signed out."""
    keep = visit.signed_in.session_id
    try:
        await profile.change_password(visit.app, visit.actor, current=current, wanted=wanted, keep_session=keep)
    except Invalid as problem:
        return _page(visit, problem)
    return visit.go("/profile", "Your password is changed. Other browsers are signed out.")


def _page(visit: Visit, problem: Invalid | None = None, typed: dict[str, str] | None = None) -> Response:
    who = visit.signed_in
    values = typed or {"name": who.name, "time_zone": who.time_zone}
    form = refused(problem, values, FIELDS) if problem else Form(values)
    status = problem.status if problem else 200
    return visit.page("profile.html", status=status, form=form, zones=OUR_ZONES)
