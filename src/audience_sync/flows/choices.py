"""What a person may choose per audience on a platform, and whether it still can be changed."""

from collections.abc import Mapping

from audience_sync.connectors.protocol import Connector
from audience_sync.errors import Conflict, Invalid
from audience_sync.model.cards import Choice, PlatformCard
from audience_sync.model.platforms import Found


def chosen_of(card: PlatformCard, choices: Mapping[str, str]) -> dict[str, str]:
    """Every choice of the platform with the value that holds: the chosen one, else the default."""
    return {choice.name: choices.get(choice.name, choice.default) for choice in card.choices}


def require_choices(card: PlatformCard, choices: Mapping[str, str]) -> None:
    """Nothing, or Invalid with the values that there are."""
    offered = {choice.name: choice for choice in card.choices}
    for name, value in choices.items():
        if name not in offered:
            raise Invalid(
                f"{card.name} offers no choice {name!r}.",
                f"It offers {', '.join(offered) or 'none'}.",
                details={"field": "choices", "allowed": sorted(offered)},
            )
        if value not in offered[name].values:
            allowed = sorted(offered[name].values)
            raise Invalid(
                f"{value!r} is not offered for {offered[name].label}.",
                f"Choose one of {', '.join(allowed)}.",
                details={"field": f"choices.{name}", "allowed": allowed},
            )


def open_values(connector: Connector, choices: Mapping[str, str], choice: Choice) -> frozenset[str]:
    """The values of the choice that an audience whose list exists may still change to, its own among them."""
    held = connector.way(choices)
    return frozenset(value for value in choice.values if connector.way({**choices, choice.name: value}) == held)


def require_same_way(connector: Connector, before: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Nothing, or Conflict CHOICE_FIXED: a list that exists is kept equal in the way in which it was made."""
    if connector.way(before) != connector.way(wanted):
        raise Conflict(
            f"This audience exists on {connector.card.name} already, and how it is kept there cannot be changed.",
            "Create another audience with that choice.",
            code="CHOICE_FIXED",
        )


def require_kept_so(connector: Connector, found: Found, choices: Mapping[str, str]) -> None:
    """Nothing, or Conflict CHOICE_FIXED naming the choice of which the list was made: it takes nothing else in."""
    held = chosen_of(connector.card, choices)
    for choice in connector.card.choices:
        made = found.choices.get(choice.name, held[choice.name])
        if made != held[choice.name]:
            raise Conflict(
                f"{found.name} was made with {choice.label!r} = {made!r} on {connector.card.name}, and "
                f"{held[choice.name]!r} is chosen here.",
                f"Choose {made!r} for a new audience that is linked to it, or choose another list.",
                code="CHOICE_FIXED",
                details={"field": f"choices.{choice.name}", "allowed": [made]},
            )
