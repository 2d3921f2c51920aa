"""Profiles: one is found by an identifier and looked at, masked; or in clear, by who may and says why."""

import asyncio
from enum import StrEnum

from audience_sync.app import App
from audience_sync.errors import Invalid, NotFound
from audience_sync.flows.profile_views import FoundProfile, ProfileView, found_profile, profile_view, told
from audience_sync.flows.sizes import question
from audience_sync.flows.whereabouts import Rows, audiences_of, rows, segments_of
from audience_sync.identity.places import region_of
from audience_sync.model.identifiers import IdentifierKind
from audience_sync.model.permissions import Actor, Permission
from audience_sync.sources.protocol import WholeProfile
from audience_sync.store import audit
from audience_sync.store.handles import handle_of, text_of

PURPOSE = "profile"
MOST_FOUND = 10
EVENTS_SHOWN = 50
LEAST_REASON = 10
"""Characters of a reason: less says nothing to whoever reads the audit trail."""


class SearchKind(StrEnum):
    """What a profile can be searched by."""

    EMAIL = "email"
    PHONE = "phone"
    MOBILE_AD_ID = "mobile_ad_id"
    EXTERNAL_ID = "external_id"
    PROFILE_ID = "profile_id"


async def find(app: App, actor: Actor, kind: str, value: str) -> tuple[FoundProfile, ...]:
    """The profiles with that identifier, masked, at most ten. INVALID_IDENTIFIER when the value is none of its kind."""
    actor.require(Permission.READ)
    if kind not in tuple(SearchKind):
        raise Invalid(f"Nobody is found by {kind!r}.", f"Search by {', '.join(SearchKind)}.", code="INVALID_IDENTIFIER")
    found = await asyncio.to_thread(_found, app, SearchKind(kind), value)
    return tuple(found_profile(_handle(app, each.profile_id), each) for each in found)


async def get(app: App, actor: Actor, handle: str) -> ProfileView:
    """The profile, masked, with the segments that contain it and the audiences that hold it."""
    actor.require(Permission.READ)
    return await _view(app, handle, in_clear=False)


async def reveal(app: App, actor: Actor, handle: str, *, reason: str) -> ProfileView:
    """The same in clear. REASON_NEEDED without a reason, which is kept in the audit trail before anything is shown."""
    actor.require(Permission.EXPORT)
    reason = " ".join(reason.split())
    if len(reason) < LEAST_REASON:
        raise Invalid(
            "Identifiers in clear need a reason.",
            f"Give one of at least {LEAST_REASON} characters; it is kept in the audit trail.",
            code="REASON_NEEDED",
            details={"field": "reason"},
        )
    text_of(app.vault, handle, purpose=PURPOSE)
    async with app.database.write() as session:
        thing = audit.Thing("profile", handle)
        audit.record(session, actor, "profile.reveal", on=thing, at=app.now(), reason=reason)
    return await _view(app, handle, in_clear=True)


async def _view(app: App, handle: str, *, in_clear: bool) -> ProfileView:
    profile_id, among = text_of(app.vault, handle, purpose=PURPOSE), await rows(app)
    view = await asyncio.to_thread(_looked_at, app, profile_id, among, in_clear=in_clear)
    if view is None:
        raise NotFound("There is no such profile any more.", "Search for it by one of its identifiers.")
    return view


def _looked_at(app: App, profile_id: str, among: Rows, *, in_clear: bool) -> ProfileView | None:
    profile = app.source.whole(profile_id, question(app), events=EVENTS_SHOWN)
    if profile is None:
        return None
    segments = segments_of(app, profile_id, among.segments)
    within = {each.segment_id for each in segments if not each.problem}
    holdings = audiences_of(app, profile, among.audiences, within)
    (country,) = profile.identifiers.get(IdentifierKind.COUNTRY, ("",))
    shown = told(profile, region=region_of(country, app.settings.default_country), in_clear=in_clear)
    return profile_view(
        _handle(app, profile_id),
        shown,
        segments,
        (holdings, among.left_out),
        as_of=app.now(),
        in_clear=in_clear,
    )


def _found(app: App, kind: SearchKind, value: str) -> list[WholeProfile]:
    asked = question(app)
    if kind is SearchKind.PROFILE_ID:
        ids = [value.strip()]
    else:
        ids = app.source.find(IdentifierKind(kind), value, asked, limit=MOST_FOUND)
    found = (app.source.whole(each, asked, events=0) for each in ids)
    return [each for each in found if each is not None]


def _handle(app: App, profile_id: str) -> str:
    return handle_of(app.vault, profile_id, purpose=PURPOSE)
