"""Hints about a place: city, region, postal code, country."""

import re
from functools import cache

import phonenumbers
import pycountry

from audience_sync.identity.arrays import (
    Texts,
    ascii_letters,
    equal,
    kept,
    lowered,
    matching,
    only_where,
    replaced,
    sliced,
    without,
)
from audience_sync.identity.rule import Rule, Unusable
from audience_sync.identity.text import folded, has_control, trimmed

_US_ZIP = re.compile(r"(\d{5})(?:-?\d{4})?", re.ASCII)
_GB_WHOLE = re.compile(r"((?:gir|[a-z]{1,2}\d[a-z\d]?)\d)[a-z]{2}", re.ASCII)
_GB_SECTOR = re.compile(r"(?:gir|[a-z]{1,2}\d[a-z\d]?)\d", re.ASCII)
_NOT_ASCII_LETTERS = re.compile(r"[^a-z]+")
_NOT_ASCII_WORD = re.compile(r"[^a-z0-9]+")


@cache
def _countries() -> dict[str, str]:
    """Alpha-2, alpha-3 and English names, in case-folded form -> lower-case alpha-2."""
    found: dict[str, str] = {}
    for entry in pycountry.countries:
        names = (getattr(entry, name, "") for name in ("alpha_2", "alpha_3", "name", "official_name", "common_name"))
        found.update({text.casefold(): entry.alpha_2.lower() for text in names if text})
    # ISO 3166-1 reserves UK for the United Kingdom, and people write it; it can mean nothing else.
    return {"uk": "gb"} | found


@cache
def _us_states() -> dict[str, str]:
    """Codes and names of the states, districts and territories of the United States -> two-letter code."""
    found: dict[str, str] = {}
    for entry in pycountry.subdivisions:
        if entry.country_code != "US":
            continue
        code = entry.code.removeprefix("US-").lower()
        found |= {code: code, f"us{code}": code, _word(entry.name): code}
    return found


def country(value: str, region: str) -> str | Unusable:
    """The ISO 3166-1 alpha-2 code in lower case, from a code or an exact English name."""
    return _countries().get(value.casefold()) or Unusable("unknown_country")


def region_of(country_text: str | None, default: str = "") -> str:
    """The region to read a profile's other values in: its own country if we know it, else the default.

    Upper-case alpha-2, or "". Territories that only telephony knows, such as XK, are regions too.
    """
    text = trimmed(country_text or "")
    code = country(text, "") if text else ""
    if isinstance(code, str) and code:
        return code.upper()
    return text.upper() if text.upper() in phonenumbers.SUPPORTED_REGIONS else default


def city(value: str, region: str) -> str | Unusable:
    """Only a-z: accents are folded, all else is dropped."""
    return _NOT_ASCII_LETTERS.sub("", folded(value)) or Unusable("no_letters")


def state(value: str, region: str) -> str | Unusable:
    """In the United States the two-letter code, elsewhere the name in a-z and digits."""
    word = _word(value)
    if region == "US":
        return _us_states().get(word) or Unusable("unknown_region")
    return word or Unusable("no_letters")


def _word(value: str) -> str:
    return _NOT_ASCII_WORD.sub("", folded(value))


def postal_code(value: str, region: str) -> str | Unusable:
    """Lower case without blanks; five digits in the United States, area, district and sector in Great Britain."""
    text = "".join(value.lower().split())
    if has_control(text):
        return Unusable("has_control")
    match region:
        case "US":
            zip_code = _US_ZIP.fullmatch(text)
            return zip_code[1] if zip_code else Unusable("not_a_zip_code")
        case "GB":
            return _gb_sector(text)
        case _:
            return text


def _gb_sector(text: str) -> str | Unusable:
    if whole := _GB_WHOLE.fullmatch(text):
        return whole[1]
    return text if _GB_SECTOR.fullmatch(text) else Unusable("not_a_postcode")


def _sure_city(values: Texts, regions: Texts) -> Texts:
    return ascii_letters(values)


def _sure_postal_code(values: Texts, regions: Texts) -> Texts:
    """Plain letters, digits and hyphens; five digits in the United States, whole postcodes in Great Britain."""
    packed = without(lowered(values), " +")
    american, british = equal(regions, "US"), equal(regions, "GB")
    easy = matching(packed, "^[a-z0-9-]+$") & ~american & ~british | matching(packed, "^[0-9]{5}$") & american
    whole = british & matching(packed, "^[a-z]{1,2}[0-9][a-z0-9]?[0-9][a-z]{2}$")
    return replaced(only_where(easy, packed), whole, sliced(kept(packed, whole), 0, -2))


CITY = Rule(city, _sure_city, words="a to z only: accents are folded, all else goes")
STATE = Rule(
    state, by_region=True, words="in the United States the two-letter code, elsewhere the name in a to z, 0 to 9"
)
POSTAL_CODE = Rule(
    postal_code,
    _sure_postal_code,
    by_region=True,
    words="lower case without blanks; five digits in the United States, up to the sector in Great Britain",
)
COUNTRY = Rule(country, words="ISO 3166-1 alpha-2 in lower case")
