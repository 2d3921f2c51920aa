"""Profiles: found by an identifier, looked at masked, and in clear for a reason."""

from typing import Annotated

from fastapi import Path
from pydantic import Field

from audience_sync.api.access import Belt, Exporter, Reader
from audience_sync.api.failures import problems
from audience_sync.api.nouns import Body, Words, router
from audience_sync.errors import NotFound, SourceError
from audience_sync.flows import profiles
from audience_sync.flows.profile_views import FoundProfile, ProfileView
from audience_sync.flows.profiles import SearchKind

routes = router("Profiles", "/profiles")

Handle = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_.-]{1,4000}$", description="The `id` that `POST /profiles/find` gave.")
]


class WantedProfile(Body):
    """Whom to look for. It travels in a body, because an address is no place for an identifier."""

    kind: SearchKind
    """What the value is."""
    value: str = Field(min_length=1, max_length=500, examples=["ann@example.com"])
    """Written in any way: it is normalised first."""


class Purpose(Body):
    """Why identifiers are to be seen in clear."""

    reason: Words = Field(examples=["A request for access by the person"])
    """At least ten characters; kept in the audit trail."""


@routes.post("/find", summary="Find profiles", responses=problems(SourceError))
async def find_profiles(app: Belt, actor: Reader, wanted: WantedProfile) -> tuple[FoundProfile, ...]:
    """At most ten profiles with that identifier, masked. Their ids are handles that say nothing."""
    return await profiles.find(app, actor, wanted.kind, wanted.value)


@routes.get("/{profile_id}", summary="Look at a profile", responses=problems(NotFound, SourceError))
async def get_profile(app: Belt, actor: Reader, profile_id: Handle) -> ProfileView:
    """What is known of it, masked, with the segments that contain it and the audiences that hold it."""
    return await profiles.get(app, actor, profile_id)


@routes.post("/{profile_id}/reveal", summary="See a profile in clear", responses=problems(NotFound, SourceError))
async def reveal_profile(app: Belt, actor: Exporter, profile_id: Handle, wanted: Purpose) -> ProfileView:
    """The same with its identifiers in clear. Who asked and why is in the audit trail."""
    return await profiles.reveal(app, actor, profile_id, reason=wanted.reason)
