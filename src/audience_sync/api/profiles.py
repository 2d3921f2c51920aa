"""Profiles: written, found by an identifier, looked at masked, and in clear for a reason."""

from typing import Annotated

from fastapi import Path
from pydantic import AwareDatetime, Field

from audience_sync.api.access import Admin, Belt, Exporter, Reader
from audience_sync.api.failures import problems
from audience_sync.api.nouns import Body, Words, router
from audience_sync.api.repeats import ONCE
from audience_sync.errors import NotFound, SourceError
from audience_sync.flows import hot, profiles
from audience_sync.flows.hot import Pending, Taken, TakenProfile
from audience_sync.flows.profile_views import FoundProfile, ProfileView
from audience_sync.flows.profiles import SearchKind

routes = router("Profiles", "/profiles")

Handle = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_.-]{1,4000}$", description="The `id` that `POST /profiles/find` gave.")
]


Cell = Annotated[str, Field(max_length=2000)]
Texts = Cell | Annotated[list[Cell], Field(max_length=100)] | None
Value = Cell | bool | int | float | None
ProfileId = Annotated[str, Field(min_length=1, max_length=512, examples=["customer-17"])]


class Decided(Body):
    """A consent with the time of the decision: an older one never takes the place of a newer."""

    status: bool | Cell
    """`granted` or `denied`, or another word that an import knows."""
    time: AwareDatetime | None = None


class Upsert(Body):
    """A profile's fields. What is not there stays as it is stored, null clears it."""

    profile_id: ProfileId
    email: Texts = Field(default=None, examples=["ann@example.com"])
    phone: Texts = None
    mobile_ad_id: Texts = None
    mobile_ad_os: Texts = None
    """`ios` or `android`, of all mobile ad ids or of each in their order."""
    external_id: Texts = None
    first_name: Cell | None = None
    last_name: Cell | None = None
    city: Cell | None = None
    region: Cell | None = None
    postal_code: Cell | None = None
    country: Cell | None = None
    birth_date: Cell | None = None
    gender: Cell | None = None
    attributes: dict[Cell, Value] = Field(default={}, examples=[{"plan": "gold"}])
    traits: dict[Cell, Value] = Field(default={}, examples=[{"score": 0.8}])
    """Computed elsewhere; not those that the store computes."""
    consents: dict[Cell, bool | Cell | Decided | None] = Field(default={}, examples=[{"ads": "granted"}])
    """By purpose."""


class Upserts(Body):
    """Several profiles."""

    profiles: list[Upsert] = Field(min_length=1, max_length=1000)
    """In this order: of two values of one field the later counts."""


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


@routes.post("", status_code=202, summary="Write a profile", dependencies=[ONCE])
async def upsert_profile(app: Belt, actor: Admin, wanted: Upsert) -> TakenProfile:
    """It is kept at once, and in the store with one of the next folds; until then it is not found."""
    return await hot.upsert_profile(app, actor, wanted.model_dump(exclude_unset=True))


@routes.post("/batch", status_code=202, summary="Write profiles", dependencies=[ONCE])
async def upsert_profiles(app: Belt, actor: Admin, wanted: Upserts) -> Taken:
    """The same for up to 1,000: all of them, or none if one cannot be used."""
    given = [each.model_dump(exclude_unset=True) for each in wanted.profiles]
    return await hot.upsert_profiles(app, actor, given)


@routes.get("/pending", summary="See what waits to be folded in")
async def get_pending(app: Belt, actor: Reader) -> Pending:
    """How many rows of profiles and events were accepted and are not in the store yet."""
    return await hot.pending(app, actor)


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


@routes.delete("/{profile_id}", status_code=202, summary="Erase a profile", responses=problems(NotFound))
async def erase_profile(app: Belt, actor: Admin, profile_id: Handle) -> Taken:
    """It leaves the store with its events at the next fold, and the platforms with the next sync of each audience."""
    return await hot.erase_profile(app, actor, profile_id)
