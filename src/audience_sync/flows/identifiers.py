"""How identifiers become each platform's keys: the rules in words, and values tried on the spot. Nothing is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audience_sync.app import App
from audience_sync.connectors.registry import rules_of
from audience_sync.identity.example import COUNTRY, PERSON
from audience_sync.identity.explain import Explained, Step, explain
from audience_sync.identity.rule import RuleSet
from audience_sync.identity.rules import default_region, named, rule_set
from audience_sync.model.cards import PlatformCard
from audience_sync.model.identifiers import IdentifierKind, KeyColumn
from audience_sync.model.permissions import Actor, Permission

NOT_TAKEN = "not_taken_by_platform"
"""Reason of a value whose kind the platform has no column for."""


@dataclass(frozen=True, slots=True)
class ExampleView:
    """A made-up value and what it becomes: one normal form and key, or two where a form makes two."""

    value: str
    normal_forms: tuple[str, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormView:
    """A form that the platform's rules offer for a kind, because its own pages disagree."""

    form: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class RuleView:
    """What becomes of one kind of identifier in one column of the platform."""

    kind: IdentifierKind
    column: str
    words: str
    hashed: bool
    names_a_person: bool
    example: ExampleView
    forms: tuple[FormView, ...]


@dataclass(frozen=True, slots=True)
class PlatformRules:
    """The rules by which this installation makes a platform's keys."""

    platform: str
    platform_name: str
    rules: str
    version: int
    columns: tuple[RuleView, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """What one value became in one column; `reason` is empty when it has a key."""

    kind: IdentifierKind
    column: str
    value: str
    normal_form: str
    key: str
    hashed: bool
    reason: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Values tried under a platform's rules, in the order in which they were given."""

    platform: str
    rules: str
    results: tuple[Tried, ...]


async def rules(app: App, actor: Actor) -> list[PlatformRules]:
    """The rules of every platform there is a connector for."""
    actor.require(Permission.READ)
    return [_platform(each.card, rules_of(app.settings, each.card.id)) for each in app.connectors.values()]


async def attempt(
    app: App,
    actor: Actor,
    platform: str,
    values: Mapping[IdentifierKind, Sequence[str]],
    *,
    default_country: str = "",
    forms: Mapping[IdentifierKind, str] | None = None,
) -> Attempt:
    """What the values become on that platform; with `forms`, by kind, in those instead of this installation's."""
    actor.require(Permission.READ)
    card = app.connector(platform).card
    chosen = {str(kind): form for kind, form in (forms or {}).items()}
    name = named(card.rules, chosen) if chosen else rules_of(app.settings, platform)
    default_region(default_country)
    tried = [
        _tried(one)
        for kind, some in values.items()
        for value in some
        for one in explained(card, name, kind, value, default_country=default_country)
    ]
    return Attempt(platform, name, tuple(tried))


def explained(
    card: PlatformCard, rules: str, kind: IdentifierKind, value: str, *, country: str = "", default_country: str = ""
) -> list[Explained]:
    """One entry per key of the value; a kind that the platform does not take is told as such."""
    columns, where = card.known_columns, {"country": country, "default_country": default_country}
    found = explain(kind, value, columns=columns, rules=rules, **where)
    return found or [Explained(kind, value, "", "", hashed=False, rule=rules, reason=NOT_TAKEN)]


def _tried(one: Explained) -> Tried:
    return Tried(one.kind, one.wire, one.value, one.normal_form, one.key, one.hashed, one.reason, one.steps)


def _platform(card: PlatformCard, name: str) -> PlatformRules:
    chosen = rule_set(name)
    columns = tuple(_rule(column, chosen) for column in card.known_columns)
    version = int(card.rules.rpartition("/")[2])
    return PlatformRules(card.id, card.name, chosen.name, version, columns)


def _rule(column: KeyColumn, chosen: RuleSet) -> RuleView:
    rule = chosen.of(column).rule
    offered = chosen.forms.get(column.kind, {})
    return RuleView(
        kind=column.kind,
        column=column.wire,
        words=rule.words,
        hashed=column.hashed,
        names_a_person=column.names_a_person,
        example=_example(column, chosen.name),
        forms=tuple(FormView(form, each.words, chosen=each is rule) for form, each in offered.items()),
    )


def _example(column: KeyColumn, rules: str) -> ExampleView:
    value = PERSON[column.kind]
    found = explain(column.kind, value, country=COUNTRY, default_country="", columns=(column,), rules=rules)
    return ExampleView(value, tuple(one.normal_form for one in found), tuple(one.key for one in found))
