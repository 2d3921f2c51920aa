"""Our own normal forms: what a plain SHA-256 is taken of where no platform's rules are asked for."""

from audience_sync.identity.devices import EXTERNAL_ID, MOBILE_AD_ID
from audience_sync.identity.emails import PLAIN_EMAIL
from audience_sync.identity.people import GENDER, NAME, birth_day
from audience_sync.identity.phone_forms import PHONE_PLUS
from audience_sync.identity.places import CITY, COUNTRY, POSTAL_CODE, STATE
from audience_sync.identity.rule import Rule, RuleSet
from audience_sync.model.identifiers import IdentifierKind, KeyColumn

PLAIN_1 = RuleSet(
    "plain/1",
    {
        (IdentifierKind.EMAIL, ""): PLAIN_EMAIL,
        (IdentifierKind.PHONE, ""): PHONE_PLUS,
        (IdentifierKind.MOBILE_AD_ID, ""): MOBILE_AD_ID,
        (IdentifierKind.EXTERNAL_ID, ""): EXTERNAL_ID,
        (IdentifierKind.FIRST_NAME, ""): NAME,
        (IdentifierKind.LAST_NAME, ""): NAME,
        (IdentifierKind.CITY, ""): CITY,
        (IdentifierKind.REGION, ""): STATE,
        (IdentifierKind.POSTAL_CODE, ""): POSTAL_CODE,
        (IdentifierKind.COUNTRY, ""): COUNTRY,
        (IdentifierKind.BIRTH_DATE, ""): Rule(birth_day, words="the day as YYYY-MM-DD"),
        (IdentifierKind.GENDER, ""): GENDER,
    },
)

PLAIN_COLUMNS = tuple(KeyColumn(kind, str(kind)) for kind in IdentifierKind)
"""Every kind, hashed, under its own name."""
