"""How an audience is called on its platform: by its own name, and recognisable as ours."""

import itertools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from secrets import token_hex
from typing import Protocol

from audience_sync.model.cards import PlatformCard
from audience_sync.model.platforms import Found, ReadinessState
from audience_sync.store.platforms import AdAccount

OF_THE_GRANT = frozenset({"scopes", "token"})
"""Checks about the connection, which says of itself what is wrong with it."""

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
        return Told(f"{audience.name[: longest_name(card)].rstrip()} {mark}", audience.description)
    return Told(audience.name, f"{audience.description} {mark}".strip())


def longest_name(card: PlatformCard) -> int:
    """Most characters that a person may give a name there: what our marker leaves of it."""
    return card.max_name - len(f" [{new_marker(card)}]") if card.marks_names else card.max_name


def free_name(card: PlatformCard, name: str, taken: Collection[str]) -> str:
    """The name, or the first of `name (2)`, `name (3)` … that nothing is called yet, cut to what fits."""
    endings = itertools.chain([""], (f" ({number})" for number in itertools.count(2)))
    names = (name[: longest_name(card) - len(ending)].rstrip() + ending for ending in endings)
    return next(each for each in names if each not in taken)


def warnings(card: PlatformCard, audience: Named, account: AdAccount) -> Iterator[str]:
    """What may keep the platform from taking the audience in: nothing of it forbids to try."""
    words = set(re.findall(r"[^\W\d_]+", f"{audience.name} {audience.description}".casefold()))
    if hinted := sorted(words & set(card.sensitive_words)):
        yield (
            f"{card.name} may flag this audience and block its uploads, because its name or description says "
            f"{', '.join(hinted)}. Choose words that hint at nobody's health or finances."
        )
    for check in account.readiness:
        if check["state"] == ReadinessState.MISSING and check["code"] not in OF_THE_GRANT:
            yield " ".join(filter(None, (f"{check['label']}: no.", check["words"], check["link"])))


def marker_in(found: Found) -> str:
    """Our marker of an audience on a platform; `` when it is not ours."""
    mark = MARKS.search(found.description) or MARKS.search(found.name)
    return mark.group(1) if mark else ""
