"""The pretend Google, called as its documents say."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from audience_sync.sandbox.app import create_app
from tests.sandbox.google.wire import Wire


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """A fresh sandbox."""
    app = create_app()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://sandbox") as client:
        yield Wire(client, app.state.world)
