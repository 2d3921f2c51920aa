"""A house with its pages in front of it, and a browser of each member of the cast."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from audience_sync.auth.sessions import Browser, begin
from audience_sync.flows import people
from audience_sync.model.permissions import ROLES, SHELL
from audience_sync.store.people import Role
from audience_sync.web.access import cookie_name
from audience_sync.web.application import create_web
from tests.world import House, house

OUTSIDER = "outsider"
"""A role of the installation's own that may do nothing."""
ADDRESS = "http://site"
OWN_SITE = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form on a page of ours."""
FIREFOX = Browser("192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0")


@dataclass
class Site:
    """The house behind the pages, and a browser per role."""

    home: House
    transport: httpx2.AsyncBaseTransport
    users: dict[str, str] = field(default_factory=dict)

    async def browser(self, role: str = "", **headers: str) -> httpx2.AsyncClient:
        """A browser in which somebody of that role is signed in; without a role, nobody."""
        app = self.home.app
        cookies = {}
        if role:
            token = await begin(app.database, self.users[role], browser=FIREFOX, now=app.now())
            cookies[cookie_name(app)] = token
        return httpx2.AsyncClient(
            transport=self.transport, base_url=ADDRESS, cookies=cookies, headers={**OWN_SITE, **headers}
        )


async def cast(home: House) -> dict[str, str]:
    """The id of a new user of each role."""
    async with home.app.database.write() as session:
        session.add(Role(name=OUTSIDER, permissions=[]))
    roles = (*ROLES, OUTSIDER)
    made = {role: await people.add_user(home.app, SHELL, email=f"{role}@example.com", role=role) for role in roles}
    return {role: user.id for role, user in made.items()}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with house(tmp_path) as home:
        home.people([{"id": "a", "email": "a@example.com"}, {"id": "b", "email": "b@example.com"}])
        yield Site(home, httpx2.ASGITransport(app=create_web(home.app)), await cast(home))


@pytest.fixture
async def empty_site(tmp_path: Path) -> AsyncIterator[Site]:
    """A house in which there is nobody yet."""
    async with house(tmp_path) as home:
        yield Site(home, httpx2.ASGITransport(app=create_web(home.app)))
