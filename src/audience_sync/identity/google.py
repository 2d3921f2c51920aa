"""Google's rules for Customer Match through the Data Manager API.

Source: Google's own normaliser (`UserDataFormatter` of googleads/data-manager-java, June 2026), read 2026-11-24. We
differ from it where it says nothing or goes wrong: phones are read by libphonenumber, so that `0044…` does not become
`+0044…`; names are in NFC, so that one name has one key; titles and suffixes go until none is left.
"""

import re
import unicodedata

from audience_sync.identity.arrays import Texts, kept, lowered, matching, only_where, present, replaced
from audience_sync.identity.devices import mobile_ad_id, sure_mobile_ad_id
from audience_sync.identity.emails import email, shortened, sure_email, sure_shortened
from audience_sync.identity.phone_forms import PHONE_PLUS
from audience_sync.identity.places import country
from audience_sync.identity.rule import Rule, RuleSet, Unusable
from audience_sync.identity.text import has_control, trimmed
from audience_sync.model.identifiers import IdentifierKind

_GMAIL = re.compile(r"@(?:gmail|googlemail)\.com$")
_TAG_AND_DOTS = r"\+.*$|\."
_TITLE = re.compile(r"^(?:mr|mrs|ms|dr)\.(?:\s|$)")
_SUFFIX = re.compile(r"(?:,\s*|\s+)(?:jr\.|sr\.|2nd|3rd|ii|iii|iv|v|vi|cpa|dc|dds|vm|jd|md|phd)$")
_US_ZIP = re.compile(r"\d{5}(?:-?\d{4})?", re.ASCII)


def gmail_aware(value: str, region: str) -> str | Unusable:
    """The address in lower case; at Gmail without dots and +tag, and the domain stays as written."""
    address = email(value, region)
    return shortened(address, _TAG_AND_DOTS) if isinstance(address, str) and _GMAIL.search(address) else address


def given_name(value: str, region: str) -> str | Unusable:
    """The name in lower case without a title before it; inner blanks, hyphens and accents stay."""
    return _name(value, _TITLE)


def family_name(value: str, region: str) -> str | Unusable:
    """The name in lower case without what stands for generation or degree behind it."""
    return _name(value, _SUFFIX)


def _name(value: str, affix: re.Pattern[str]) -> str | Unusable:
    text, shorter = "", unicodedata.normalize("NFC", value.lower())
    while shorter != text:
        text, shorter = shorter, trimmed(affix.sub("", shorter))
    return text if any(map(str.isalpha, text)) else Unusable("no_letters")


def region_code(value: str, region: str) -> str | Unusable:
    """The ISO 3166-1 alpha-2 code in upper case."""
    code = country(value, region)
    return code if isinstance(code, Unusable) else code.upper()


def postal_code(value: str, region: str) -> str | Unusable:
    """As it is; in the United States five digits, or nine."""
    if has_control(value):
        return Unusable("has_control")
    return value if region != "US" or _US_ZIP.fullmatch(value) else Unusable("not_a_zip_code")


def mobile_id(value: str, region: str) -> str | Unusable:
    """The UUID as it is: Google does not say which case it wants."""
    known = mobile_ad_id(value, region)
    return known if isinstance(known, Unusable) else value


def _sure_email(values: Texts, regions: Texts) -> Texts:
    gmail = matching(lowered(values), _GMAIL.pattern)
    return replaced(sure_email(values, regions), gmail, sure_shortened(kept(values, gmail), _TAG_AND_DOTS))


def _sure_given_name(values: Texts, regions: Texts) -> Texts:
    """Letters, hyphens, apostrophes and blanks: a title would need its dot."""
    text = lowered(values)
    return only_where(matching(text, "^[a-z][a-z' -]*$"), text)


def _sure_family_name(values: Texts, regions: Texts) -> Texts:
    text = _sure_given_name(values, regions)
    return only_where(~matching(lowered(values), _SUFFIX.pattern), text)


def _sure_mobile_id(values: Texts, regions: Texts) -> Texts:
    return only_where(present(sure_mobile_ad_id(values, regions)), values)


GOOGLE_1 = RuleSet(
    "google/1",
    {
        (IdentifierKind.EMAIL, ""): Rule(
            gmail_aware, _sure_email, words="trimmed, in lower case; at gmail.com and googlemail.com +tags and dots go"
        ),
        (IdentifierKind.PHONE, ""): PHONE_PLUS,
        (IdentifierKind.MOBILE_AD_ID, ""): Rule(
            mobile_id, _sure_mobile_id, words="a UUID with its hyphens, in the case it is stored in; never all zeros"
        ),
        (IdentifierKind.FIRST_NAME, ""): Rule(
            given_name, _sure_given_name, words="trimmed, in lower case; Mr., Mrs., Ms., Dr. before it go"
        ),
        (IdentifierKind.LAST_NAME, ""): Rule(
            family_name, _sure_family_name, words="trimmed, in lower case; Jr., Sr., III, PhD and the like behind it go"
        ),
        (IdentifierKind.COUNTRY, ""): Rule(region_code, words="ISO 3166-1 alpha-2 in upper case"),
        (IdentifierKind.POSTAL_CODE, ""): Rule(
            postal_code, by_region=True, words="trimmed; in the United States five digits or nine"
        ),
    },
)
