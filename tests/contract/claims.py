"""What the claims of the contract share: the platform in question, and its connector in front of its sandbox."""

import httpx2
import pytest

from audience_sync.connectors.registry import CONNECTORS, Traveller, api_for
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

    @pytest.fixture
    def stage(self, sandbox: Sandbox, client: httpx2.AsyncClient) -> Stage:
        where = {f"{self.platform}_{name}": f"{sandbox.url}/{self.platform}" for name in ("api_url", "login_url")}
        settings = load_settings(**where, **self.app)
        limiter = RecordingLimiter()
        api = api_for(settings, self.platform, client, limiter, Traveller(self.token, connection="c1"))
        return Stage(sandbox, CONNECTORS[self.platform], api, limiter, self.account)

    async def filled(self, stage: Stage, names: range) -> None:
        """The audience exists, holds these people, and the platform has processed them."""
        await stage.create()
        await stage.add(stage.people(names))
        stage.settle()

    def limit_key(self, stage: Stage) -> str:
        return f"{self.platform}:{self.account}"
