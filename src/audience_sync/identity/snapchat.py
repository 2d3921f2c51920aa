"""Snapchat's rules. Dots and +tags of an e-mail stay, a phone has no `+`.

Source: Snap's Marketing API, Customer Lists, "Normalizing & Hashing", read 2026-11-24. What it says of zeros (a double
zero before the country code and a trunk zero go) is what libphonenumber does, save in Italy, where the zero belongs to
the number.
"""

from audience_sync.identity.devices import MOBILE_AD_ID
from audience_sync.identity.emails import PLAIN_EMAIL
from audience_sync.identity.phone_forms import PHONE_DIGITS
from audience_sync.identity.rule import RuleSet
from audience_sync.model.identifiers import IdentifierKind

SNAPCHAT_1 = RuleSet(
    "snapchat/1",
    {
        (IdentifierKind.EMAIL, ""): PLAIN_EMAIL,
        (IdentifierKind.PHONE, ""): PHONE_DIGITS,
        (IdentifierKind.MOBILE_AD_ID, ""): MOBILE_AD_ID,
    },
)
