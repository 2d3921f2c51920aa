"""What can be done to an audience beside its syncs: edit, rename, pause and resume, relink or recreate, delete."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from audience_sync.errors import AudienceSyncError, Invalid
from audience_sync.flows import audiences, connect, linking, relinking
from audience_sync.flows.audiences import AudienceChange
from audience_sync.flows.choices import open_values
from audience_sync.flows.connect import PlatformState
from audience_sync.flows.linking import RemoteAudience
from audience_sync.flows.views import AudienceView
from audience_sync.web import guardrail_form
from audience_sync.web.access import Creator, Deleter, pages
from audience_sync.web.choosing import CHOICE, Chosen, intervals
from audience_sync.web.forms import Form, Text, refused
from audience_sync.web.visit import Visit

routes = pages()
LIST = "/audiences"
Id = Annotated[str, Query(max_length=100, pattern=r"^[A-Za-z0-9_.-]*$")]
HERE, THERE = "here", "there"
"""Where an audience is deleted: only ours, or the list on the platform as well."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into the form of the settings: as for a new audience, and all of it by field."""

    chosen: Chosen
    texts: Mapping[str, str]

    @classmethod
    def of(cls, given: Iterable[tuple[str, object]]) -> "Typed":
        pairs = list(given)
        return cls(Chosen.of(pairs), {name: value for name, value in pairs if isinstance(value, str)})

    def shown(self, platform: PlatformState, name: str) -> dict[str, object]:
        """What the fields show again."""
        return self.chosen.settings(platform, name) | guardrail_form.shown_again(self.texts)


@routes.get("/audiences/{audience_id}/edit")
async def ask_edit(visit: Creator, audience_id: str) -> Response:
    """The settings as they are."""
    return await _edit(visit, audience_id)


@routes.post("/audiences/{audience_id}/edit")
async def edit(visit: Creator, audience_id: str) -> Response:
    """The settings are as wanted, here and on the platform."""
    audience = await audiences.get(visit.app, visit.actor, audience_id)
    typed = Typed.of((await visit.request.form()).multi_items())
    wanted = typed.chosen.draft(await _platform(visit, audience))
    try:
        change = AudienceChange(
            description=wanted.description,
            auto_sync=wanted.auto_sync,
            interval_hours=wanted.interval_hours,
            identifiers=wanted.identifiers,
            choices=wanted.choices,
            guardrails=guardrail_form.wanted(typed.texts),
        )
        changed = await audiences.change(visit.app, visit.actor, audience_id, change)
    except AudienceSyncError as problem:
        return await _edit(visit, audience_id, typed, problem)
    return visit.go(LIST, f"{changed.name} is changed.")


@routes.get("/audiences/{audience_id}/rename")
async def ask_rename(visit: Creator, audience_id: str) -> Response:
    """Its name as it is."""
    audience = await audiences.get(visit.app, visit.actor, audience_id)
    return await _rename(visit, audience, Form({"name": audience.name}))


@routes.post("/audiences/{audience_id}/rename")
async def rename(visit: Creator, audience_id: str, name: Text = "") -> Response:
    """It is called so, here and on the platform."""
    audience = await audiences.get(visit.app, visit.actor, audience_id)
    try:
        changed = await audiences.change(visit.app, visit.actor, audience_id, AudienceChange(name=name))
    except AudienceSyncError as problem:
        form = refused(problem, {"name": name}, {problem.code: "name"})
        return await _rename(visit, audience, form, status=problem.status)
    where = f", here and on {audience.platform_name}" if audience.remote_id else ""
    return visit.go(LIST, f"{audience.name} is called {changed.name} now{where}.")


@routes.get("/audiences/{audience_id}/pause")
async def ask_pause(visit: Creator, audience_id: str) -> Response:
    """Asks once, and says what goes on."""
    return visit.page("audiences/pause.html", audience=await audiences.get(visit.app, visit.actor, audience_id))


@routes.post("/audiences/{audience_id}/pause")
async def pause(visit: Creator, audience_id: str) -> Response:
    """Nothing of it is synced by itself any more."""
    changed = await audiences.change(visit.app, visit.actor, audience_id, AudienceChange(paused=True))
    return visit.go(LIST, f"{changed.name} is paused.")


@routes.post("/audiences/{audience_id}/resume")
async def resume(visit: Creator, audience_id: str) -> Response:
    """Its schedule goes on."""
    changed = await audiences.change(visit.app, visit.actor, audience_id, AudienceChange(paused=False))
    return visit.go(LIST, f"{changed.name} goes on.")


@routes.get("/audiences/{audience_id}/relink")
async def ask_relink(visit: Creator, audience_id: str, account: Id = "") -> Response:
    """Where it can go on; for one whose list is gone the lists of the chosen ad account."""
    return await _relink(visit, audience_id, Form({"account": account}))


@routes.post("/audiences/{audience_id}/relink")
async def relink(visit: Creator, audience_id: str, account: Text = "", remote_id: Text = "") -> Response:
    """It goes on there; on to the run that makes the list equal."""
    typed = {"account": account, "remote_id": remote_id}
    place = relinking.Place(account, remote_id)
    try:
        made = await relinking.relink(visit.app, visit.actor, audience_id, place)
    except AudienceSyncError as problem:
        return await _relink(visit, audience_id, refused(problem, typed, {}), status=problem.status)
    return visit.go(f"/runs/{made.run.id}", f"{made.audience.name} is linked again.")


@routes.post("/audiences/{audience_id}/recreate")
async def recreate(visit: Creator, audience_id: str) -> Response:
    """A new list on the platform; on to the run that fills it."""
    made = await audiences.recreate(visit.app, visit.actor, audience_id)
    return visit.go(f"/audiences/created/{made.run.id}")


@routes.get("/audiences/{audience_id}/delete")
async def ask_delete(visit: Deleter, audience_id: str) -> Response:
    """Asks what is to become of it on the platform, and for its name to be typed."""
    audience = await audiences.get(visit.app, visit.actor, audience_id)
    return visit.page("audiences/delete.html", audience=audience, form=Form())


@routes.post("/audiences/{audience_id}/delete")
async def delete(visit: Deleter, audience_id: str, where: Text = "", confirmed_name: Text = "") -> Response:
    """It is ours no more; where the platform's list goes, too, on to the run that deletes it."""
    audience = await audiences.get(visit.app, visit.actor, audience_id)
    try:
        _require_confirmed(audience, where, confirmed_name)
        run = await audiences.delete(visit.app, visit.actor, audience_id, from_platform=where == THERE)
    except AudienceSyncError as problem:
        form = refused(problem, {"where": where}, {})
        return visit.page("audiences/delete.html", status=problem.status, audience=audience, form=form)
    if run is not None:
        return visit.go(f"/runs/{run.id}", f"{audience.name} is being deleted on {audience.platform_name}.")
    return visit.go(LIST, f"{audience.name} is deleted.")


def _require_confirmed(audience: AudienceView, where: str, typed: str) -> None:
    if audience.remote_id and where not in (HERE, THERE):
        raise Invalid(f"Say what is to become of it on {audience.platform_name}.", details={"field": "where"})
    if typed.strip() != audience.name:
        raise Invalid(
            "That is not its name; nothing was deleted.", code="NOT_CONFIRMED", details={"field": "confirmed_name"}
        )


async def _edit(
    visit: Visit, audience_id: str, typed: Typed | None = None, problem: AudienceSyncError | None = None
) -> Response:
    audience = await audiences.get(visit.app, visit.actor, audience_id)
    platform, connector = await _platform(visit, audience), visit.app.connector(audience.platform)
    values = typed.shown(platform, audience.name) if typed else _settings(audience, platform)
    fixed = {each.name: open_values(connector, audience.choices, each) for each in platform.choices}
    return visit.page(
        "audiences/edit.html",
        status=problem.status if problem else 200,
        form=refused(problem, values, {}) if problem else Form(values),
        audience=audience,
        platform=platform,
        open_choices=fixed if audience.remote_id else None,
        intervals=intervals(),
    )


def _settings(audience: AudienceView, platform: PlatformState) -> dict[str, object]:
    """What the fields show of an audience."""
    values: dict[str, object] = {
        "description": audience.description,
        "auto_sync": audience.auto_sync,
        "interval_hours": audience.interval_hours,
        "identifiers": audience.identifiers or [column.name for column in platform.columns if column.default],
    }
    values |= guardrail_form.shown(audience.guardrails)
    return values | {f"{CHOICE}{name}": value for name, value in audience.choices.items()}


async def _rename(visit: Visit, audience: AudienceView, form: Form, *, status: int = 200) -> Response:
    platform = await _platform(visit, audience)
    return visit.page("audiences/rename.html", status=status, audience=audience, form=form, platform=platform)


async def _relink(visit: Visit, audience_id: str, form: Form, *, status: int = 200) -> Response:
    audience = await audiences.get(visit.app, visit.actor, audience_id)
    found = await relinking.candidates(visit.app, visit.actor, audience_id)
    account = next((each for each in found if each.id == form.value("account") and not each.barred), None)
    lists: list[RemoteAudience] = []
    if account is not None and audience.state == "stale":
        try:
            lists = await linking.remote_audiences(visit.app, visit.actor, account.id)
        except AudienceSyncError as problem:
            account, form, status = None, refused(problem, form.values, {}), problem.status
    return visit.page(
        "audiences/relink.html",
        status=status,
        audience=audience,
        form=form,
        candidates=found,
        account=account,
        lists=lists,
    )


async def _platform(visit: Visit, audience: AudienceView) -> PlatformState:
    found = await connect.platforms(visit.app, visit.actor)
    return next(each for each in found if each.id == audience.platform)
