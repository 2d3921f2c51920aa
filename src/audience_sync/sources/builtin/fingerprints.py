"""Fingerprints of profiles: 64 bits that change whenever a raw identifier does. They make the comparison fast."""

from hashlib import sha256

import duckdb

from audience_sync.model.profiles import RAW_SCHEMA
from audience_sync.sources.builtin.duck import literal
from audience_sync.sources.builtin.merging import LISTS

COLUMN = "fp"
"""Where a file of profiles keeps them, made when the file is."""
_NAMES = [field.name for field in RAW_SCHEMA if field.name != "profile_id"]
FINGERPRINT = "hash({})".format(", ".join(f"coalesce({n}, {'[]' if n in LISTS else literal('')})" for n in _NAMES))
"""SQL over the columns of RAW_SCHEMA."""


def kept_tag() -> str:
    """Names how fingerprints are made now; those that are kept under another tag are of no use."""
    return f"duckdb-{duckdb.__version__}/hash/{sha256(FINGERPRINT.encode()).hexdigest()[:12]}"


def fingerprint_tag(default_country: str) -> str:
    """The same with the default country, which changes what phones mean.

    Under another tag fingerprints say nothing about each other.
    """
    return f"{kept_tag()}/{default_country}"
