"""Does the platform hold exactly the segment's keys? Computed anew from the profiles, without ledger and plans."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from audience_sync.app import App
from audience_sync.connectors.registry import rules_of
from audience_sync.demo.pretend import PRETENDS
from audience_sync.flows import segments
from audience_sync.flows.sizes import question
from audience_sync.identity.explain import explain
from audience_sync.model.cards import PlatformCard
from audience_sync.model.permissions import SHELL
from audience_sync.model.segments import parse_segment

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Proof:
    """`members` profiles have keys and may be sent; `missing` keys the platform lacks, `surplus` it should lack."""

    members: int
    wanted: int
    held: int
    missing: int
    surplus: int

    @property
    def holds(self) -> bool:
        return not self.missing and not self.surplus


async def proved(app: App, segment_id: str, platform: str, held: set[Key]) -> Proof:
    """The segment's keys as of now against those that the platform holds; each key is (name there, value)."""
    segment = await segments.get(app, SHELL, segment_id)
    people = await asyncio.to_thread(_members, app, dict(segment.definition))
    card, rules = app.connector(platform).card, rules_of(app.settings, platform)
    keys = [_keys(person, card, rules, default_country=app.settings.default_country) for person in people]
    wanted, held = set().union(*keys), _named(card, held)
    return Proof(sum(map(bool, keys)), len(wanted), len(held), len(wanted - held), len(held - wanted))


def _named(card: PlatformCard, held: set[Key]) -> set[Key]:
    """Those of the keys that name a person. Google keeps the address that comes with a member as one more of them."""
    names = {name for column in card.naming for name in PRETENDS[card.id].names(column)}
    return {key for key in held if key[0] in names}


def _members(app: App, definition: dict[str, Any]) -> list[dict[str, Any]]:
    """The raw identifiers of everybody in the segment who may be sent."""
    asked = question(app)
    with TemporaryDirectory() as folder:
        ids = Path(folder) / "members.parquet"
        app.source.fingerprints(parse_segment(definition), ids, question=asked)
        return app.source.profiles(ids, snapshot=asked.snapshot).read_all().to_pylist()


def _keys(person: dict[str, Any], card: PlatformCard, rules: str, *, default_country: str) -> set[Key]:
    """One value at a time, by the exact rules; only columns that name a person are keys."""
    columns = [column for column in card.columns if column.names_a_person]
    return {
        (name, one.key)
        for column in columns
        for value in person[column.kind] or ()
        for one in explain(
            column.kind,
            value,
            country=person["country"] or "",
            default_country=default_country,
            columns=[column],
            rules=rules,
        )
        if one.key
        for name in PRETENDS[card.id].names(column)
    }
