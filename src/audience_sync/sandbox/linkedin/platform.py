"""LinkedIn as one of the sandbox's platforms."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from audience_sync.sandbox.call import Call, Unreadable
from audience_sync.sandbox.clock import Clock
from audience_sync.sandbox.linkedin import oauth
from audience_sync.sandbox.linkedin.api import respond
from audience_sync.sandbox.linkedin.state import LinkedInError, State
from audience_sync.sandbox.platform import AudienceView, changed

MARKS = {"never_settles": "the segment is being matched for ever", "failed": "the segment's status is FAILED"}
FAULTS = {
    "error": "error:<status>[/<code>] - that HTTP status with LinkedIn's word for it; nothing was applied",
    "expired_token": "401 EXPIRED_ACCESS_TOKEN; nothing was applied",
    "revoked_token": "401 REVOKED_ACCESS_TOKEN; nothing was applied",
    "element_status": "element_status:<status> - every element of a users call is refused with that status",
    "poison": "poison:<cell>[,<cell>…] - an element with such an idValue is refused with 400",
}
OPEN = {"/oauth/v2/authorization": oauth.authorization, "/oauth/v2/accessToken": oauth.access_token}


class LinkedIn:
    """The pretend LinkedIn: the consent page, the token endpoint and the API under one root."""

    name = "linkedin"
    faults: Mapping[str, str] = FAULTS
    marks: Mapping[str, str] = MARKS

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.state = State(clock)

    def answer(self, call: Call) -> Response:
        """LinkedIn's answer."""
        try:
            _strike(call)
            return OPEN[call.path](self.state, call) if call.path in OPEN else respond(self.state, call)
        except LinkedInError as error:
            return JSONResponse(error.body, error.status)
        except Unreadable as error:
            return JSONResponse(LinkedInError(400, "ILLEGAL_ARGUMENT", str(error)).body, 400)

    def knows_fault(self, name: str) -> bool:
        """Whether it is one of LinkedIn's faults, with an argument that fits."""
        kind, _, argument = name.partition(":")
        return argument.partition("/")[0].isdecimal() if kind in ("error", "element_status") else kind in FAULTS

    def audiences(self) -> list[AudienceView]:
        """Every segment, oldest first."""
        return [
            AudienceView(
                each.id,
                str(each.account),
                str(each.details["name"]),
                each.members,
                frozenset(each.marks),
                each.status(self.state.clock.now()) + (f", {each.matched:,} matched" if each.built else ""),
            )
            for each in self.state.settled()
        ]

    def mark(self, audience_id: str, mark: str, *, on: bool) -> None:
        """The segment is, or no longer is, under the condition."""
        marks = self.state.segments[audience_id].marks
        (marks.add if on else marks.discard)(mark)

    def settings(self) -> dict[str, Any]:
        """LinkedIn's settings, name -> value."""
        return vars(self.state.settings).copy()

    def configure(self, changes: Mapping[str, Any]) -> None:
        """The settings named have the values given."""
        self.state.settings = changed(self.state.settings, changes)

    def reset(self) -> None:
        """LinkedIn is as new."""
        self.state = State(self._clock)


def _strike(call: Call) -> None:
    """The error that a fault has ordered for this call, if one has."""
    if "error" in call.faults:
        status, _, code = call.faults["error"].partition("/")
        raise LinkedInError(int(status), code or "ERROR", "Refused by order")
    if "expired_token" in call.faults:
        raise LinkedInError(401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired", 65602)
    if "revoked_token" in call.faults:
        raise LinkedInError(401, "REVOKED_ACCESS_TOKEN", "The token has been revoked by the user", 65601)
