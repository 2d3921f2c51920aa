"""Identifiers of devices, and those that another system gave: neither says anything about a person by itself."""

import re

from audience_sync.identity.arrays import Texts, equal, lowered, matching, only_where
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


def sure_mobile_ad_id(values: Texts, regions: Texts) -> Texts:
    text = lowered(values)
    return only_where(matching(text, f"^{_UUID}$") & ~equal(text, _ALL_ZERO), text)


def _sure_external_id(values: Texts, regions: Texts) -> Texts:
    return only_where(matching(values, "^[!-~][ -~]*$"), values)


MOBILE_AD_ID = Rule(mobile_ad_id, sure_mobile_ad_id, words="a UUID with its hyphens, in lower case; never all zeros")
EXTERNAL_ID = Rule(external_id, _sure_external_id, words="trimmed, else as it is")
