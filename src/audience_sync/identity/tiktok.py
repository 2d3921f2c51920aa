"""TikTok's rules, with a choice where its pages contradict each other.

Sources, read 2026-11-24. E-mail: developer docs "Email Specific Normalization" (`full`), help centre of August 2025
(`no_tag`) and of September 2025 (`plain`); all take white space out, wherever it stands. Phone: developer docs and help
centre of September 2025 (`plus`), help centre of August 2025 (`digits`).
"""

from collections.abc import Callable

from audience_sync.identity.arrays import Texts
from audience_sync.identity.devices import MOBILE_AD_ID
from audience_sync.identity.emails import email, shortened, sure_email, sure_shortened
from audience_sync.identity.phone_forms import PHONE_BOTH, PHONE_DIGITS, PHONE_PLUS
from audience_sync.identity.rule import Rule, RuleSet, Unusable
from audience_sync.model.identifiers import IdentifierKind

_TAG = r"\+.*$"
_TAG_AND_DOTS = rf"{_TAG}|\."


def _plain(value: str, region: str) -> str | Unusable:
    return email("".join(value.split()), region)


def _without(pattern: str) -> tuple[Callable[[str, str], str | Unusable], Callable[[Texts, Texts], Texts]]:
    """The exact and the fast way to take that out before the @, whatever the domain."""

    def exact(value: str, region: str) -> str | Unusable:
        return shortened(_plain(value, region), pattern)

    def sure(values: Texts, regions: Texts) -> Texts:
        return sure_shortened(values, pattern)

    return exact, sure


EMAIL_FORMS = {
    "full": Rule(*_without(_TAG_AND_DOTS), words="no white space, in lower case; +tags and dots before the @ go"),
    "no_tag": Rule(*_without(_TAG), words="no white space, in lower case; +tags go, dots stay"),
    "plain": Rule(_plain, sure_email, words="no white space, in lower case; dots and +tags stay"),
}
PHONE_FORMS = {"plus": PHONE_PLUS, "digits": PHONE_DIGITS, "both": PHONE_BOTH}

TIKTOK_1 = RuleSet(
    "tiktok/1",
    {
        (IdentifierKind.EMAIL, ""): EMAIL_FORMS["full"],
        (IdentifierKind.PHONE, ""): PHONE_FORMS["plus"],
        (IdentifierKind.MOBILE_AD_ID, ""): MOBILE_AD_ID,
    },
    forms={IdentifierKind.EMAIL: EMAIL_FORMS, IdentifierKind.PHONE: PHONE_FORMS},
)
