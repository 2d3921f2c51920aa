"""How one value becomes a key, for people to see."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from audience_sync.identity.places import region_of
from audience_sync.identity.rule import RuleSet
from audience_sync.identity.rules import default_region, rule_set, settle
from audience_sync.model.identifiers import IdentifierKind, KeyColumn


@dataclass(frozen=True, slots=True)
class Explained:
    """One value in one column. `key` is as on the wire and "" when refused; `reason` is "" when accepted.

    `hashed` says that the key is a digest. `normal_form` is "" when the value was a digest already.
    """

    kind: IdentifierKind
    value: str
    normal_form: str
    key: str
    hashed: bool
    rule: str
    reason: str


def explain(
    kind: IdentifierKind, value: str, *, country: str, default_country: str, columns: Sequence[KeyColumn], rules: str
) -> list[Explained]:
    """One entry per column that is made of this kind, in their order; none when the platform has no such column."""
    region = region_of(country, default_region(default_country))
    chosen = rule_set(rules)
    return [_explained(column, value, region, chosen) for column in columns if column.kind == kind]


def _explained(column: KeyColumn, value: str, region: str, rules: RuleSet) -> Explained:
    settled = settle(rules.of(column), value, region)
    accepted = not settled.reason
    return Explained(
        kind=column.kind,
        value=value,
        normal_form="" if settled.given else settled.text,
        key=_key(column, settled.text, rules, given=settled.given) if accepted else "",
        hashed=accepted and column.hashed,
        rule=rules.name,
        reason=settled.reason,
    )


def _key(column: KeyColumn, text: str, rules: RuleSet, *, given: bool) -> str:
    if not column.hashed:
        return text
    digest = bytes.fromhex(text) if given else hashlib.sha256(text.encode()).digest()
    return rules.digest_text(digest)
