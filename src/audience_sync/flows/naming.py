"""How an audience is called on its platform: by its own name, and recognisable as ours."""

import re
from dataclasses import dataclass
from secrets import token_hex
from typing import Protocol

from audience_sync.model.cards import PlatformCard
from audience_sync.model.platforms import Found

MARKS = re.compile(r"\[(audience-sync:[0-9a-f]{12}|as-[0-9a-f]{10})\]")
"""Our markers as they stand in a description, or in a name where there is none."""


class Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Told:
    """What the platform is told."""

    name: str
    description: str


def new_marker(card: PlatformCard) -> str:
    """A marker of an audience; short where it has to stand in the name."""
    return f"as-{token_hex(5)}" if card.marks_names else f"audience-sync:{token_hex(6)}"


def told_platform(card: PlatformCard, audience: Named, marker: str) -> Told:
    """Name and description with the marker, the name cut so that both fit."""
    mark = f"[{marker}]"
    if card.marks_names:
        room = card.max_name - len(mark) - 1
        return Told(f"{audience.name[:room].rstrip()} {mark}", audience.description)
    return Told(audience.name, f"{audience.description} {mark}".strip())


def marker_in(found: Found) -> str:
    """Our marker of an audience on a platform; `` when it is not ours."""
    mark = MARKS.search(found.description) or MARKS.search(found.name)
    return mark.group(1) if mark else ""
