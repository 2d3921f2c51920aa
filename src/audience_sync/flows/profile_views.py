"""A profile as people see it: masked, unless somebody who may has asked for it with a reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from audience_sync.model.identifiers import IdentifierKind
from audience_sync.sources.builtin.masking import masked, masked_id, masked_text
from audience_sync.sources.protocol import NO_CONSENT, Decision, Event, WholeProfile

Value = str | int | float | bool | datetime | date
TOLD_ANYWAY = (IdentifierKind.COUNTRY, IdentifierKind.GENDER)
"""Hints that many share, and that are in too many texts to be looked for there."""


@dataclass(frozen=True, slots=True)
class FoundProfile:
    """A profile that a search found. `id` is a handle that may stand in addresses; `profile_id` is masked."""

    id: str
    profile_id: str
    eligible: bool
    identifiers: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SegmentMembership:
    """A segment that the profile is in; or `problem`, in words, says why nobody can tell whether it is."""

    segment_id: str
    name: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class AudienceHolding:
    """An audience that has to do with the profile. `kinds`: of which keys are held for it, `keys` how many.

    `state`: held, outdated (by older identifiers: the next sync changes that), shared (only by a key that somebody
    else has too), doubtful (a key of it may be there), awaited (the next sync sends it) or withheld (`reason`).
    """

    audience_id: str
    name: str
    platform: str
    platform_name: str
    state: str
    kinds: tuple[str, ...]
    keys: int
    reason: str
    last_synced_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProfileView:
    """One profile. `masked`: nothing in it names a person. `withheld`: why it may not be sent, empty when it may.

    `audiences_left_out` were not looked at, because there are too many.
    """

    id: str
    profile_id: str
    masked: bool
    withheld: str
    identifiers: dict[str, tuple[str, ...]]
    attributes: dict[str, Value]
    traits: dict[str, Value]
    consents: tuple[Decision, ...]
    events: tuple[Event, ...]
    segments: tuple[SegmentMembership, ...]
    audiences: tuple[AudienceHolding, ...]
    audiences_left_out: int
    as_of: datetime


def found_profile(handle: str, profile: WholeProfile) -> FoundProfile:
    return FoundProfile(handle, masked_id(profile.profile_id), profile.eligible, masked_identifiers(profile))


def masked_identifiers(profile: WholeProfile) -> dict[str, tuple[str, ...]]:
    """By kind."""
    return {kind: tuple(masked(kind, value) for value in values) for kind, values in profile.identifiers.items()}


def told(profile: WholeProfile, *, region: str, in_clear: bool) -> WholeProfile:
    """The profile as it may be shown. Texts of attributes, traits and events may hold identifiers as well."""
    if in_clear:
        return profile
    own = [value for kind, some in profile.identifiers.items() if kind not in TOLD_ANYWAY for value in some]

    def hidden(value: object) -> object:
        return masked_text(value, own, region) if isinstance(value, str) else value

    return replace(
        profile,
        profile_id=masked_id(profile.profile_id),
        identifiers=masked_identifiers(profile),
        attributes=_each(profile.attributes, hidden),
        traits=_each(profile.traits, hidden),
        events=tuple(
            replace(event, properties={name: str(hidden(text)) for name, text in event.properties.items()})
            for event in profile.events
        ),
    )


def profile_view(
    handle: str,
    profile: WholeProfile,
    segments: tuple[SegmentMembership, ...],
    audiences: tuple[tuple[AudienceHolding, ...], int],
    *,
    as_of: datetime,
    in_clear: bool,
) -> ProfileView:
    """The profile, as `told` made it, with its whereabouts."""
    holdings, left_out = audiences
    return ProfileView(
        id=handle,
        profile_id=profile.profile_id,
        masked=not in_clear,
        withheld="" if profile.eligible else NO_CONSENT,
        identifiers=dict(profile.identifiers),
        attributes={name: _value(value) for name, value in profile.attributes.items()},
        traits={name: _value(value) for name, value in profile.traits.items()},
        consents=profile.consents,
        events=profile.events,
        segments=segments,
        audiences=holdings,
        audiences_left_out=left_out,
        as_of=as_of,
    )


def _each(values: Mapping[str, object], change: Callable[[object], object]) -> dict[str, object]:
    return {name: change(value) for name, value in values.items()}


def _value(value: object) -> Value:
    """Whatever else a store may hold, such as a list, is told as text."""
    return value if isinstance(value, str | int | float | bool | datetime | date) else str(value)
