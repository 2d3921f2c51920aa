"""E-mail addresses: trimmed, lower case, one @, a dotted domain; some platforms shorten what is before the @."""

import re

from audience_sync.identity.arrays import Texts, lengths, lowered, matching, only_where, side_by_side, without
from audience_sync.identity.rule import Rule, Unusable
from audience_sync.identity.text import has_blank, has_control

_LOCAL = r"a-z0-9!#$%&'*+/=?^_{|}~.`\-"
_NOT_LOCAL = re.compile(rf"[^{_LOCAL}\u0080-\U0010ffff]")
_NOT_DOMAIN = re.compile(r"[^a-z0-9.\-\u0080-\U0010ffff]")
_SURE = rf"^[{_LOCAL}]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$"


def email(value: str, region: str) -> str | Unusable:
    """The address in lower case, as Python lowers; nothing else is changed."""
    text = value.lower()
    if has_blank(text):
        return Unusable("has_blank")
    if has_control(text):
        return Unusable("has_control")
    if text.count("@") != 1:
        return Unusable("several_ats" if "@" in text else "no_at")
    local, domain = text.split("@")
    return _refusal_of(local, domain) or text


def _refusal_of(local: str, domain: str) -> Unusable | None:
    if not local:
        return Unusable("no_local_part")
    labels = domain.split(".")
    if len(labels) < 2 or not all(labels):
        return Unusable("no_dotted_domain")
    # Angle brackets, commas, `mailto:` and the like belong to the writing around an address, not to it.
    if _NOT_LOCAL.search(local) or _NOT_DOMAIN.search(domain):
        return Unusable("bad_character")
    return None


def shortened(address: str | Unusable, pattern: str) -> str | Unusable:
    """The address without what the expression finds before its @."""
    if isinstance(address, Unusable):
        return address
    local, domain = address.split("@")
    left = re.sub(pattern, "", local)
    return f"{left}@{domain}" if left else Unusable("no_local_part")


def sure_shortened(values: Texts, pattern: str) -> Texts:
    """Plain ASCII addresses without what the expression finds before their @, where something is left."""
    text = lowered(values)
    left, domain = without(without(text, "@.*$"), pattern), without(text, "^[^@]*")
    return only_where(matching(text, _SURE) & (lengths(left) > 0), side_by_side(left, domain))


def sure_email(values: Texts, regions: Texts) -> Texts:
    """Plain ASCII addresses only: Arrow and Python lower É, İ and a final sigma differently."""
    text = lowered(values)
    return only_where(matching(text, _SURE), text)


PLAIN_EMAIL = Rule(email, sure_email, words="trimmed, in lower case; dots and +tags stay")
