"""What the claims of the contract share: the platform in question, and its connector in front of its sandbox."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import httpx2
import pyarrow as pa
import pytest

from audience_sync.connectors.registry import CONNECTORS, Traveller, api_for
from audience_sync.model.cards import FaultRule
from audience_sync.sandbox.serve import Sandbox
from audience_sync.settings import load_settings
from tests.contract.stage import RecordingLimiter, Stage


class Claims:
    """A platform's tests say these; every claim is then tested on that platform."""

    platform: str
    token: str
    account: str
    app: dict[str, str]
    """Settings of the platform's app, by their full names."""
    expire_token: str
    """The sandbox's fault that makes the token expire."""
    addresses: Sequence[str] = ("api_url", "login_url")
    """Settings that say where the platform is, without its prefix."""
    taken_plain: Sequence[str] = ()
    """What of the contract's person this platform is sent as it is."""
    members_path: str = "users"
    """A piece of the path of every call that carries members."""
    create_line: str = "POST"
    """What the line of the call that creates a list looks like: an expression for method and path."""
    choices: Mapping[str, str] = MappingProxyType({})
    """What was chosen for the audiences of these tests."""
    filed_under: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """Kinds under which the platform files the keys of a column, where they are not the column's wire name."""
    sandbox_settings: Mapping[str, object] = MappingProxyType({})

    @pytest.fixture
    def stage(self, sandbox: Sandbox, client: httpx2.AsyncClient) -> Stage:
        return self.staged(sandbox, client)

    def staged(self, sandbox: Sandbox, client: httpx2.AsyncClient) -> Stage:
        """The connector in front of this sandbox, as the claims find it."""
        where = {f"{self.platform}_{name}": f"{sandbox.url}/{self.platform}" for name in self.addresses}
        settings = load_settings(**where, **self.app)
        limiter = RecordingLimiter()
        api = api_for(settings, self.platform, client, limiter, Traveller(self.token, connection="c1"))
        sandbox.world.platforms[self.platform].configure(dict(self.sandbox_settings))
        stage = Stage(sandbox, CONNECTORS[self.platform], api, limiter, self.account)
        stage.choices, stage.filed_under = self.choices, self.filed_under
        return stage

    async def filled(self, stage: Stage, names: range) -> None:
        """The audience exists, holds these people, and the platform has processed them."""
        await stage.create(holding=stage.people(names))
        stage.settle()

    def limit_keys(self, stage: Stage) -> Sequence[str]:
        """The rate limits that each call spends, the narrowest first."""
        return [f"{self.platform}:{self.account}"]

    def counted(self, stage: Stage, rows: pa.Table) -> int:
        """How many of these rows the platform says it has received."""
        return rows.num_rows

    def faults(self, stage: Stage) -> Sequence[FaultRule]:
        """The rows of the card's table that any call may meet."""
        return stage.connector.card.faults

    def mark(self, stage: Stage, mark: str) -> None:
        stage.sandbox.world.platforms[self.platform].mark(stage.target.remote_id, mark, on=True)

    def configure(self, stage: Stage, **changes: object) -> None:
        stage.sandbox.world.platforms[self.platform].configure(changes)
