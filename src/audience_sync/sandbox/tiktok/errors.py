"""Every code of TikTok's table, as the Business API words it."""

from collections.abc import Mapping
from typing import Any

OK = 0
_BUSY = "Too many requests. Please retry in some time."
_FAULT = "Internal service error. Please retry later."
_TIMED_OUT = "Internal service timed out. Please retry later."
NOT_EDITABLE = "Audience is not editable, please check audience status"

WORDINGS: Mapping[int, str] = {
    20001: "Partial success",
    40000: "Invalid parameters",
    40001: "No permission for this operation",
    40002: "Invalid parameter",
    40006: "The API version does not exist",
    40007: "The object does not exist",
    40010: "The domain is not supported",
    40011: "Too many ids",
    40016: _BUSY,
    40050: "Duplicate request",
    40051: "The API version is no longer supported",
    40061: "Invalid batch size",
    40062: "PII is not hashed",
    40100: _BUSY,
    40101: "The app id, secret or auth_code is incorrect",
    40102: "Access token is expired",
    40103: "Refresh token is expired",
    40104: "Access token is null, you should set it in http header with key Access-Token.",
    40105: "Access token is incorrect or has been revoked.",
    40106: "The user of the access token is not valid for this advertiser",
    40107: "Access tokens do not expire and cannot be refreshed",
    40108: "The grant type is not supported",
    40110: "Auth_code is used or invalid",
    40113: "The app does not exist or is blocked",
    40115: "Auth_code is expired",
    40116: "The signature is incorrect",
    40117: "The method is not supported",
    40118: "The app is not in the allowlist",
    40119: "The developer and the advertiser are not the same company",
    40124: "The developer's profile was rejected",
    40125: "The developer has no permission",
    40130: "The scope is not authorized",
    40132: _BUSY,
    40133: _BUSY,
    40200: "Task error",
    40201: "The task is not ready",
    40202: "Write conflict. Please retry later.",
    40300: "The advertiser does not exist",
    40301: "The role of the advertiser does not allow this",
    40700: "Internal validation error",
    40900: "The file signature does not match the file",
    40905: "The file does not exist",
    40906: "The file is empty",
    40907: "The file is too large",
    40908: "The type of the file is not supported",
    40909: "The calculate_type is not correct",
    40910: "The file is expired",
    40914: "The file is invalid",
    40915: "The file does not meet the specification",
    41000: "The country or region of your IP is not allowed",
    41001: "The interface is offline",
    41002: "The field is no longer in use",
    50000: _FAULT,
    50002: _TIMED_OUT,
    51003: "DMP service error",
    51010: _TIMED_OUT,
    51063: "Segment gateway service error",
    52000: "Database error",
    53102: "Deserialization error",
    60001: "The system is under maintenance",
    61000: _BUSY,
}


class TikTokError(Exception):
    """A code other than 0, answered in the envelope with HTTP 200; the table's words unless `message` is given."""

    def __init__(self, code: int, message: str = "") -> None:
        self.code = code
        self.message = message or WORDINGS.get(code, "Unknown error")
        super().__init__(self.message)


class NoSuchPath(Exception):
    """The path or the method is wrong: the one thing that is answered in plain text with a 4xx."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def envelope(request_id: str, data: Mapping[str, Any], code: int = OK, message: str = "OK") -> dict[str, Any]:
    """The body of every answer of the API."""
    return {"code": code, "message": message, "request_id": request_id, "data": data}


def fault_code(argument: str) -> tuple[int, str]:
    """The code and the words of a fault's argument, `40002/not editable` or `50000`; ValueError for anything else."""
    code, _, words = argument.partition("/")
    return int(code), words
