"""A house with its API in front of it, and a key of each member of the cast."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from audience_sync.api.application import create_api
from audience_sync.flows import api_keys, people
from audience_sync.model.permissions import ROLES, SHELL
from tests.world import House, house


@dataclass
class Desk:
    """The house behind the API, and a client per role."""

    home: House
    keys: dict[str, str]
    transport: httpx2.AsyncBaseTransport

    def client(self, role: str = "admin", **headers: str) -> httpx2.AsyncClient:
        """Somebody of that role at the API; of no role, without a key."""
        key = {"Authorization": f"Bearer {self.keys[role]}"} if role else {}
        return httpx2.AsyncClient(transport=self.transport, base_url="http://api/api/v1", headers={**key, **headers})


async def key_of(home: House, role: str) -> str:
    """The key of a new user of that role, with all that the role may."""
    user = await people.add_user(home.app, SHELL, email=f"{role}@example.com", role=role)
    _, text = await api_keys.create_key(home.app, SHELL, user.id, name="tests", permissions=ROLES[role])
    return text


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with house(tmp_path) as home:
        home.people([{"id": "a", "email": "a@example.com"}, {"id": "b", "email": "b@example.com"}])
        keys = {role: await key_of(home, role) for role in ROLES}
        yield Desk(home, keys, httpx2.ASGITransport(app=create_api(home.app)))


@pytest.fixture
async def desk_alone(tmp_path: Path) -> AsyncIterator[Desk]:
    """A house without people: for those who do not get in."""
    async with house(tmp_path) as home:
        yield Desk(home, {}, httpx2.ASGITransport(app=create_api(home.app)))


@pytest.fixture
async def audience(desk: Desk) -> str:
    """An audience of everyone, synced once."""
    made = await desk.home.audience(await desk.home.segment())
    await desk.home.work()
    return made
