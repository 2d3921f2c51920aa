"""The filter of the pretend Data Manager API."""

import pytest

from audience_sync.sandbox.google.errors import GoogleError
from audience_sync.sandbox.google.filters import parse_filter

RESOURCE = {
    "id": "777",
    "displayName": 'The "VIP" list',
    "integrationCode": "seg-42",
    "membershipStatus": "OPEN",
    "accessReason": "OWNED",
    "ingestedUserListInfo": {"uploadKeyTypes": ["CONTACT_ID"]},
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", True),
        (r'display_name = "The \"VIP\" list"', True),
        ('displayName != "VIP"', True),
        ('display_name : "vip"', True),
        ("description:*", False),
        ("id = 777", True),
        ("id >= 1000", False),
        ("id < 1000", True),
        ("membership_status = OPEN AND access_reason=SHARED", False),
        ('integration_code = "seg-42" AND access_reason = OWNED', True),
        ('IN(integration_code, "seg-1", "seg-42")', True),
        ('IN(integration_code,"seg-1") AND id = 777', False),
        ('ingested_user_list_info.upload_key_types : "CONTACT_ID"', True),
        ("ingestedUserListInfo.uploadKeyTypes = MOBILE_ID", False),
    ],
)
def test_a_filter_holds_where_all_its_conditions_hold(text: str, holds: bool) -> None:
    assert all(condition.holds(RESOURCE) for condition in parse_filter(text)) is holds


@pytest.mark.parametrize(
    "text",
    ["VIP", '"VIP" = display_name', "colour = red", "id = seven", "id = 7 OR id = 8", "id = 7 AND", "IN(id)"],
)
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(GoogleError):
        parse_filter(text)
