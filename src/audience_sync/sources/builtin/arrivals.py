"""Rows that arrived one by one, gathered so that a few imports do what an import of each would have done.

A row has the fields of `fields` as its names. Of a profile: `profile_id`, identifiers, `attribute:NAME`, `trait:NAME`,
`consent:PURPOSE`, whose value may be a decision with its `status` and `time`. What a row lacks stays as stored; null
clears it. Of an event: `profile_id`, `event`, `time`, `properties` and maybe `event_id`. Of an erasure: `profile_id`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from audience_sync.sources.builtin.changes import MAX_PURPOSES

Row = dict[str, object]
MOST_NAMES = 1000
"""Different fields of the profiles of a round; a file has at most twice as many columns."""
DATED = object()
"""In the place of a decision whose date decides whether it counts."""


class ArrivalKind(StrEnum):
    """What the rows of an arrival are."""

    PROFILES = "profiles"
    EVENTS = "events"
    ERASURES = "erasures"


@dataclass(frozen=True, slots=True)
class Arrived:
    """The rows of one request, in their order."""

    number: int
    """Grows with time."""
    kind: ArrivalKind
    rows: list[Row]


@dataclass(slots=True)
class Round:
    """What is to be done in this order: erase, then import profiles, then consents, then events."""

    erased: set[str] = field(default_factory=set)
    profiles: dict[str, Row] = field(default_factory=dict)
    """One row for each profile: of each field the last value that arrived."""
    consents: dict[str, list[Row]] = field(default_factory=dict)
    """The decisions with a date, by profile."""
    events: dict[object, Row] = field(default_factory=dict)
    """By what makes an event the same event."""
    _decided: dict[tuple[str, str], object] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    _origin: dict[object, int] = field(default_factory=dict)

    def has_room(self, row: Row) -> bool:
        """Whether the profile's row can join: no decision of it needs to be seen after another one of the round."""
        if len(self._names | row.keys()) > MOST_NAMES:
            return False
        if sum(name.startswith("consent:") for name in self._names | row.keys()) > MAX_PURPOSES:
            return False
        profile = str(row["profile_id"])
        return all(
            self._decided.get((profile, name), value) == value
            for name, value in row.items()
            if name.startswith("consent:") and not isinstance(value, dict)
        )

    def add_profile(self, row: Row) -> None:
        profile = str(row["profile_id"])
        plain: Row = {}
        for name, value in row.items():
            if isinstance(value, dict):
                decision = {"profile_id": profile, "purpose": name.partition(":")[2], **value}
                self.consents.setdefault(profile, []).append(decision)
            else:
                plain[name] = value
            if name.startswith("consent:"):
                self._decided[profile, name] = DATED if isinstance(value, dict) else value
        self._names |= row.keys()
        known = self.profiles.setdefault(profile, {})
        if "mobile_ad_id" in plain:
            known.pop("mobile_ad_os", None)
        else:
            plain.pop("mobile_ad_os", None)  # A system says something about the ids of its own row only.
        known.update(plain)

    def add_events(self, arrived: Arrived) -> None:
        """Alike events without an id are one event when they arrive again, and several within one request."""
        alike: Counter[str] = Counter()
        for row in arrived.rows:
            same: object = row.get("event_id")
            if same is None:
                text = json.dumps(row, sort_keys=True)
                alike[text] += 1
                same = (text, alike[text])
            if self._origin.setdefault(same, arrived.number) == arrived.number:
                self.events[same] = row

    def erase(self, profile: str) -> None:
        """What the round knew of the profile is gone, and what is stored goes first."""
        self.erased.add(profile)
        self.profiles.pop(profile, None)
        self.consents.pop(profile, None)
        self._decided = {key: value for key, value in self._decided.items() if key[0] != profile}
        gone = [key for key, row in self.events.items() if row["profile_id"] == profile]
        for key in gone:
            del self.events[key], self._origin[key]


def rounds(arrivals: Iterable[Arrived]) -> Iterator[Round]:
    """Rounds that do, one after the other, what the arrivals would have done one after the other."""
    current = Round()
    for arrived in arrivals:
        match arrived.kind:
            case ArrivalKind.EVENTS:
                current.add_events(arrived)
            case ArrivalKind.ERASURES:
                for row in arrived.rows:
                    current.erase(str(row["profile_id"]))
            case ArrivalKind.PROFILES:
                for row in arrived.rows:
                    if not current.has_room(row):
                        yield current
                        current = Round()
                    current.add_profile(row)
    yield current
