"""The pretend LinkedIn without sockets."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from audience_sync.sandbox.app import create_app
from tests.sandbox.linkedin.rest import Rest


@pytest.fixture
async def rest() -> AsyncIterator[Rest]:
    app = create_app()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://sandbox") as client:
        yield Rest(client, app.state.world)
