"""E-mail addresses: trimmed, lower case, one @, a dotted domain. Dots and plus tags stay."""

import re

from audience_sync.identity.arrays import Texts, lowered, matching, only_where
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


def _sure_email(values: Texts, regions: Texts) -> Texts:
    """Plain ASCII addresses only: Arrow and Python lower É, İ and a final sigma differently."""
    text = lowered(values)
    return only_where(matching(text, _SURE), text)


PLAIN_EMAIL = Rule(email, _sure_email)
