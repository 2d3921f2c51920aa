"""The one way out to the platforms: places the token, keeps the rate limit, retries the line, raises our errors."""

import json
from asyncio import sleep
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

import httpx2
import stamina

from audience_sync.connectors.faults import Fault, Subject, error_of, rule_of
from audience_sync.connectors.wire import (
    NOTHING,
    PATIENCE_SECONDS,
    Answer,
    Call,
    Dialect,
    Ending,
    JsonObject,
    Limiter,
    Turn,
    Unlimited,
)
from audience_sync.errors import AudienceSyncError, Rejected, RetryLater

ATTEMPTS = 4
RETRY_SECONDS = 30.0
UNREACHABLE_SECONDS = 60.0
UNREACHABLE = "PLATFORM_UNREACHABLE"
LATE_SECONDS = 0.01
"""A call that left so much after its turn began has the turn moved: the platform counts arrivals."""
LONG_SECONDS = 0.5
"""A turn that was taken longer ago is looked at again, because an earlier one may have been moved since."""
MOST_LOOKS = 20
"""Looks at one call's turns; after so many it goes out however late it is."""
SENT = "send_request_body.complete"
"""How the transport calls the moment at which the whole request has left."""
OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
"""Code of the RetryLater after which a create may or may not have happened: look for it on the platform first."""


class _TryAgain(Exception):
    """Worth another attempt in this call; `error` is what is raised when there is none left.

    With `pauses_seconds` everybody waits that long then.
    """

    def __init__(self, error: AudienceSyncError, *, pauses_seconds: float = 0.0) -> None:
        super().__init__(error.code)
        self.error = error
        self.pauses_seconds = pauses_seconds


@dataclass(frozen=True, slots=True)
class Api:
    """One grant's way to one platform. Its `repr` holds no secret."""

    client: httpx2.AsyncClient = field(repr=False)
    dialect: Dialect = field(repr=False)
    base_url: str
    """With the version, without a slash at its end."""
    login_url: str
    """Without a version."""
    version: str = ""
    limiter: Limiter = field(default_factory=Unlimited, repr=False)
    token: str = field(default="", repr=False)
    app_id: str = ""
    app_secret: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The platform's own settings, by name without its prefix."""
    name: str = ""
    """How people call what this grant is used for, such as `Main Account`."""
    connection: str = ""
    """Id of the connection, for limits that the platform counts per grant."""
    via: str = ""
    """The account through which the ad account is reached, where the platform must be told."""
    endings: Counter[Ending] = field(default_factory=Counter, repr=False)
    """How the requests that this value sent ended, those left out that only ask (GET)."""

    def with_token(self, token: str) -> "Api":
        return replace(self, token=token)

    async def get(self, path: str, about: Subject = NOTHING, **params: str) -> JsonObject:
        return await self.send(Call("GET", path, params, about=about))

    async def post(
        self, path: str, fields: Mapping[str, str], about: Subject = NOTHING, *, repeatable: bool = True
    ) -> JsonObject:
        body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
        return await self.send(Call("POST", path, body=body, about=about, repeatable=repeatable))

    async def delete(self, path: str, about: Subject = NOTHING) -> JsonObject:
        return await self.send(Call("DELETE", path, about=about))

    async def send(self, call: Call) -> JsonObject:
        """The body of the platform's answer, {} for none; one of our errors when it said no, or was not heard."""
        return (await self.answer(call)).body or {}

    async def answer(self, call: Call) -> Answer:
        """The platform's answer; one of our errors when it said no, or was not heard within four attempts."""
        if self.name and not call.about.name:
            call = replace(call, about=replace(call.about, name=self.name))
        try:
            async for attempt in stamina.retry_context(
                on=_TryAgain, attempts=ATTEMPTS, timeout=RETRY_SECONDS, wait_initial=0.5, wait_max=8.0
            ):
                with attempt:
                    return await self._once(call)
        except _TryAgain as spent:
            if spent.pauses_seconds > 0:
                await self._push(call, spent.pauses_seconds)
            raise spent.error from None
        raise AssertionError("retry_context ends by returning or raising")

    async def _once(self, call: Call) -> Answer:
        due = await self._take_turn(call)
        answer = await self._heard(call, due)
        await self._heed(call, answer)
        fault = self.dialect.fault(answer)
        if fault is not None:
            await self._raise_fault(call, fault, answer)
        if answer.status >= 400 or (answer.body is None and not call.silent):
            raise self._unexplained(call, answer)
        self._note(call, Ending.TAKEN)
        return answer

    def _note(self, call: Call, ending: Ending) -> None:
        if call.method != "GET":
            self.endings[ending] += 1

    async def _take_turn(self, call: Call) -> list[float]:
        """It is the call's turn at each of its limits; when each began, in their order."""
        turns, due = self._turns(call), list[float]()
        for taken, turn in enumerate(turns, 1):
            # A wider limit is asked only now that it is our turn at the narrower one, and keeps no place until then.
            due.append(self._due(call, await self.limiter.acquire(turn.key, turn.rate)))
            due = await self._come(call, turns[:taken], due)
        return due

    async def _come(self, call: Call, turns: Sequence[Turn], due: list[float]) -> list[float]:
        """The latest of these turns has come; when each began, once those before were moved there."""
        if max(due) - min(due) > LONG_SECONDS:
            due = await self._moved(call, turns, due, to=max(due))
        for _ in range(MOST_LOOKS):
            if await _slept_until(due):
                break
            due = await self._moved(call, turns, due, to=monotonic())
        return due

    async def _moved(self, call: Call, turns: Sequence[Turn], due: Sequence[float], *, to: float) -> list[float]:
        """When the turns begin that are used at that moment, or later where they do not fit there."""
        moved = []
        for turn, began in zip(turns, due, strict=True):
            now = monotonic()
            ahead = max(to - now, 0.0)
            wait = await self.limiter.move(turn.key, turn.rate, now - began, ahead_seconds=ahead)
            moved.append(self._due(call, wait))
        return moved

    def _noting(self, call: Call, due: Sequence[float]) -> Callable[[str, object], Awaitable[None]]:
        """A trace that moves late turns to where the call left, so that no later one comes too close to it."""

        async def trace(event: str, _more: object) -> None:
            # Connecting, and whatever else the machine does, comes between our turn and this.
            if not event.endswith(SENT):
                return
            for turn, began in zip(self._turns(call), due, strict=True):
                late = monotonic() - began
                if late > LATE_SECONDS:
                    await self.limiter.move(turn.key, turn.rate, late)

        return trace

    def _due(self, call: Call, wait: float) -> float:
        """When a turn begins that is so far away; RetryLater when that is more than a call sleeps."""
        if wait <= PATIENCE_SECONDS:
            return monotonic() + wait
        raise RetryLater(
            f"It is not our turn at {self.dialect.card.name} yet for {call.about}.",
            f"It goes on by itself in {wait:.0f} seconds.",
            after_seconds=wait,
            code="PLATFORM_RATE_LIMIT",
        )

    async def _heard(self, call: Call, due: Sequence[float]) -> Answer:
        headers = {"Accept": "application/json", **call.headers}
        if self.token:
            headers |= self.dialect.headers(self.token)
        if call.body is not None:
            headers["Content-Type"] = call.media
        params = {**call.params, **self.dialect.sign(self.token, self.app_secret)}
        url = call.path if call.path.startswith("http") else f"{self.base_url}/{call.path}"
        noting = {"trace": self._noting(call, due)}
        try:
            response = await self.client.request(
                call.method, url, params=params, content=call.body, headers=headers, extensions=noting
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
            raise _TryAgain(self._unheard(call, "cannot be reached")) from None
        except httpx2.RequestError as problem:
            raise self._lost(call, f"did not answer ({type(problem).__name__})") from None
        return Answer(response.status_code, response.headers, _json_object(response))

    async def _heed(self, call: Call, answer: Answer) -> None:
        seconds = max(self.dialect.pause(answer), _retry_after(answer))
        if seconds > 0:
            await self._push(call, seconds)

    async def _raise_fault(self, call: Call, fault: Fault, answer: Answer) -> None:
        card = self.dialect.card
        # A server that failed may have failed after it had taken the request in.
        self._note(call, Ending.UNKNOWN if answer.status >= 500 else Ending.REFUSED)
        rule = rule_of(card, fault)
        asked = max(self.dialect.pause(answer), _retry_after(answer)) if rule.pauses else 0.0
        error = error_of(card, fault, call.about, after_seconds=asked)
        pauses = error.after_seconds if rule.pauses and isinstance(error, RetryLater) else 0.0
        if rule.again and call.repeatable:
            raise _TryAgain(error, pauses_seconds=pauses)
        if pauses > 0:
            await self._push(call, pauses)
        raise error

    def _unexplained(self, call: Call, answer: Answer) -> Exception:
        """For an answer that is no JSON, or that says no without saying why."""
        said = f"answered {answer.status} without saying why"
        if answer.status == 429:
            wait = max(_retry_after(answer), UNREACHABLE_SECONDS)
            return self._unheard(call, said, after_seconds=wait)
        if answer.body is None or answer.status >= 500:
            return self._lost(call, said)
        return Rejected(f"{self.dialect.card.name} {said} for {call.about}.", "Check the address of its API.")

    def _lost(self, call: Call, what: str) -> Exception:
        """The request went out and may have been acted upon: only what is repeatable is tried again."""
        self._note(call, Ending.UNKNOWN)
        if call.repeatable:
            return _TryAgain(self._unheard(call, what))
        return self._unheard(call, what, code=OUTCOME_UNKNOWN)

    def _unheard(
        self, call: Call, what: str, *, code: str = UNREACHABLE, after_seconds: float = UNREACHABLE_SECONDS
    ) -> RetryLater:
        message = f"{self.dialect.card.name} {what} for {call.about}."
        return RetryLater(message, "It is tried again by itself.", after_seconds=after_seconds, code=code)

    def _turns(self, call: Call) -> Sequence[Turn]:
        return self.dialect.turns(call, self.connection, self.options)

    async def _push(self, call: Call, seconds: float) -> None:
        """Nobody spends the narrowest of the call's limits before so many seconds have passed."""
        for turn in self._turns(call)[:1]:
            await self.limiter.push(turn.key, seconds)


async def _slept_until(due: Sequence[float]) -> bool:
    """Whether it is the latest of these turns; False where they must be looked at first."""
    wait = max(due, default=0.0) - monotonic()
    if wait > LONG_SECONDS:
        await sleep(wait - LONG_SECONDS / 2)
        return False
    if wait > 0:
        await sleep(wait)
    return monotonic() - min(due, default=monotonic()) <= LONG_SECONDS


def _json_object(response: httpx2.Response) -> JsonObject | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _retry_after(answer: Answer) -> float:
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isdigit() else 0.0
