"""Identifiers of devices, and those that another system gave: neither says anything about a person by itself."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from audience_sync.identity.arrays import only_where
from audience_sync.identity.rule import Rule, Unusable
from audience_sync.identity.text import has_control

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ALL_ZERO = "00000000-0000-0000-0000-000000000000"


def mobile_ad_id(value: str, region: str) -> str | Unusable:
    """The UUID in lower case with its hyphens. All zeros is what phones say when tracking is off."""
    text = value.lower()
    if not re.fullmatch(_UUID, text):
        return Unusable("not_a_uuid")
    return Unusable("all_zero") if text == _ALL_ZERO else text


def external_id(value: str, region: str) -> str | Unusable:
    """As it is: another system's id means nothing but itself."""
    return Unusable("has_control") if has_control(value) else value


def _sure_mobile_ad_id(values: pa.StringArray, regions: pa.StringArray) -> pa.StringArray:
    lowered = pc.ascii_lower(values)
    easy = pc.and_(pc.match_substring_regex(lowered, f"^{_UUID}$"), pc.not_equal(lowered, _ALL_ZERO))
    return only_where(easy, lowered)


def _sure_external_id(values: pa.StringArray, regions: pa.StringArray) -> pa.StringArray:
    return only_where(pc.match_substring_regex(values, "^[!-~][ -~]*$"), values)


MOBILE_AD_ID = Rule(mobile_ad_id, _sure_mobile_ad_id)
EXTERNAL_ID = Rule(external_id, _sure_external_id)
