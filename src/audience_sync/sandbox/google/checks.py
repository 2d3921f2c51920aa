"""What a user list may look like, and what of it may change."""

from collections.abc import Mapping
from typing import Any

from audience_sync.sandbox.google.errors import invalid
from audience_sync.sandbox.google.messages import USER_LIST
from audience_sync.sandbox.google.schema import camel
from audience_sync.sandbox.google.settings import LONGEST_MEMBERSHIP_SECONDS, Settings

Details = Mapping[str, Any]

DAY_SECONDS = 86_400
# The details that belong to each kind of list.
INFOS = {"CONTACT_ID": "contactIdInfo", "MOBILE_ID": "mobileIdInfo", "USER_ID": "userIdInfo"}
MOBILE_FIELDS = {"keySpace": "key_space", "appId": "app_id"}
FIRST_PARTY = (None, "DATA_SOURCE_TYPE_FIRST_PARTY")
CHANGEABLE = (
    "display_name", "description", "membership_status", "integration_code", "membership_duration",
    "target_network_info", "account_access_status",
)  # fmt: skip
INFO = "user_list.ingested_user_list_info"


def check_new(body: Details) -> None:
    """A new list has a name and exactly one kind of key, with the details that this kind needs and no others."""
    if not body.get("displayName"):
        raise invalid("user_list.display_name", "REQUIRED_FIELD_MISSING")
    info = body.get("ingestedUserListInfo") or {}
    key_types = info.get("uploadKeyTypes") or []
    if not key_types:
        raise invalid(f"{INFO}.upload_key_types", "REQUIRED_FIELD_MISSING")
    if len(key_types) > 1 or key_types[0] == "UPLOAD_KEY_TYPE_UNSPECIFIED":
        raise invalid(f"{INFO}.upload_key_types", "UNSUPPORTED_USER_LIST_UPLOAD_KEY_TYPES")
    if key_types[0] not in INFOS:
        raise invalid(f"{INFO}.upload_key_types", "NOT_ALLOWLISTED")
    _check_info(key_types[0], info)


def check_details(details: Details, settings: Settings) -> None:
    """The name is not too long, and members stay whole days, for no longer than is allowed."""
    if "displayName" in details and not 0 < len(details["displayName"]) <= settings.longest_name:
        raise invalid("user_list.display_name", "INVALID_DISPLAY_NAME")
    duration = details.get("membershipDuration")
    if duration is None:
        return
    seconds = float(duration.rstrip("s"))
    if seconds <= 0 or seconds % DAY_SECONDS:
        raise invalid("user_list.membership_duration", "INVALID_ARGUMENT")
    if seconds > LONGEST_MEMBERSHIP_SECONDS:
        raise invalid("user_list.membership_duration", "MEMBERSHIP_DURATION_TOO_LONG")


def check_patch(body: Details, mask: str, details: Details) -> dict[str, Any]:
    """The changes that the mask takes from the body; without a mask every field that was sent counts."""
    sent = [name for name in USER_LIST.fields if camel(name) in body]
    named = [each.strip() for each in mask.split(",") if each.strip()] if mask not in ("", "*") else sent
    changes: dict[str, Any] = {}
    for path in named:
        first = path.partition(".")[0]
        if first not in USER_LIST.spellings:
            raise invalid("update_mask", "INVALID_UPDATE_MASK")
        field = USER_LIST.spellings[first].snake
        value = body.get(camel(field))
        if field in CHANGEABLE:
            changes[camel(field)] = _cleared(field) if value is None else value
        elif mask not in ("", "*") or _differs(field, value, details):
            raise invalid(f"user_list.{field}", "IMMUTABLE_FIELD_FOR_UPDATE")
    return changes


def _differs(field: str, value: Any, details: Details) -> bool:
    """Whether a field that was sent along would change what is fixed; what only Google says is not listened to."""
    return field == "ingested_user_list_info" and value != details["ingestedUserListInfo"]


def _cleared(field: str) -> Any:
    """The value of a field that the mask names and the body leaves out."""
    if field == "display_name":
        raise invalid("user_list.display_name", "REQUIRED_FIELD_MISSING")
    defaults = {
        "membership_status": "OPEN",
        "membership_duration": f"{LONGEST_MEMBERSHIP_SECONDS}s",
        "target_network_info": {},
    }
    return defaults.get(field, "")


def _check_info(key_type: str, info: Details) -> None:
    own = INFOS[key_type]
    if {name for name in info if name != "uploadKeyTypes"} - {own}:
        raise invalid(INFO, "UNSUPPORTED_INGESTED_USER_LIST_INFO_CONFIG")
    details = info.get(own) or {}
    if details.get("dataSourceType") not in FIRST_PARTY:
        raise invalid(f"{INFO}.data_source_type", "THIRD_PARTY_USER_DATA_NOT_ALLOWED")
    if key_type == "MOBILE_ID":
        for name, field in MOBILE_FIELDS.items():
            if not details.get(name):
                raise invalid(f"{INFO}.mobile_id_info.{field}", "REQUIRED_FIELD_MISSING")
