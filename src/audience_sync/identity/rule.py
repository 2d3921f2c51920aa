"""What a rule is: the one normal form that a platform gives to one kind of identifier."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from audience_sync.errors import Invalid
from audience_sync.identity.arrays import Texts, nothing
from audience_sync.model.identifiers import IdentifierKind, KeyColumn


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a value has no normal form. The reason is a stable lower-case word that reports count by."""

    reason: str


Exact: TypeAlias = Callable[[str, str], str | Unusable]
"""The authority: (value without outer blanks and never empty, region it is read in) -> normal form.
A region is an upper-case ISO 3166-1 alpha-2 code, or "" when nobody knows it."""

Sure: TypeAlias = Callable[[Texts, Texts], Texts]
"""The fast path: (values, regions) -> normal forms, null wherever it is not sure to agree with the authority.
Values have no ASCII blanks at their ends and are never null."""

Respelling: TypeAlias = Callable[[Texts], Texts]
"""Normal forms -> what else the platform may know the same value by; null for null."""


def never_sure(values: Texts, regions: Texts) -> Texts:
    """Nothing is easy: every distinct value goes to the authority."""
    return nothing(len(values))


@dataclass(frozen=True, slots=True)
class Rule:
    """One normal form, twice: exact for anything, fast for what is provably easy."""

    exact: Exact
    sure: Sure = never_sure
    by_region: bool = False
    """Whether the same text may mean different things in different regions."""
    also: Respelling | None = None
    """A second key for the same value, only for kinds that name a person. A value given as a digest has none."""
    words: str = field(kw_only=True)
    """The rule in words for people."""


def as_hex(digest: bytes) -> str:
    """The digest as lower-case hex."""
    return digest.hex()


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """A column of a platform's schema with the rule that fills it."""

    column: KeyColumn
    rule: Rule


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules of one platform, by kind and part. A changed rule is a new name: keys are stored with it."""

    name: str
    rules: Mapping[tuple[IdentifierKind, str], Rule]
    digest_text: Callable[[bytes], str] = field(default=as_hex)
    """How the platform spells a digest."""
    forms: Mapping[IdentifierKind, Mapping[str, Rule]] = field(default_factory=dict)
    """Where the platform's own pages disagree, the forms to choose from by kind and name; one of each is in `rules`."""

    def of(self, column: KeyColumn) -> ColumnRule:
        """That column with its rule; Invalid when the platform has no rule for such a column."""
        rule = self.rules.get((column.kind, column.part))
        if rule is None:
            raise Invalid(f"{self.name} has no rule for {column.name}.", "Leave the column out of the card.")
        return ColumnRule(column, rule)

    def in_forms(self, chosen: Mapping[str, str]) -> "RuleSet":
        """These rules with those forms, by kind, and with a name that tells; Invalid when there is no such form."""
        rules, name = dict(self.rules), self.name
        for kind, form in sorted(chosen.items()):
            rule = self._form(kind, form)
            if rule is not self.rules[IdentifierKind(kind), ""]:
                rules[IdentifierKind(kind), ""], name = rule, f"{name}+{kind}={form}"
        return replace(self, name=name, rules=rules)

    def _form(self, kind: str, form: str) -> Rule:
        forms = {str(known): rules for known, rules in self.forms.items()}
        if form not in forms.get(kind, {}):
            known = ", ".join(f"{name}={one}" for name, rules in forms.items() for one in rules)
            raise Invalid(f"{self.name} has no form {kind}={form}.", f"Forms: {known or 'none'}.")
        return forms[kind][form]
