"""Identifiers for the eyes: enough to see what kind of value is there, never enough to know whose it is."""

import phonenumbers

DOTS = "•••"


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
