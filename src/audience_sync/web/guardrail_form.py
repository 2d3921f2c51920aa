"""The fields of an audience's guardrails: what they show, and what was typed into them."""

from collections.abc import Mapping

from audience_sync.errors import Invalid
from audience_sync.model.guardrails import Guardrails

PERCENT, SIZES, EMPTY = "most_removed_percent", ("smallest", "largest"), "never_empty"
LONGEST = 15
"""Digits of a number."""


def shown(guardrails: Guardrails) -> dict[str, object]:
    """What the fields show of them."""
    return guardrails.to_json()


def shown_again(typed: Mapping[str, str]) -> dict[str, object]:
    """What the fields show of what was typed."""
    return {**{name: typed.get(name, "") for name in (PERCENT, *SIZES)}, EMPTY: EMPTY in typed}


def wanted(typed: Mapping[str, str]) -> dict[str, int]:
    """The guardrails that were typed, none where the fields were not on the screen; Invalid with what is no number."""
    if PERCENT not in typed:
        return {}
    sizes = {name: _number(typed.get(name, "").strip() or "0", name) for name in SIZES}
    return {PERCENT: _number(typed[PERCENT].strip(), PERCENT), **sizes, EMPTY: EMPTY in typed}


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST):
        raise Invalid("This is no number.", "Write digits.", details={"field": name})
    return int(text)
