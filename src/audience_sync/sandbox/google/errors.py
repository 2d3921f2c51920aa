"""Refusals of the Data Manager API and of Google's front end, in the google.rpc.Status envelope."""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse

Violation = dict[str, str]

RPC = "type.googleapis.com/google.rpc."
DATA_MANAGER = "datamanager.googleapis.com"
FRONT_END = "googleapis.com"
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
# The words of the reasons that a caller meets; another reason is answered in the words of its status.
WORDS = {
    "REQUIRED_FIELD_MISSING": "Required field is missing.",
    "INVALID_FORMAT": "Format is invalid.",
    "INVALID_HEX_ENCODING": "The HEX encoded value is malformed.",
    "INVALID_BASE64_ENCODING": "The base64 encoded value is malformed.",
    "INVALID_SHA256_FORMAT": "The SHA256 encoded value is malformed.",
    "INVALID_POSTAL_CODE": "Postal code is not valid.",
    "INVALID_REGION_CODE": "The region code is not valid.",
    "INVALID_USER_LIST_TYPE": "Type of the user list is not applicable for this request.",
    "INVALID_AUDIENCE_MEMBER": "This audience member is not valid.",
    "INVALID_MOBILE_ID_FORMAT": "Mobile ID format is not valid.",
    "TOO_MANY_AUDIENCE_MEMBERS": "Maximum number of audience members allowed per request is 10,000.",
    "TOO_MANY_USER_IDENTIFIERS": "Maximum number of user identifiers allowed per audience member is 10.",
    "TOO_MANY_DESTINATIONS": "Maximum number of destinations allowed per request is 10.",
    "INVALID_DESTINATION": "This Destination is not valid.",
    "INVALID_USER_LIST_ID": "User list is not valid.",
    "MULTIPLE_DATA_TYPES_NOT_ALLOWED": "Multiple data types are not allowed to be ingested in a single request.",
    "TERMS_AND_CONDITIONS_NOT_SIGNED": "Required terms and conditions are not accepted.",
    "DUPLICATE_DESTINATION_REFERENCE": "Two or more destinations in the request have the same reference.",
    "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH": "The login account cannot be used for this operating account.",
    "DESTINATION_ACCOUNT_TYPE_MISMATCH": "The destination account type does not match the specified account id.",
    "NOT_ALLOWLISTED": "The account is not allowlisted for the given feature.",
    "INVALID_REQUEST_ID": "The request ID used to retrieve the status of a request is not valid.",
    "REQUEST_TOO_OLD": "Request status is only available for approximately 50 days after the API receives a request.",
    "INVALID_REMOVE_AS_OF_TIME": "The remove as of time must be in the past or present.",
    "IMMUTABLE_FIELD_FOR_UPDATE": "Attempted to set an immutable field for an update request.",
    "INVALID_RESOURCE_NAME": "The resource name is invalid.",
    "INVALID_FILTER": "The query filter is invalid.",
    "INVALID_UPDATE_MASK": "The update mask is invalid.",
    "INVALID_PAGE_TOKEN": "The page token is invalid.",
    "INVALID_DISPLAY_NAME": "The display name is not valid.",
    "DISPLAY_NAME_ALREADY_USED": "The display name is already being used for another user list for the account.",
    "OWNERSHIP_REQUIRED_FOR_UPDATE": "Ownership is required to modify the user list.",
    "USER_LIST_NAME_RESERVED": "The user list name is reserved for system lists.",
    "ADVERTISER_NOT_ALLOWLISTED_FOR_UPLOADED_DATA": (
        "The advertiser needs to be allowlisted to use remarketing lists created from advertiser uploaded data."
    ),
    "UNSUPPORTED_USER_LIST_UPLOAD_KEY_TYPES": "The user list upload key types are not supported.",
    "UNSUPPORTED_INGESTED_USER_LIST_INFO_CONFIG": "The ingested user list info config is not supported.",
    "MEMBERSHIP_DURATION_TOO_LONG": "The user list membership duration is too long.",
    "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED": (
        "The customer contains non-exempt campaigns without the EU political advertising declaration."
    ),
    "THIRD_PARTY_USER_DATA_NOT_ALLOWED": "Third party user data can only be set by data partners.",
    "NOT_FOUND": "Resource not found.",
    "PERMISSION_DENIED": "The user does not have permission or the resource is not found.",
    "INTERNAL_ERROR": "An internal error has occurred.",
    "DEADLINE_EXCEEDED": "The request took too long to respond.",
    "RESOURCE_EXHAUSTED": "Too many requests.",
    "INVALID_ARGUMENT": "There was a problem with the request.",
    "CREDENTIALS_MISSING": "Request is missing required authentication credential.",
    "ACCESS_TOKEN_EXPIRED": "Request had invalid authentication credentials.",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": "Request had insufficient authentication scopes.",
    "SERVICE_DISABLED": "Data Manager API has not been used in this project before or it is disabled.",
}
FRONT_END_REASONS = frozenset(
    {"CREDENTIALS_MISSING", "ACCESS_TOKEN_EXPIRED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "SERVICE_DISABLED"}
)


class Refused(Exception, ABC):
    """An answer that is an error, in whatever envelope its API has."""

    @abstractmethod
    def response(self) -> JSONResponse:
        """The error as it is sent."""


@dataclass(eq=False)
class GoogleError(Refused):
    """An error of the Data Manager API. `reason` is its ErrorInfo; `violations` say which fields are at fault.

    `retry_seconds` is the wait that a RetryInfo names (0 = none is sent).
    """

    status: int
    reason: str
    violations: Sequence[Violation] = ()
    metadata: Mapping[str, str] | None = None
    retry_seconds: float = 0.0
    message: str = ""

    def response(self) -> JSONResponse:
        """The error in Google's envelope."""
        status = "ALREADY_EXISTS" if (self.status, self.reason) == (409, "ALREADY_EXISTS") else STATUSES[self.status]
        words = self.message or WORDS.get(self.reason) or WORDS.get(status, status)
        error = {"code": self.status, "message": words, "status": status, "details": self._details()}
        return JSONResponse({"error": error}, self.status)

    def _details(self) -> list[dict[str, Any]]:
        request_id = f"t-{secrets.token_urlsafe(16)}"
        front = self.reason in FRONT_END_REASONS
        details: list[dict[str, Any]] = [
            {
                "@type": f"{RPC}ErrorInfo",
                "reason": self.reason,
                "domain": FRONT_END if front else DATA_MANAGER,
                "metadata": {"requestId": request_id, **(self.metadata or {})},
            },
            {"@type": f"{RPC}RequestInfo", "requestId": request_id},
        ]
        if self.violations:
            details.append({"@type": f"{RPC}BadRequest", "fieldViolations": list(self.violations)})
        if self.retry_seconds:
            details.append({"@type": f"{RPC}RetryInfo", "retryDelay": f"{self.retry_seconds:g}s"})
        return details


@dataclass(eq=False)
class BadJson(Refused):
    """The front end could not read the request as the API's message: it names the field, but no reason."""

    message: str
    field: str = ""

    def response(self) -> JSONResponse:
        """The error as the front end words it."""
        violation = {"description": self.message, **({"field": self.field} if self.field else {})}
        detail = {"@type": f"{RPC}BadRequest", "fieldViolations": [violation]}
        error = {"code": 400, "message": self.message, "status": "INVALID_ARGUMENT", "details": [detail]}
        return JSONResponse({"error": error}, 400)


def violation(field: str, reason: str) -> Violation:
    """One field at fault, with Google's words for the reason."""
    return {"field": field, "description": WORDS.get(reason, reason), "reason": reason}


def invalid(field: str, reason: str) -> GoogleError:
    """The refusal of a request for one field."""
    return GoogleError(400, "INVALID_ARGUMENT", [violation(field, reason)])


def ordered(argument: str) -> GoogleError:
    """The error that a fault's argument `<http>/<REASON>` asks for; ValueError for anything else."""
    status, _, reason = argument.partition("/")
    if not status.isdecimal() or int(status) not in STATUSES or not reason.replace("_", "").isalnum():
        raise ValueError(f"{argument} is not an error: 400/TERMS_AND_CONDITIONS_NOT_SIGNED")
    if status == "400" and reason != "INVALID_ARGUMENT":
        return invalid("request", reason)
    return GoogleError(int(status), reason)
