"""The pretend Snapchat without sockets."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from audience_sync.sandbox.app import create_app
from tests.sandbox.snapchat.snap import Snap


@pytest.fixture
async def snap() -> AsyncIterator[Snap]:
    """The pretend Snapchat, called as its documents describe."""
    app = create_app()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://sandbox") as client:
        yield Snap(client, app.state.world)
