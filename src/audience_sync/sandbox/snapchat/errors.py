"""Every refusal of Snapchat's table, for a whole request and for one item of it."""

from dataclasses import dataclass
from typing import Any

DISPLAY = "We're sorry, but the requested resource is not available at this time"
EXPIRED = 'Bearer error="invalid_token", error_description="The access token expired"'


@dataclass(frozen=True)
class Wording:
    """The usual HTTP status of an error code, and its words."""

    http: int
    message: str


WORDINGS = {
    "E0002": Wording(415, "The content type is not supported"),
    "E1165": Wording(400, "The JSON Patch is not valid"),
    "E1166": Wording(400, "The JSON Patch operation is not supported"),
    "E2006": Wording(400, "a required field is missing"),
    "E2023": Wording(400, "the field cannot be changed once it is set"),
    "E3002": Wording(403, "Caller does not have permission"),
    "E3003": Wording(404, "The requested resource was not found"),
}


class SnapError(Exception):
    """A refusal; within an item of a request it is that item's, otherwise the whole request's.

    `code` is empty where no document gives one; `http` is the code's usual status unless given.
    """

    def __init__(self, code: str = "", message: str = "", http: int = 0) -> None:
        wording = WORDINGS.get(code, Wording(400, "The request was refused"))
        self.code = code
        self.message = message or wording.message
        self.http = http or wording.http
        super().__init__(self.message)

    def item(self, undocumented: str, context: str) -> dict[str, Any]:
        """The item of an answer that was refused."""
        reason = f"Error code: {self.code or undocumented}, message: {self.message} : [{context}]"
        return {"sub_request_status": "ERROR", "sub_request_error_reason": reason}

    def body(self, undocumented: str) -> dict[str, Any]:
        """The rest of the envelope of a request that was refused as a whole."""
        return {
            "debug_message": self.message,
            "display_message": DISPLAY,
            "error_code": self.code or undocumented,
        }


class Unauthorized(Exception):
    """The access token is missing, unknown or expired."""


class OAuthError(Exception):
    """A refusal of the token call, in the form of RFC 6749."""

    def __init__(self, error: str, description: str, http: int = 400) -> None:
        self.error = error
        self.description = description
        self.http = http
        super().__init__(description)

    def body(self) -> dict[str, Any]:
        """The whole answer."""
        return {"error": self.error, "error_description": self.description}


def fault_error(argument: str) -> SnapError:
    """The refusal that a fault's argument names, `403/E3002` or `500`; ValueError for anything else."""
    http, _, code = argument.partition("/")
    if not (http.isdecimal() and 400 <= int(http) <= 599) or (code and not is_code(code)):
        raise ValueError(f"{argument!r} is not <http>/<E-code>.")
    return SnapError(code, http=int(http))


def is_code(text: str) -> bool:
    """Whether the text has the form of Snapchat's error codes."""
    return text.startswith("E") and text[1:].isdecimal()
