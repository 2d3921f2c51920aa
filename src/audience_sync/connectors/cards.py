"""Reads a platform's card from its TOML file and refuses one that could not be acted upon."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from audience_sync import errors
from audience_sync.errors import NotFound
from audience_sync.model.cards import Choice, FaultRule, PlatformCard, ReplaceWay, Settling, StatusRule
from audience_sync.model.identifiers import IdentifierKind, KeyColumn

CARDS = files(__package__).joinpath("cards")


def card_of(platform: str) -> PlatformCard:
    """The platform's card, without its connector, whose libraries take long to load; NotFound when there is none."""
    platforms = sorted(file.name.removesuffix(".toml") for file in CARDS.iterdir() if file.name.endswith(".toml"))
    if platform not in platforms:
        raise NotFound(f"There is no platform {platform!r}.", f"Platforms: {', '.join(platforms)}.")
    return load_card(platform)


@cache
def load_card(platform: str) -> PlatformCard:
    """The card in `cards/<platform>.toml`; ValueError or TypeError when it is not one."""
    text = CARDS.joinpath(f"{platform}.toml").read_text("utf-8")
    facts: dict[str, Any] = tomllib.loads(text)
    return PlatformCard(
        **{"max_replace_members": None, "max_audiences": None}
        | facts
        | {
            "scopes": tuple(facts["scopes"]),
            "sources": tuple(facts["sources"]),
            "replace": ReplaceWay(facts["replace"]),
            "columns": tuple(map(_column, facts["columns"])),
            "optional": tuple(map(_column, facts.get("optional", []))),
            "faults": tuple(map(_fault, facts["faults"])),
            "statuses": {name: _statuses(rows) for name, rows in facts.get("statuses", {}).items()},
            "settling": Settling(**facts.get("settling", {})),
            "sensitive_words": tuple(facts.get("sensitive_words", [])),
            "rule_options": tuple(facts.get("rule_options", [])),
            "choices": tuple(Choice(**each) for each in facts.get("choices", [])),
        }
    )


def _column(row: dict[str, Any]) -> KeyColumn:
    return KeyColumn(**row | {"kind": IdentifierKind(row["kind"])})


def _fault(row: dict[str, Any]) -> FaultRule:
    rule = FaultRule(**{"subcode": None} | row)
    if not issubclass(getattr(errors, rule.kind), errors.AudienceSyncError):
        raise ValueError(f"{rule.kind} is no error of ours.")
    return rule


def _statuses(rows: dict[str, dict[str, Any]]) -> dict[int, StatusRule]:
    return {int(number): StatusRule(**row) for number, row in rows.items()}
