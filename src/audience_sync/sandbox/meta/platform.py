"""Meta as one of the sandbox's platforms."""

import secrets
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from audience_sync.sandbox.call import Call, Unreadable
from audience_sync.sandbox.clock import Clock
from audience_sync.sandbox.meta.audience import DESCRIPTIONS, Audience
from audience_sync.sandbox.meta.errors import GraphError, fault_code
from audience_sync.sandbox.meta.graph import account_of, respond
from audience_sync.sandbox.meta.state import State
from audience_sync.sandbox.meta.usage import usage_headers
from audience_sync.sandbox.platform import AudienceView, changed

MARKS = {
    "flagged": "operation_status 471; uploads and removals are blocked with 100/1713230",
    "in_use": "removals that leave fewer than 100 people are refused with 200/1870047",
    "has_lookalike": "deleting is refused with 2656",
    "never_settles": "operation_status stays 441, 450 or 414 and the bounds are never computed",
    "replace_fails": "a replacement ends in operation_status 415",
}
FAULTS = {
    "error": "error:<code>[/<subcode>] - that error of Meta's table; nothing was applied",
    "expired_token": "190/463; nothing was applied",
    "rate_limited": "rate_limited[:minutes] - 80003 with the minutes to wait in the usage header (default 5)",
    "usage": "usage:<percent> - the usage headers of the answer show that percentage",
    "poison": "poison:<cell>[,<cell>…] - a member call with a row that has such a cell is refused with 100",
    "session_id_as_int": "the receipt has session_id as a number",
    "samples_as_list": "the receipt has invalid_entry_samples as a list",
    "account_id_in_receipt": "the receipt names its target account_id instead of audience_id",
    **{mark: f"the audience that is called is marked from now on: {meaning}" for mark, meaning in MARKS.items()},
}
NEEDS_NUMBER = frozenset({"rate_limited", "usage"})


class Meta:
    """The pretend Meta: the login dialog and the Graph API under one root."""

    name = "meta"
    faults: Mapping[str, str] = FAULTS
    marks: Mapping[str, str] = MARKS

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.state = State(clock)

    def answer(self, call: Call) -> Response:
        """Meta's answer, with the headers that every answer of it has."""
        account = account_of(self.state, call)
        fault: GraphError | None = None
        try:
            self._mark_called(call)
            _strike(call)
            response = respond(self.state, call)
        except (GraphError, Unreadable) as error:
            fault = error if isinstance(error, GraphError) else GraphError(100, message=str(error))
            response = JSONResponse(fault.body(), fault.status)
        response.headers.update(self._headers(call, account, fault))
        return response

    def knows_fault(self, name: str) -> bool:
        """Whether it is one of Meta's faults, with an argument that fits."""
        kind, _, argument = name.partition(":")
        if kind == "error":
            return _is_code(argument)
        if kind in NEEDS_NUMBER and argument:
            return argument.isdecimal()
        return kind in FAULTS

    def audiences(self) -> list[AudienceView]:
        """Every audience, oldest first, with what was due done."""
        return [self._view(each) for each in self.state.audiences.values()]

    def mark(self, audience_id: str, mark: str, *, on: bool) -> None:
        """The audience is, or no longer is, under the condition."""
        marks = self.state.audience(audience_id).marks
        (marks.add if on else marks.discard)(mark)

    def settings(self) -> dict[str, Any]:
        """Meta's settings, name -> value."""
        return vars(self.state.settings).copy()

    def configure(self, changes: Mapping[str, Any]) -> None:
        """The settings named have the values given."""
        self.state.settings = changed(self.state.settings, changes)

    def reset(self) -> None:
        """Meta is as new."""
        self.state = State(self._clock)

    def _view(self, audience: Audience) -> AudienceView:
        self.state.settle(audience)
        status, marks = audience.operation_status(), frozenset(audience.marks)
        state = f"{status} {DESCRIPTIONS[status]}"
        return AudienceView(audience.id, f"act_{audience.account_id}", audience.name, audience.members, marks, state)

    def _mark_called(self, call: Call) -> None:
        for each in self.state.audiences.values():
            if f"/{each.id}" in call.path:
                each.marks |= MARKS.keys() & call.faults.keys()

    def _headers(self, call: Call, account: str, fault: GraphError | None) -> dict[str, str]:
        version = call.path.lstrip("/").partition("/")[0]
        trace = {
            "facebook-api-version": version,
            "x-fb-trace-id": fault.trace if fault else "A" + secrets.token_hex(8),
            "x-fb-request-id": secrets.token_urlsafe(12),
            "cache-control": "private, no-cache, no-store, must-revalidate",
        }
        minutes = fault.minutes if fault else 0
        percent = self.state.usage.percent(account, self.state.settings)
        percent = 100 if minutes else int(call.faults.get("usage") or percent)
        return {**trace, **usage_headers(account, percent, minutes)} if account else trace


def _strike(call: Call) -> None:
    """The error that a fault has ordered for this call, if one has."""
    if "error" in call.faults:
        raise GraphError(*fault_code(call.faults["error"]))
    if "expired_token" in call.faults:
        raise GraphError(190, 463)
    if "rate_limited" in call.faults:
        raise GraphError(80003, minutes=int(call.faults["rate_limited"] or 5))


def _is_code(argument: str) -> bool:
    try:
        fault_code(argument)
    except ValueError:
        return False
    return True
