"""Raw tables for the tests of identity: say what a profile has, the rest is empty."""

from typing import Any

import pyarrow as pa

from audience_sync.identity.explain import Explained, explain
from audience_sync.identity.keys import keys
from audience_sync.identity.meta import META_COLUMNS
from audience_sync.model.identifiers import NAMING, IdentifierKind, KeyColumn
from audience_sync.model.profiles import RAW_SCHEMA

INITIAL = KeyColumn(IdentifierKind.FIRST_NAME, "FI", part="initial")
Columns = tuple[KeyColumn, ...]
COLUMNS: Columns = (*META_COLUMNS, INITIAL)
GOOGLE: Columns = (
    KeyColumn(IdentifierKind.EMAIL, "emailAddress"),
    KeyColumn(IdentifierKind.PHONE, "phoneNumber"),
    KeyColumn(IdentifierKind.MOBILE_AD_ID, "mobileIds", hashed=False),
    KeyColumn(IdentifierKind.FIRST_NAME, "givenName"),
    KeyColumn(IdentifierKind.LAST_NAME, "familyName"),
    KeyColumn(IdentifierKind.COUNTRY, "regionCode", hashed=False),
    KeyColumn(IdentifierKind.POSTAL_CODE, "postalCode", hashed=False),
)
TIKTOK: Columns = (
    KeyColumn(IdentifierKind.EMAIL, "EMAIL_SHA256"),
    KeyColumn(IdentifierKind.PHONE, "PHONE_SHA256"),
    KeyColumn(IdentifierKind.MOBILE_AD_ID, "IDFA_SHA256"),
)
SNAPCHAT: Columns = (
    KeyColumn(IdentifierKind.EMAIL, "EMAIL_SHA256"),
    KeyColumn(IdentifierKind.PHONE, "PHONE_SHA256"),
    KeyColumn(IdentifierKind.MOBILE_AD_ID, "MOBILE_AD_ID_SHA256"),
)
LINKEDIN: Columns = (
    KeyColumn(IdentifierKind.EMAIL, "SHA256_EMAIL"),
    KeyColumn(IdentifierKind.MOBILE_AD_ID, "GOOGLE_AID", hashed=False),
)
OF_PLATFORM = {"meta": COLUMNS, "google": GOOGLE, "tiktok": TIKTOK, "snapchat": SNAPCHAT, "linkedin": LINKEDIN}


def columns_under(rules: str) -> Columns:
    """All columns that those rules can fill."""
    return OF_PLATFORM[rules.partition("/")[0]]


def raw(*profiles: dict[str, Any]) -> pa.Table:
    """One row per profile, shaped like RAW_SCHEMA."""
    numbered = [{"profile_id": f"p{place}", **profile} for place, profile in enumerate(profiles)]
    return pa.Table.from_pylist(numbered, schema=RAW_SCHEMA)


def made(
    *profiles: dict[str, Any], default_country: str = "", columns: Columns = (), rules: str = "meta/1"
) -> list[dict[str, Any]]:
    """The keys of the profiles as Python rows, in all columns of the platform unless some are given."""
    return keys(
        raw(*profiles), columns or columns_under(rules), rules=rules, default_country=default_country
    ).to_pylist()


def having(kind: IdentifierKind, value: str, country: str = "") -> dict[str, Any]:
    """A profile with that one identifier."""
    place = {"country": country} if country else {}
    return {**place, kind: [value] if kind in NAMING else value}


def explained(
    kind: str, value: str, country: str = "", *, default_country: str = "", rules: str = "meta/1"
) -> list[Explained]:
    """What the rules make of the value."""
    where = {"country": country, "default_country": default_country}
    return explain(IdentifierKind(kind), value, columns=columns_under(rules), rules=rules, **where)


def reason(kind: str, value: str, country: str = "", *, default_country: str = "", rules: str = "meta/1") -> str:
    """Why the value is refused, "" when it is not."""
    return explained(kind, value, country, default_country=default_country, rules=rules)[0].reason


def normal(kind: str, value: str, country: str = "", *, default_country: str = "", rules: str = "meta/1") -> str:
    """The value's normal form in its first column."""
    return explained(kind, value, country, default_country=default_country, rules=rules)[0].normal_form
