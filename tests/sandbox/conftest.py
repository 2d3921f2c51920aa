"""A sandbox without sockets, and one on a loopback port."""

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from audience_sync.sandbox.app import create_app
from audience_sync.sandbox.serve import Sandbox
from tests.sandbox.graph import Graph


@pytest.fixture
async def graph() -> AsyncIterator[Graph]:
    """The pretend Meta, called as a connector would call it."""
    app = create_app()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://sandbox") as client:
        yield Graph(client, app.state.world)


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    """The sandbox on a real port, for what only happens on a wire."""
    with Sandbox.start() as sandbox:
        yield sandbox
