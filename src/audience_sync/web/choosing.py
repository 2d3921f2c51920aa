"""What was chosen so far on the way to a new audience. It travels in the address, so that going back keeps it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from audience_sync.flows.connect import PlatformState
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.flows.schedule import INTERVALS

CHOICE = "choices."
ACCOUNT = "account"
SEEN = "seen"
"""Says that the settings were on the screen: a box that is not ticked was unticked then."""
PLACE = ("segment", "platform", ACCOUNT)
SETTINGS = ("name", "description", "auto_sync", "interval_hours", "identifiers", SEEN)
LONGEST = 2000
MOST = 60
"""Values that an address may carry."""
EVERY = {1: "Every hour", 168: "Every 7 days"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Names and values, in the order in which they came; `identifiers` may come several times."""

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, given: Iterable[tuple[str, object]]) -> "Chosen":
        """What is known of the given values; the account is that of the chosen platform."""
        texts = [(name, value.replace("\0", "")[:LONGEST]) for name, value in given if isinstance(value, str)][:MOST]
        values = dict(texts)
        account = values.get(f"{ACCOUNT}.{values.get('platform', '')}") or values.get(ACCOUNT, "")
        kept = [(name, value) for name, value in texts if _is_known(name) and name != ACCOUNT]
        return cls((*kept, (ACCOUNT, account)) if account else tuple(kept))

    def value(self, name: str) -> str:
        return dict(self.pairs).get(name, "")

    def without(self, *names: str) -> tuple[tuple[str, str], ...]:
        """What a form carries along that asks for those names itself."""
        return tuple((name, value) for name, value in self.pairs if name.partition(".")[0] not in names)

    def settings(self, platform: PlatformState, default_name: str) -> dict[str, object]:
        """What the fields of the settings show: what was typed, else the defaults."""
        seen, typed = bool(self.value(SEEN)), dict(self.pairs)
        by_default = [column.name for column in platform.columns if column.default]
        shown: dict[str, object] = {
            "name": typed.get("name", default_name),
            "description": typed.get("description", ""),
            "auto_sync": "auto_sync" in typed or not seen,
            "interval_hours": typed.get("interval_hours", "24"),
            "identifiers": self._identifiers if seen else by_default,
        }
        chosen = self._choices(platform)
        return shown | {f"{CHOICE}{each.name}": chosen.get(each.name, each.default) for each in platform.choices}

    def draft(self, platform: PlatformState) -> AudienceDraft:
        """What is to be made of it. Kinds of keys that are the platform's own choice are left to it."""
        by_default = {column.name for column in platform.columns if column.default}
        kinds, hours = self._identifiers, self.value("interval_hours")
        return AudienceDraft(
            segment_id=self.value("segment"),
            ad_account_id=self.value(ACCOUNT),
            name=self.value("name"),
            description=self.value("description"),
            auto_sync="auto_sync" in dict(self.pairs),
            interval_hours=int(hours) if hours.isascii() and hours.isdigit() else 0,
            identifiers=() if set(kinds) == by_default else kinds,
            choices=self._choices(platform),
        )

    @property
    def _identifiers(self) -> tuple[str, ...]:
        return tuple(value for name, value in self.pairs if name == "identifiers")

    def _choices(self, platform: PlatformState) -> Mapping[str, str]:
        typed = dict(self.pairs)
        named = {each.name: f"{CHOICE}{each.name}" for each in platform.choices}
        return {name: typed[field] for name, field in named.items() if field in typed}


def intervals() -> list[tuple[int, str]]:
    """What may be chosen as the time between two syncs, in words."""
    return [(hours, EVERY.get(hours, f"Every {hours} hours")) for hours in INTERVALS]


def _is_known(name: str) -> bool:
    return name in PLACE or name in SETTINGS or name.startswith(CHOICE)
