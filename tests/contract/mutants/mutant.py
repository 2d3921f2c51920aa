"""A connector with one mistake, and the claim of the contract that notices it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType

import httpx2
import pytest

from audience_sync.connectors.http import Api
from audience_sync.connectors.protocol import Connector
from audience_sync.connectors.wire import Answer, Call
from audience_sync.errors import AudienceSyncError
from audience_sync.sandbox.serve import Sandbox
from tests.contract.claims import Claims
from tests.contract.stage import Stage

NOTICED = (AssertionError, pytest.fail.Exception, AudienceSyncError)
"""How a claim fails. Anything else is a mistake of the mutant's own, and proves nothing."""


def no_change(call: Call) -> Call:
    return call


def as_heard(_call: Call, answer: Answer) -> Answer:
    return answer


@dataclass(frozen=True)
class Mutant:
    """One mistake: in what the connector does, in what it asks, or in what it hears.

    `caught_by` is a claim of `suite`, which is given `given` where it has parameters of its own.
    """

    mistake: str
    suite: type[Claims]
    caught_by: Callable[..., Awaitable[None]]
    given: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    connector: type[Connector] | None = None
    call: Callable[[Call], Call] = no_change
    answer: Callable[[Call, Answer], Answer] = as_heard

    async def play(self, sandbox: Sandbox, client: httpx2.AsyncClient) -> None:
        """The claim was made of the connector with this mistake."""
        await self._claim(sandbox, client, self._mistaken)

    async def play_without(self, sandbox: Sandbox, client: httpx2.AsyncClient) -> None:
        """The claim was made of the connector as it is."""
        await self._claim(sandbox, client, lambda stage: stage)

    async def _claim(self, sandbox: Sandbox, client: httpx2.AsyncClient, change: Callable[[Stage], Stage]) -> None:
        suite = self.suite()
        given = dict(self.given)
        with pytest.MonkeyPatch.context() as patch:
            if "monkeypatch" in given:
                given["monkeypatch"] = patch
            await self.caught_by(suite, change(suite.staged(sandbox, client)), **given)

    def _mistaken(self, stage: Stage) -> Stage:
        stage.connector = self.connector() if self.connector else stage.connector
        known = {each.name: getattr(stage.api, each.name) for each in fields(stage.api)}
        stage.api = MistakenApi(**known | {"dialect": stage.connector}, mutant=self)
        return stage


@dataclass(frozen=True)
class MistakenApi(Api):
    """A way to the platform on which a mutant changes what is asked or heard."""

    mutant: Mutant | None = None

    async def answer(self, call: Call) -> Answer:
        assert self.mutant is not None
        asked = self.mutant.call(call)
        return self.mutant.answer(asked, await Api.answer(self, asked))


def in_body(old: bytes, new: bytes) -> Callable[[Call], Call]:
    """Asks with other words in the body."""
    return lambda call: replace(call, body=call.body.replace(old, new)) if call.body else call


def in_path(old: str, new: str) -> Callable[[Call], Call]:
    """Asks at another path."""
    return lambda call: replace(call, path=call.path.replace(old, new))


def swapped(one: bytes, other: bytes) -> Callable[[Call], Call]:
    """Asks with two words in each other's place."""

    def change(call: Call) -> Call:
        body = (call.body or b"").replace(one, b"\0").replace(other, one).replace(b"\0", other)
        return replace(call, body=body) if call.body else call

    return change


def repeating(call: Call) -> Call:
    """Asks again whatever happened, also for what must not be done twice."""
    return replace(call, repeatable=True)
