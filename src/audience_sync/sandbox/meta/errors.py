"""Every error of Meta's table, as the Graph API words it."""

import secrets
from dataclasses import dataclass
from typing import Any

Code = tuple[int, int | None]


@dataclass(frozen=True)
class Wording:
    """How one error is answered: its text, HTTP status and whether Meta calls it transient."""

    message: str
    status: int = 400
    transient: bool = False
    title: str = ""


_UNKNOWN = Wording("An unknown error occurred")
_BUSY = Wording("Service temporarily unavailable", 500, True)
_CALLS = "There have been too many calls to this ad-account. Wait a bit and try again."
_TERMS = "To use custom audiences, an admin of the ad account must accept the Custom Audience Terms"
_BLOCKED = Wording("This action is temporarily blocked", 400, True, "Action blocked")

WORDINGS: dict[Code, Wording] = {
    (-1, None): Wording("An internal error occurred", 500, True),
    (1, None): Wording("Please reduce the amount of data you're asking for, then retry your request", 500),
    (2, None): Wording("An unexpected error has occurred. Please retry your request later.", 500, True),
    (3, None): Wording("Unknown method", 500),
    (5000, None): Wording("Unknown error code", 500, True),
    (21009, None): _BUSY,
    (4, None): Wording("Application request limit reached", transient=True),
    (4, 1504022): Wording("Application request limit reached", transient=True, title="Too many API requests"),
    (4, 1504039): Wording("Application request limit reached", transient=True, title="Too many API requests"),
    (10, None): Wording("Application does not have permission for this action", 403),
    (17, None): Wording("User request limit reached", transient=True),
    (17, 2446079): Wording("User request limit reached", transient=True, title="Ad account has too many API calls"),
    (32, None): Wording("Page request limit reached", transient=True),
    (80000, None): Wording(_CALLS, transient=True),
    (80003, None): Wording(_CALLS, transient=True, title="Too many calls to this ad account"),
    (80004, None): Wording(_CALLS, transient=True),
    (80014, None): Wording(_CALLS, transient=True),
    (613, None): Wording("Calls to this api have exceeded the rate limit.", transient=True),
    (613, 1487742): Wording(_CALLS, transient=True, title="Too many API calls"),
    (613, 5044001): Wording("Calls to this api have exceeded the rate limit.", transient=True),
    (613, 4841018): Wording("The object is being edited by another request", transient=True),
    (100, None): Wording("Invalid parameter"),
    (100, 33): Wording(
        "Unsupported request. Object with this ID does not exist, cannot be loaded due to missing permissions, "
        "or does not support this operation"
    ),
    (100, 1713228): Wording("Invalid parameter", title="This audience cannot be edited"),
    (100, 1713230): Wording("Invalid parameter", title="Uploads to this flagged audience are blocked"),
    (100, 1713231): Wording("Invalid parameter", title="A restricted field cannot be used"),
    (100, 1487390): Wording("Invalid parameter", title="Terms not accepted"),
    (100, 36007): Wording("Error validating verification code. Please make sure your redirect_uri is identical"),
    (100, 36008): Wording("Error validating code verifier"),
    (100, 36009): Wording("This authorization code has been used or has expired."),
    (101, None): Wording("Error validating application. Cannot get application info due to a system error."),
    (102, None): Wording("Session key invalid or no longer valid", 401),
    (104, None): Wording("Incorrect signature", 400),
    (105, None): Wording("The number of parameters exceeded the maximum for this operation"),
    (190, None): Wording("Invalid OAuth access token - Cannot parse access token", 401),
    (190, 458): Wording("Error validating access token: The user has not authorized application", 401),
    (190, 459): Wording("Error validating access token: You cannot access the app till you log in", 401),
    (190, 460): Wording("Error validating access token: The user has changed the password", 401),
    (190, 463): Wording("Error validating access token: Session has expired", 401),
    (190, 464): Wording("Error validating access token: Sessions are not allowed for unconfirmed users", 401),
    (190, 467): Wording("Error validating access token: The session has been invalidated", 401),
    (194, None): Wording("A required parameter is missing"),
    (200, None): Wording("Permissions error", 403),
    (200, 1870034): Wording("Permissions error", 403, title=_TERMS),
    (200, 1870090): Wording("Permissions error", 403, title=_TERMS),
    (200, 1870092): Wording("Permissions error", 403, title="Business Tools Terms not accepted"),
    (200, 1870050): Wording("Permissions error", 403, title="This ad account is not linked to a business"),
    (200, 1870047): Wording("Permissions error", 403, title="Removing these people would make the audience too small"),
    (270, None): Wording("This Ads API request is not allowed for apps with development access", 403),
    (294, None): Wording(
        "Managing advertisements requires an access token with the extended permission ads_management", 403
    ),
    (341, None): Wording("Application limit reached", transient=True),
    (368, None): Wording("The action attempted has been deemed abusive or is otherwise disallowed", 403),
    (1404078, None): _BLOCKED,
    (1404163, None): Wording("You can no longer advertise with this account", 403),
    (1487301, None): Wording("The custom audience is not shared with this ad account"),
    (1487366, None): Wording("The custom audience has been deleted"),
    (1870092, None): Wording("Business Tools Terms not accepted", 403),
    (2500, None): Wording("An active access token must be used to query information about the current user."),
    (2635, None): Wording("You are calling a deprecated version of the Ads API. Please update to the latest version"),
    (2650, None): Wording("Failed to update the custom audience: it has data of another kind"),
    (2650, 1870144): Wording("Failed to update the custom audience", title="Audience too large to be replaced"),
    (2650, 1870145): Wording("Failed to update the custom audience", transient=True, title="Update in progress"),
    (2650, 1870147): Wording("Failed to update the custom audience", title="First batch missing"),
    (2650, 1870148): Wording("Failed to update the custom audience", title="Replace incomplete"),
    (2650, 1870158): Wording("Failed to update the custom audience", title="Session timed out"),
    (2650, 1870159): Wording("Failed to update the custom audience", title="Session already finished"),
    (2654, None): Wording("Failed to create custom audience"),
    (2654, 1713092): Wording("Failed to create custom audience", title="No write permission for this ad account"),
    (2655, None): Wording("Marketing Messages terms not accepted"),
    (2656, None): Wording("Failed to delete custom audience because associated lookalikes exist"),
    (2859015, None): _BLOCKED,
}

# Codes after which Meta tells the caller in a header how many minutes to wait.
THROTTLES = frozenset({4, 17, 32, 613, 80000, 80003, 80004, 80014})
WAIT_MINUTES = 5
# Meta words these without their number.
TOKEN_CODES = frozenset({102, 190})


class GraphError(Exception):
    """An error answer: `code` and `subcode` decide, the words come from Meta's table unless `message` is given.

    `minutes` goes into the usage header as the time to wait; `blame` names the parameters at fault.
    """

    def __init__(self, code: int, subcode: int | None = None, message: str = "", **options: Any) -> None:
        self.code = code
        self.subcode = subcode
        self.wording = WORDINGS.get((code, subcode)) or WORDINGS.get((code, None)) or _UNKNOWN
        words = message or self.wording.message
        self.message = words if code in TOKEN_CODES else f"(#{code}) {words}"
        self.status: int = options.get("status", self.wording.status)
        self.minutes: int = options.get("minutes", WAIT_MINUTES if code in THROTTLES else 0)
        self.trace = "A" + secrets.token_hex(8)
        self.blame: tuple[str, ...] = options.get("blame", ())
        super().__init__(self.message)

    def body(self) -> dict[str, Any]:
        """The envelope of every answer from 400 on."""
        error: dict[str, Any] = {"message": self.message, "type": _type(self.code), "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        error["is_transient"] = self.wording.transient
        if self.wording.title:
            error |= {"error_user_title": self.wording.title, "error_user_msg": f"{self.wording.title}."}
        if self.blame:
            error["error_data"] = {"blame_field_specs": [list(self.blame)]}
        return {"error": {**error, "fbtrace_id": self.trace}}


def fault_code(argument: str) -> Code:
    """The code and subcode of a fault's argument, `200/1870090` or `190`; ValueError for anything else."""
    code, _, subcode = argument.partition("/")
    return int(code), int(subcode) if subcode else None


def _type(code: int) -> str:
    return "GraphMethodException" if code in (100, 105, 194) else "OAuthException"
