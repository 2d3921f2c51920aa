"""LinkedIn's rules, as far as anybody says: e-mails trimmed and in lower case.

Source: code of others that sends to LinkedIn's DMP segments (Segment, RudderStack), read 2026-11-24. None says how an
advertising id is written, so the lower-case UUID is from memory ([M]) and unproven.
"""

from audience_sync.identity.devices import MOBILE_AD_ID
from audience_sync.identity.emails import PLAIN_EMAIL
from audience_sync.identity.rule import RuleSet
from audience_sync.model.identifiers import IdentifierKind

LINKEDIN_1 = RuleSet(
    "linkedin/1",
    {
        (IdentifierKind.EMAIL, ""): PLAIN_EMAIL,
        (IdentifierKind.MOBILE_AD_ID, ""): MOBILE_AD_ID,
    },
)
