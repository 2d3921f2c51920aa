"""TikTok as one of the sandbox's platforms."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from audience_sync.sandbox.call import Call, Unreadable
from audience_sync.sandbox.clock import Clock
from audience_sync.sandbox.platform import AudienceView, changed
from audience_sync.sandbox.tiktok.dialog import PATH, dialog
from audience_sync.sandbox.tiktok.errors import NoSuchPath, TikTokError, envelope, fault_code
from audience_sync.sandbox.tiktok.routes import respond
from audience_sync.sandbox.tiktok.state import State
from audience_sync.sandbox.tiktok.views import words

MARKS = {
    "in_use": "deleting is refused with 40002",
    "fails_late": "whatever is accepted fails later, as audience_history tells, and nothing is stored",
    "never_settles": "the audience is being processed for ever",
}
FAULTS = {
    "error": "error:<code>[/<words>] - that code of TikTok's table; nothing was applied",
    "revoked_token": "40105; nothing was applied",
    "late_failure": "a mapping call is accepted, its rows are not stored, and audience_history tells so later",
    "poison": "poison:<cell>[,<cell>…] - a mapping call with a row that has such a cell is refused with 40002",
    **{mark: f"the audience that is called is marked from now on: {meaning}" for mark, meaning in MARKS.items()},
}


class TikTok:
    """The pretend TikTok: the consent page and the Business API under one root."""

    name = "tiktok"
    faults: Mapping[str, str] = FAULTS
    marks: Mapping[str, str] = MARKS

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.state = State(clock)

    def answer(self, call: Call) -> Response:
        """TikTok's answer: nearly everything is an envelope with HTTP 200."""
        if call.path.rstrip("/") == PATH:
            return dialog(self.state, call)
        request_id = self._request_id()
        response = self._answered(call, request_id)
        response.headers.update({"X-TT-LOGID": request_id, "x-tt-trace-id": secrets.token_hex(16)})
        return response

    def knows_fault(self, name: str) -> bool:
        """Whether it is one of TikTok's faults, with an argument that fits."""
        kind, _, argument = name.partition(":")
        if kind == "error":
            return argument.partition("/")[0].isdecimal()
        return kind in FAULTS

    def audiences(self) -> list[AudienceView]:
        """Every audience, oldest first, with everything that was due by now done."""
        for each in self.state.audiences.values():
            self.state.settle(each)
        return [
            AudienceView(
                each.id, each.advertiser_id, each.name, each.members, frozenset(each.marks), words(each, self.state)
            )
            for each in self.state.audiences.values()
        ]

    def mark(self, audience_id: str, mark: str, *, on: bool) -> None:
        """The audience is, or no longer is, under the condition."""
        marks = self.state.audience(audience_id).marks
        (marks.add if on else marks.discard)(mark)

    def settings(self) -> dict[str, Any]:
        """TikTok's settings, name -> value."""
        return vars(self.state.settings).copy()

    def configure(self, changes: Mapping[str, Any]) -> None:
        """The settings named have the values given."""
        self.state.settings = changed(self.state.settings, changes)

    def reset(self) -> None:
        """TikTok is as new."""
        self.state = State(self._clock)

    def _answered(self, call: Call, request_id: str) -> Response:
        try:
            self._mark_called(call)
            _strike(call)
            return JSONResponse(envelope(request_id, respond(self.state, call)))
        except NoSuchPath as wrong:
            return PlainTextResponse(wrong.text, wrong.status)
        except (TikTokError, Unreadable) as error:
            refused = error if isinstance(error, TikTokError) else TikTokError(40002, str(error))
            return JSONResponse(envelope(request_id, {}, refused.code, refused.message))

    def _request_id(self) -> str:
        moment = datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y%m%d%H%M%S")
        return f"{moment}{secrets.token_hex(10).upper()}"

    def _mark_called(self, call: Call) -> None:
        """The audiences that are named anywhere in the call are marked by the faults that are marks."""
        marks = MARKS.keys() & call.faults.keys()
        for each in self.state.audiences.values() if marks else ():
            if each.id in call.query or each.id.encode() in call.body:
                each.marks |= marks


def _strike(call: Call) -> None:
    """The error that a fault has ordered for this call, if one has."""
    if "error" in call.faults:
        raise TikTokError(*fault_code(call.faults["error"]))
    if "revoked_token" in call.faults:
        raise TikTokError(40105)
