"""Somebody's own API keys: made, listed, revoked."""

from datetime import datetime, timedelta

from fastapi.responses import Response

from audience_sync.errors import Invalid, NotFound, Refusal
from audience_sync.flows import api_keys
from audience_sync.flows.api_keys import Key
from audience_sync.model.permissions import Permission
from audience_sync.web.access import Member, pages
from audience_sync.web.forms import Form, Text, Texts, refused
from audience_sync.web.roles import permission_words
from audience_sync.web.visit import Visit

routes = pages()
LASTS = {"30": "30 days", "90": "90 days", "365": "One year", "0": "Until it is revoked"}
USUAL = "90"
FIELDS = {"INVALID_NAME": "name", "PERMISSION_BEYOND_OWNER": "permissions", "NO_PERMISSION": "permissions"}


@routes.get("/api-keys")
async def show(visit: Member) -> Response:
    """All keys of the visitor, the newest first."""
    found = await api_keys.list_keys(visit.app, visit.actor, visit.actor.id)
    return visit.page("api_keys/list.html", keys=found, now=visit.app.now(), words=permission_words())


@routes.get("/api-keys/new")
async def ask(visit: Member) -> Response:
    """The form; a key may at first do what is safe."""
    return _form(visit, Form({"permissions": [Permission.READ], "days": USUAL}))


@routes.post("/api-keys/new")
async def make(visit: Member, name: Text = "", days: Text = USUAL, permissions: Texts = []) -> Response:  # noqa: B006
    """The key's text, on this page and nowhere else ever again."""
    typed = {"name": name, "days": days, "permissions": permissions}
    try:
        key, text = await api_keys.create_key(
            visit.app,
            visit.actor,
            visit.actor.id,
            name=name,
            permissions=_chosen(permissions),
            expires_at=_end(visit, days),
        )
    except Refusal as problem:
        return _form(visit, refused(problem, typed, FIELDS), status=problem.status)
    return visit.page("api_keys/made.html", key=key, text=text, words=permission_words())


@routes.get("/api-keys/{key_id}/revoke")
async def ask_revoke(visit: Member, key_id: str) -> Response:
    """Asks once: programs that use the key stop working."""
    return visit.page("api_keys/revoke.html", key=await _own(visit, key_id))


@routes.post("/api-keys/{key_id}/revoke")
async def revoke(visit: Member, key_id: str) -> Response:
    """The key opens nothing any more."""
    key = await _own(visit, key_id)
    await api_keys.revoke_key(visit.app, visit.actor, key.id)
    return visit.go("/api-keys", f"The key {key.name} is revoked.")


async def _own(visit: Visit, key_id: str) -> Key:
    """The visitor's key; NotFound when it is nobody's or somebody else's."""
    found = await api_keys.list_keys(visit.app, visit.actor, visit.actor.id)
    key = next((each for each in found if each.id == key_id), None)
    if key is None:
        raise NotFound("There is no such API key of yours.", "API keys lists those there are.")
    return key


def _form(visit: Visit, form: Form, *, status: int = 200) -> Response:
    mine = [(str(each), permission_words()[each]) for each in Permission if visit.may(each)]
    return visit.page("api_keys/new.html", status=status, form=form, mine=mine, lasts=LASTS)


def _chosen(names: list[str]) -> list[Permission]:
    known = [Permission(each) for each in names if each in tuple(Permission)]
    if not known:
        raise Invalid("A key that may do nothing is of no use.", "Tick at least one.", code="NO_PERMISSION")
    return known


def _end(visit: Visit, days: str) -> datetime | None:
    """When the key expires; None for the choice of no end."""
    if days not in LASTS:
        raise Invalid("That is not one of the choices.", "Choose how long the key lasts.", details={"field": "days"})
    return visit.app.now() + timedelta(days=int(days)) if int(days) else None
