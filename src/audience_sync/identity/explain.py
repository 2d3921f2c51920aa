"""How one value becomes a key, for people to see."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audience_sync.identity.arrays import as_texts
from audience_sync.identity.places import region_of
from audience_sync.identity.rule import ColumnRule, Rule, RuleSet
from audience_sync.identity.rules import Settled, default_region, rule_set, settle
from audience_sync.identity.text import trimmed
from audience_sync.model.identifiers import IdentifierKind, KeyColumn

HASHED = "SHA-256 of its UTF-8"


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way from value to key: what was done, and the text afterwards."""

    words: str
    text: str


@dataclass(frozen=True, slots=True)
class Explained:
    """One value in one column. `key` is as on the wire and "" when refused; `reason` is "" when accepted.

    `hashed` says that the key is a digest. `normal_form` is "" when the value was a digest already. `wire` is the
    platform's name of the column, "" when it has none for this kind. `steps` end where the value was refused.
    """

    kind: IdentifierKind
    value: str
    normal_form: str
    key: str
    hashed: bool
    rule: str
    reason: str
    wire: str = ""
    steps: tuple[Step, ...] = ()


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
    settled = settle(made, value, region)
    return [_one(made, value, each, rules, region=region) for each in _spelled(settled, made.rule)]


def _spelled(settled: Settled, rule: Rule) -> list[Settled]:
    """What became of the value, and its second spelling where the rule has one."""
    if rule.also is None or settled.given or settled.reason:
        return [settled]
    return [settled, *(Settled(text) for text in rule.also(as_texts([settled.text])).to_pylist() if text)]


def _one(made: ColumnRule, value: str, settled: Settled, rules: RuleSet, *, region: str) -> Explained:
    hashed = made.column.hashed and not settled.reason
    key = _key(settled, rules, hashed=hashed)
    return Explained(
        kind=made.column.kind,
        value=value,
        normal_form="" if settled.given else settled.text,
        key=key,
        hashed=hashed,
        rule=rules.name,
        reason=settled.reason,
        wire=made.column.wire,
        steps=tuple(_steps(made, value, settled, region=region))
        + ((Step(HASHED, key),) if hashed and not settled.given else ()),
    )


def _key(settled: Settled, rules: RuleSet, *, hashed: bool) -> str:
    if not hashed:
        return settled.text
    digest = bytes.fromhex(settled.text) if settled.given else hashlib.sha256(settled.text.encode()).digest()
    return rules.digest_text(digest)


def _steps(made: ColumnRule, value: str, settled: Settled, *, region: str) -> Iterator[Step]:
    """The way up to the normal form, or to where the value was refused."""
    yield Step("as given", value)
    if trimmed(value) != value:
        yield Step("nothing invisible at its ends", trimmed(value))
    if settled.given:
        yield Step("a digest already, so it is not hashed again", settled.text)
    elif not settled.reason:
        where = f" (read in {region or 'no country'})" if made.rule.by_region else ""
        yield Step(f"{made.rule.words}{where}", settled.text)
