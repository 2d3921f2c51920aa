"""Refusals of the Google Ads API, in its GoogleAdsFailure envelope."""

import re
import secrets
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse

from audience_sync.sandbox.google.errors import STATUSES, Refused

NEWEST_VERSION = 26
FAILURE = f"type.googleapis.com/google.ads.googleads.v{NEWEST_VERSION}.errors.GoogleAdsFailure"
# The HTTP status of each category; every other one is 400.
CATEGORY_STATUS = {
    "authenticationError": 401,
    "authorizationError": 403,
    "notAllowlistedError": 403,
    "quotaError": 429,
    "databaseError": 409,
    "internalError": 500,
}
WORDS = {
    "USER_PERMISSION_DENIED": (
        "User doesn't have permission to access customer. Note: If you're accessing a client customer, the manager's "
        "customer id must be set in the 'login-customer-id' header."
    ),
    "CUSTOMER_NOT_ENABLED": "The customer account can't be accessed because it is not yet enabled or deactivated.",
    "INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION": (
        "The login customer cannot be used to reach this customer."
    ),
    "INVALID_LOGIN_CUSTOMER_ID": "The login-customer-id header must hold digits only.",
    "INVALID_CUSTOMER_ID": "The customer id must have digits only.",
    "OAUTH_TOKEN_EXPIRED": "OAuth token in the header has expired.",
    "OAUTH_TOKEN_INVALID": "OAuth token in the header is not valid.",
    "PAGE_SIZE_NOT_SUPPORTED": "Setting the page size is not supported. The page size is fixed.",
    "INVALID_PAGE_TOKEN": "The page token is not valid.",
    "UNSUPPORTED_VERSION": "The version of the API is not supported any more.",
    "UNRECOGNIZED_FIELD": "Unrecognized field in the query.",
    "RESOURCE_EXHAUSTED": "Too many requests.",
}
_NAME = re.compile(r"([a-z][A-Za-z]*Error)\.([A-Z][A-Z0-9_]*)").fullmatch


@dataclass(eq=False)
class AdsError(Refused):
    """An error of the Google Ads API: `category` such as authorizationError, and its `code`.

    `retry_seconds` is the wait that a quota error names (0 = it names none).
    """

    category: str
    code: str
    message: str = ""
    retry_seconds: float = 0.0

    def response(self) -> JSONResponse:
        """The error in its envelope."""
        http = CATEGORY_STATUS.get(self.category, 400)
        failure = {"@type": FAILURE, "errors": [self._error()], "requestId": secrets.token_urlsafe(16)}
        words = "The caller does not have permission" if http == 403 else "Request contains an invalid argument."
        error = {"code": http, "message": words, "status": STATUSES[http], "details": [failure]}
        return JSONResponse({"error": error}, http)

    def _error(self) -> dict[str, Any]:
        words = self.message or WORDS.get(self.code, self.code)
        error: dict[str, Any] = {"errorCode": {self.category: self.code}, "message": words}
        if self.category == "quotaError":
            rate = {
                "rateScope": "DEVELOPER",
                "rateName": "Number of operations",
                "retryDelay": f"{self.retry_seconds:g}s",
            }
            error["details"] = {"quotaErrorDetails": rate}
        return error


def ordered(argument: str) -> AdsError:
    """The error that a fault's argument `<category>.<CODE>` asks for; ValueError for anything else."""
    found = _NAME(argument)
    if found is None:
        raise ValueError(f"{argument} is not an error: authorizationError.USER_PERMISSION_DENIED")
    return AdsError(found[1], found[2], retry_seconds=30.0 if found[1] == "quotaError" else 0.0)
