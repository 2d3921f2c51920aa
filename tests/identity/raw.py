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


def raw(*profiles: dict[str, Any]) -> pa.Table:
    """One row per profile, shaped like RAW_SCHEMA."""
    numbered = [{"profile_id": f"p{place}", **profile} for place, profile in enumerate(profiles)]
    return pa.Table.from_pylist(numbered, schema=RAW_SCHEMA)


def made(*profiles: dict[str, Any], default_country: str = "", columns: Columns = COLUMNS) -> list[dict[str, Any]]:
    """The keys of the profiles under Meta's rules, as Python rows."""
    return keys(raw(*profiles), columns, rules="meta/1", default_country=default_country).to_pylist()


def having(kind: IdentifierKind, value: str, country: str = "") -> dict[str, Any]:
    """A profile with that one identifier."""
    place = {"country": country} if country else {}
    return {**place, kind: [value] if kind in NAMING else value}


def explained(kind: str, value: str, country: str = "", *, default_country: str = "") -> list[Explained]:
    """What Meta's rules make of the value."""
    where = {"country": country, "default_country": default_country}
    return explain(IdentifierKind(kind), value, columns=COLUMNS, rules="meta/1", **where)


def reason(kind: str, value: str, country: str = "", *, default_country: str = "") -> str:
    """Why the value is refused, "" when it is not."""
    return explained(kind, value, country, default_country=default_country)[0].reason


def normal(kind: str, value: str, country: str = "", *, default_country: str = "") -> str:
    """The value's normal form in its first column."""
    return explained(kind, value, country, default_country=default_country)[0].normal_form
