"""The rule sets by name, and what one value becomes under a rule: the authority for every key."""

import re
from dataclasses import dataclass

from audience_sync.errors import Invalid
from audience_sync.identity.digests import NOTHING_HASHED
from audience_sync.identity.meta import META_1
from audience_sync.identity.places import region_of
from audience_sync.identity.rule import ColumnRule, RuleSet, Unusable
from audience_sync.identity.text import trimmed
from audience_sync.model.identifiers import KeyColumn

RULE_SETS = {rules.name: rules for rules in (META_1,)}

BLANK = "blank"
"""Reason of a value that is simply not there: it is never counted as a refusal."""

SHA256_LENGTH = 64
DIGEST_LENGTHS = (32, 40, SHA256_LENGTH)
"""Characters of MD5, SHA-1 and SHA-256 in hex."""

_HEX = re.compile(r"[0-9a-fA-F]+")


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one value: a text, or the reason why not.

    `given` says that the value was a digest already; then the text is that digest in lower-case hex.
    """

    text: str = ""
    given: bool = False
    reason: str = ""


def rule_set(name: str) -> RuleSet:
    """The rule set of that name; Invalid when there is none."""
    if name not in RULE_SETS:
        raise Invalid(f"There are no identity rules named {name}.", f"Known: {', '.join(sorted(RULE_SETS))}.")
    return RULE_SETS[name]


def default_region(text: str) -> str:
    """The default country as a region; Invalid when it is neither empty nor a country."""
    region = region_of(text)
    if trimmed(text) and not region:
        raise Invalid(f"{text} is no country.", "Give a code of ISO 3166-1, such as DE.")
    return region


def settle(made: ColumnRule, value: str, region: str) -> Settled:
    """What one value becomes in that column when it is read in that region."""
    text = trimmed(value)
    if not text:
        return Settled(reason=BLANK)
    if not _is_unicode(text):
        return Settled(reason="not_text")
    if made.column.hashed and is_digest(text):
        return _taken_as_given(text.lower(), made.column)
    normal = made.rule.exact(text, region)
    return Settled(reason=normal.reason) if isinstance(normal, Unusable) else Settled(normal)


def is_digest(text: str) -> bool:
    """Whether the text looks like an MD5, SHA-1 or SHA-256 in hex."""
    return len(text) in DIGEST_LENGTHS and bool(_HEX.fullmatch(text))


def _taken_as_given(digest: str, column: KeyColumn) -> Settled:
    """A SHA-256 is the caller's word that it was made from the normal form; no part can be cut out of it."""
    if digest == NOTHING_HASHED:
        return Settled(reason="hash_of_nothing")
    if len(digest) != SHA256_LENGTH or column.part:
        return Settled(reason="unsupported_hash")
    return Settled(digest, given=True)


def _is_unicode(text: str) -> bool:
    """Whether UTF-8 can write it: JSON may carry halves of surrogate pairs, which no platform can hash."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
