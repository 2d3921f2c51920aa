"""How one value becomes a key, for people to see."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from audience_sync.identity.arrays import as_texts
from audience_sync.identity.places import region_of
from audience_sync.identity.rule import Rule, RuleSet
from audience_sync.identity.rules import Settled, default_region, rule_set, settle
from audience_sync.model.identifiers import IdentifierKind, KeyColumn


@dataclass(frozen=True, slots=True)
class Explained:
    """One value in one column. `key` is as on the wire and "" when refused; `reason` is "" when accepted.

    `hashed` says that the key is a digest. `normal_form` is "" when the value was a digest already. `wire` is the
    platform's name of the column, "" when it has none for this kind.
    """

    kind: IdentifierKind
    value: str
    normal_form: str
    key: str
    hashed: bool
    rule: str
    reason: str
    wire: str = ""


def explain(
    kind: IdentifierKind, value: str, *, country: str, default_country: str, columns: Sequence[KeyColumn], rules: str
) -> list[Explained]:
    """One entry per key and column that is made of this kind, in their order; none when there is no such column."""
    region = region_of(country, default_region(default_country))
    chosen = rule_set(rules)
    mine = [column for column in columns if column.kind == kind]
    return [one for column in mine for one in _explained(column, value, region, chosen)]


def _explained(column: KeyColumn, value: str, region: str, rules: RuleSet) -> list[Explained]:
    made = rules.of(column)
    return [_one(column, value, settled, rules) for settled in _spelled(settle(made, value, region), made.rule)]


def _spelled(settled: Settled, rule: Rule) -> list[Settled]:
    """What became of the value, and its second spelling where the rule has one."""
    if rule.also is None or settled.given or settled.reason:
        return [settled]
    return [settled, *(Settled(text) for text in rule.also(as_texts([settled.text])).to_pylist() if text)]


def _one(column: KeyColumn, value: str, settled: Settled, rules: RuleSet) -> Explained:
    accepted = not settled.reason
    return Explained(
        kind=column.kind,
        value=value,
        normal_form="" if settled.given else settled.text,
        key=_key(column, settled, rules) if accepted else "",
        hashed=accepted and column.hashed,
        rule=rules.name,
        reason=settled.reason,
        wire=column.wire,
    )


def _key(column: KeyColumn, settled: Settled, rules: RuleSet) -> str:
    if not column.hashed:
        return settled.text
    digest = bytes.fromhex(settled.text) if settled.given else hashlib.sha256(settled.text.encode()).digest()
    return rules.digest_text(digest)
