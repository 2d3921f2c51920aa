"""The pretend TikTok without sockets."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from audience_sync.sandbox.app import create_app
from tests.sandbox.tiktok.business import Business


@pytest.fixture
async def business() -> AsyncIterator[Business]:
    """The pretend TikTok, called as a connector would call it."""
    app = create_app()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://sandbox") as client:
        yield Business(client, app.state.world)
