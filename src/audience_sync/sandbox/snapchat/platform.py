"""Snapchat as one of the sandbox's platforms."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from audience_sync.sandbox.call import Call, Unreadable
from audience_sync.sandbox.clock import Clock
from audience_sync.sandbox.platform import AudienceView, changed
from audience_sync.sandbox.snapchat.api import TooMany, limited, refusal, respond
from audience_sync.sandbox.snapchat.errors import EXPIRED, OAuthError, SnapError, Unauthorized, fault_error, is_code
from audience_sync.sandbox.snapchat.segment import Segment
from audience_sync.sandbox.snapchat.state import State

MARKS = {
    "no_role": "the caller's role may not edit this segment: 403 E3002; reading goes on",
    "gone": "somebody has deleted the segment in Ads Manager: E3003",
    "never_settles": "upload_status stays PROCESSING and nobody is counted",
}
FAULTS = {
    "error": "error:<http>[/<E-code>] - the whole request is refused so; nothing was applied",
    "sub_error": "sub_error:<E-code> - the last item of the answer is refused inside a success; it was not applied",
    "expired_token": "401 with the text unauthorized; nothing was applied",
    "rate_limited": "429 without headers; nothing was applied",
    "invalid_grant": "the token call is refused with invalid_grant",
    "app_removed": "the person has removed the app: its tokens and refresh tokens are dead from now on",
    "foreign_link": "the next_link of the answer leads to another host",
    "poison": "poison:<hash>[,<hash>…] - a member call with one of these is refused with 400",
    **{mark: f"the segment that is called is marked from now on: {meaning}" for mark, meaning in MARKS.items()},
}


class Snapchat:
    """The pretend Snapchat: the login and the Marketing API under one root."""

    name = "snapchat"
    faults: Mapping[str, str] = FAULTS
    marks: Mapping[str, str] = MARKS

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.state = State(clock)

    def answer(self, call: Call) -> Response:
        """Snapchat's answer; the call has been applied unless it was refused."""
        settings = self.state.settings
        try:
            self._strike(call)
            return respond(self.state, call)
        except Unauthorized:
            return PlainTextResponse("unauthorized", 401, {"www-authenticate": EXPIRED})
        except TooMany:
            return limited(settings)
        except OAuthError as error:
            return JSONResponse(error.body(), error.http)
        except SnapError as error:
            return refusal(error, settings)
        except Unreadable as error:
            return refusal(SnapError(message=str(error)), settings)

    def knows_fault(self, name: str) -> bool:
        """Whether it is one of Snapchat's faults, with an argument that fits."""
        kind, _, argument = name.partition(":")
        if kind == "sub_error":
            return is_code(argument)
        if kind == "error":
            return _is_refusal(argument)
        return kind in FAULTS

    def audiences(self) -> list[AudienceView]:
        """Every segment, oldest first, with what was due done."""
        return [self._view(each) for each in self.state.segments.values()]

    def mark(self, audience_id: str, mark: str, *, on: bool) -> None:
        """The segment is, or no longer is, under the condition."""
        marks = self.state.segments[audience_id].marks
        (marks.add if on else marks.discard)(mark)

    def settings(self) -> dict[str, Any]:
        """Snapchat's settings, name -> value."""
        return vars(self.state.settings).copy()

    def configure(self, changes: Mapping[str, Any]) -> None:
        """The settings named have the values given."""
        self.state.settings = changed(self.state.settings, changes)

    def reset(self) -> None:
        """Snapchat is as new."""
        self.state = State(self._clock)

    def _view(self, segment: Segment) -> AudienceView:
        self.state.settle(segment)
        settings, now = self.state.settings, self._clock.now()
        statuses = (
            segment.status(now, settings.activation_seconds),
            segment.upload_status(),
            segment.targetable_status(settings.min_size),
        )
        marks = frozenset(segment.marks)
        return AudienceView(segment.id, segment.account_id, segment.name, segment.members, marks, ", ".join(statuses))

    def _strike(self, call: Call) -> None:
        """What faults have ordered for this call has happened, or is raised."""
        for each in self.state.segments.values():
            if f"/{each.id}" in call.path:
                each.marks |= MARKS.keys() & call.faults.keys()
        if "app_removed" in call.faults:
            self.state.remove_app()
        if "error" in call.faults:
            raise fault_error(call.faults["error"])
        if "expired_token" in call.faults:
            raise Unauthorized
        if "rate_limited" in call.faults:
            raise TooMany


def _is_refusal(argument: str) -> bool:
    try:
        fault_error(argument)
    except ValueError:
        return False
    return True
