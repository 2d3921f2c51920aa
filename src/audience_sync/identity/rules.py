"""The rule sets by name, and what one value becomes under a rule: the authority for every key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from audience_sync.errors import Invalid
from audience_sync.identity.digests import NOTHING_HASHED
from audience_sync.identity.google import GOOGLE_1
from audience_sync.identity.linkedin import LINKEDIN_1
from audience_sync.identity.meta import META_1
from audience_sync.identity.places import region_of
from audience_sync.identity.plain import PLAIN_1
from audience_sync.identity.rule import ColumnRule, RuleSet, Unusable
from audience_sync.identity.snapchat import SNAPCHAT_1
from audience_sync.identity.text import trimmed
from audience_sync.identity.tiktok import TIKTOK_1
from audience_sync.model.identifiers import KeyColumn

RULE_SETS = {rules.name: rules for rules in (PLAIN_1, META_1, GOOGLE_1, TIKTOK_1, SNAPCHAT_1, LINKEDIN_1)}

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


@cache
def rule_set(name: str) -> RuleSet:
    """The rule set of that name, such as `tiktok/1` or `tiktok/1+email=plain+phone=both`; Invalid when there is none.

    Forms may be given in any order and even when they are the default; the name of what comes back has one spelling.
    """
    base, *choices = name.split("+")
    if base not in RULE_SETS:
        raise Invalid(f"There are no identity rules named {base}.", f"Known: {', '.join(sorted(RULE_SETS))}.")
    chosen = {kind: form for kind, _, form in (choice.partition("=") for choice in choices)}
    if len(chosen) < len(choices):
        raise Invalid(f"{name} chooses two forms of one kind.", "Choose one form of each.")
    return RULE_SETS[base].in_forms(chosen)


def named(rules: str, forms: Mapping[str, str]) -> str:
    """The one name of those rules in those forms, by kind; Invalid when there are no such rules or forms."""
    return rule_set("+".join([rules, *(f"{kind}={form}" for kind, form in forms.items())])).name


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
