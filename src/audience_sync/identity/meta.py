"""Meta's rules and the columns of its customer lists.

Source: Meta's customer file custom audiences guide, as noted with its test vectors; where the guide is silent the
decision stands beside the rule.
"""

from audience_sync.identity.devices import EXTERNAL_ID, MOBILE_AD_ID
from audience_sync.identity.emails import PLAIN_EMAIL
from audience_sync.identity.people import BIRTH_DAY, BIRTH_MONTH, BIRTH_YEAR, GENDER, INITIAL, NAME
from audience_sync.identity.phone_forms import PHONE_DIGITS
from audience_sync.identity.places import CITY, COUNTRY, POSTAL_CODE, STATE
from audience_sync.identity.rule import RuleSet
from audience_sync.model.identifiers import IdentifierKind, KeyColumn

META_1 = RuleSet(
    "meta/1",
    {
        (IdentifierKind.EMAIL, ""): PLAIN_EMAIL,
        (IdentifierKind.PHONE, ""): PHONE_DIGITS,
        (IdentifierKind.MOBILE_AD_ID, ""): MOBILE_AD_ID,
        (IdentifierKind.EXTERNAL_ID, ""): EXTERNAL_ID,
        (IdentifierKind.FIRST_NAME, ""): NAME,
        (IdentifierKind.FIRST_NAME, "initial"): INITIAL,
        (IdentifierKind.LAST_NAME, ""): NAME,
        (IdentifierKind.CITY, ""): CITY,
        (IdentifierKind.REGION, ""): STATE,
        (IdentifierKind.POSTAL_CODE, ""): POSTAL_CODE,
        (IdentifierKind.COUNTRY, ""): COUNTRY,
        (IdentifierKind.GENDER, ""): GENDER,
        (IdentifierKind.BIRTH_DATE, "year"): BIRTH_YEAR,
        (IdentifierKind.BIRTH_DATE, "month"): BIRTH_MONTH,
        (IdentifierKind.BIRTH_DATE, "day"): BIRTH_DAY,
    },
)

META_COLUMNS = (
    KeyColumn(IdentifierKind.EMAIL, "EMAIL"),
    KeyColumn(IdentifierKind.PHONE, "PHONE"),
    KeyColumn(IdentifierKind.MOBILE_AD_ID, "MADID", hashed=False),
    KeyColumn(IdentifierKind.EXTERNAL_ID, "EXTERN_ID", hashed=False),
    KeyColumn(IdentifierKind.FIRST_NAME, "FN"),
    KeyColumn(IdentifierKind.LAST_NAME, "LN"),
    KeyColumn(IdentifierKind.CITY, "CT"),
    KeyColumn(IdentifierKind.REGION, "ST"),
    KeyColumn(IdentifierKind.POSTAL_CODE, "ZIP"),
    KeyColumn(IdentifierKind.COUNTRY, "COUNTRY"),
    KeyColumn(IdentifierKind.GENDER, "GEN"),
    KeyColumn(IdentifierKind.BIRTH_DATE, "DOBY", part="year"),
    KeyColumn(IdentifierKind.BIRTH_DATE, "DOBM", part="month"),
    KeyColumn(IdentifierKind.BIRTH_DATE, "DOBD", part="day"),
)
"""FI is left out: it says nothing that FN does not. Its rule exists (first_name, part `initial`)."""
