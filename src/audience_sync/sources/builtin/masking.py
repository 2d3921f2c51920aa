"""Identifiers for the eyes: enough to see what kind of value is there, never enough to know whose it is."""

import re
from collections.abc import Iterable

import phonenumbers

DOTS = "•••"
_ADDRESS = re.compile(r"[^\s@,;:<>\"'()]+@[^\s@,;:<>\"'()]+")
SHORTEST_NAME = 3
"""Characters of an identifier that is looked for inside other texts; shorter ones are in too many words."""


def masked(kind: str, value: str) -> str:
    """`j•••@e•••.com`, `+1 ••• ••55`, `6D•••`; names and places keep their first letter."""
    match kind:
        case "email":
            return _email(value)
        case "phone":
            return _phone(value)
        case "mobile_ad_id":
            return f"{value[:2]}{DOTS}"
        case "country" | "gender":
            return value
        case "birth_date":
            return DOTS
        case _:
            return f"{value[:1]}{DOTS}"


def masked_id(profile_id: str) -> str:
    """The profile's id; an e-mail address or a phone used as an id is masked too."""
    if "@" in profile_id:
        return _email(profile_id)
    return _phone(profile_id) if profile_id.startswith("+") else profile_id


def masked_text(text: str, own: Iterable[str] = (), region: str = "") -> str:
    """A text of any kind, in which e-mail addresses, phones and the `own` identifiers of its profile are masked."""
    for value in sorted(own, key=len, reverse=True):
        if len(value) >= SHORTEST_NAME:
            text = re.sub(re.escape(value), f"{value[:1]}{DOTS}", text, flags=re.IGNORECASE)
    text = _ADDRESS.sub(lambda found: _email(found[0]), text)
    for found in reversed(list(phonenumbers.PhoneNumberMatcher(text, region or None))):
        text = f"{text[: found.start]}{_phone(found.raw_string)}{text[found.end :]}"
    return text


def _email(value: str) -> str:
    name, at, domain = value.strip().rpartition("@")
    if not at:
        return f"{value[:1]}{DOTS}"
    host, dot, ending = domain.rpartition(".")
    return f"{name[:1]}{DOTS}@{host[:1]}{DOTS}{dot}{ending}" if dot else f"{name[:1]}{DOTS}@{DOTS}"


def _phone(value: str) -> str:
    digits = "".join(character for character in value if character.isdigit())
    shown = f"{DOTS} ••{digits[-2:]}" if len(digits) > 6 else DOTS  # Of fewer, two would tell too much.
    try:
        return f"+{phonenumbers.parse(value, None).country_code} {shown}"
    except phonenumbers.NumberParseException:
        return shown
