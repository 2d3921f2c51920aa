"""Google as one of the sandbox's platforms."""

import secrets
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from audience_sync.sandbox.call import Call, Unreadable
from audience_sync.sandbox.clock import Clock
from audience_sync.sandbox.google import adserrors, errors
from audience_sync.sandbox.google.adserrors import AdsError
from audience_sync.sandbox.google.errors import BadJson, GoogleError, Refused
from audience_sync.sandbox.google.messages import PROCESSING_ERRORS
from audience_sync.sandbox.google.routes import is_ads, is_sign_in, respond
from audience_sync.sandbox.google.state import State
from audience_sync.sandbox.google.usage import bucket_of, exhausted
from audience_sync.sandbox.platform import AudienceView, changed

MARKS = {
    "eea": "its people live in the European Economic Area: members without both consents fail",
    "fails": "every request ends FAILED with INTERNAL_ERROR",
    "partial": "of every upload and removal one member in four fails with INTERNAL_ERROR",
    "never_settles": "every request stays PROCESSING, and the sizes are never computed",
    "shared": "it belongs to somebody else: read only",
    "unused": "Google has closed it because nobody used it",
}
FAULTS = {
    "error": "error:<http>/<REASON> - that error of the Data Manager API; nothing was applied",
    "ads_error": "ads_error:<category>.<CODE> - that error of the Google Ads API",
    "expired_token": "401, as if the access token had expired; nothing was applied",
    "rate_limit": "rate_limit[:seconds] - 429 by the minute, with the time to wait (default 7)",
    "daily_limit": "429 by the day, without a time to wait",
    "invalid_grant": "the token service refuses what it is shown",
    "fails": "fails[:REASON] - this request is accepted and ends FAILED (default INTERNAL_ERROR)",
    "partial": "partial[:REASON] - of this request one member in four fails (default INTERNAL_ERROR)",
    "poison": "poison:<value>[,<value>…] - members with such a value are refused by their index",
    "unindexed": "beside poison: the refusal names no index",
}
DEFAULT_WAIT = "7"


class Google:
    """The pretend Google: sign-in, Data Manager API and Google Ads API under one root."""

    name = "google"
    faults: Mapping[str, str] = FAULTS
    marks: Mapping[str, str] = MARKS

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.state = State(clock)

    def answer(self, call: Call) -> Response:
        """Google's answer, with the headers that its APIs have."""
        try:
            _strike(call)
            response = respond(self.state, call)
        except Refused as refused:
            response = refused.response()
        except Unreadable as error:
            response = BadJson(f"Invalid JSON payload received. {error}").response()
        if isinstance(response, JSONResponse):
            response.headers["content-type"] = "application/json; charset=UTF-8"
            response.headers["vary"] = "Origin, X-Origin, Referer"
        if is_ads(call):
            response.headers["request-id"] = secrets.token_urlsafe(16)
        return response

    def knows_fault(self, name: str) -> bool:
        """Whether it is one of Google's faults, with an argument that fits."""
        kind, _, argument = name.partition(":")
        match kind:
            case "error" | "ads_error":
                return _is_error(kind, argument)
            case "rate_limit":
                return not argument or argument.replace(".", "", 1).isdecimal()
            case "fails" | "partial":
                return not argument or argument in PROCESSING_ERRORS
            case "poison":
                return bool(argument)
            case _:
                return kind in FAULTS and not argument

    def audiences(self) -> list[AudienceView]:
        """Every list as of now, oldest first."""
        for each in self.state.lists.values():
            self.state.settle(each)
        return [
            AudienceView(each.id, each.account_id, each.name, each.members, frozenset(each.marks), each.state)
            for each in self.state.lists.values()
        ]

    def mark(self, audience_id: str, mark: str, *, on: bool) -> None:
        """The list is, or no longer is, under the condition."""
        marks = self.state.lists[audience_id].marks
        (marks.add if on else marks.discard)(mark)

    def settings(self) -> dict[str, Any]:
        """Google's settings, name -> value."""
        return vars(self.state.settings).copy()

    def configure(self, changes: Mapping[str, Any]) -> None:
        """The settings named have the values given."""
        self.state.settings = changed(self.state.settings, changes)

    def reset(self) -> None:
        """Google is as new."""
        self.state = State(self._clock)


def _strike(call: Call) -> None:
    """The error that a fault has ordered for this call of an API, if one has."""
    if is_sign_in(call):
        return
    faults = call.faults
    if "error" in faults:
        raise errors.ordered(faults["error"])
    if "ads_error" in faults:
        raise adserrors.ordered(faults["ads_error"])
    if "expired_token" in faults:
        raise _expired(call)
    if "rate_limit" in faults:
        raise _limited(call, float(faults["rate_limit"] or DEFAULT_WAIT), "Minute")
    if "daily_limit" in faults:
        raise _limited(call, 0.0, "Day")


def _expired(call: Call) -> Refused:
    if is_ads(call):
        return AdsError("authenticationError", "OAUTH_TOKEN_EXPIRED")
    return GoogleError(401, "ACCESS_TOKEN_EXPIRED")


def _limited(call: Call, wait_seconds: float, period: str) -> Refused:
    if is_ads(call):
        return AdsError("quotaError", "RESOURCE_EXHAUSTED", retry_seconds=wait_seconds)
    return exhausted(bucket_of(call.method, call.path), wait_seconds, period)


def _is_error(kind: str, argument: str) -> bool:
    try:
        (errors.ordered if kind == "error" else adserrors.ordered)(argument)
    except ValueError:
        return False
    return True
