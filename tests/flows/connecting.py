"""An App in front of a pretend Meta of its own, both under one clock, and the person who signs in there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import sqlalchemy as sa

from audience_sync.app import App, open_app
from audience_sync.connectors.client import open_client
from audience_sync.flows import connect
from audience_sync.flows.connect import Connected
from audience_sync.model.ids import new_id
from audience_sync.model.permissions import Actor
from audience_sync.sandbox.app import create_app
from audience_sync.sandbox.meta.platform import Meta
from audience_sync.sandbox.world import World
from audience_sync.settings import Settings
from audience_sync.store import audit
from audience_sync.store.audiences import Audience, Segment
from audience_sync.store.platforms import AdAccount, Connection
from tests.cast import ADMIN

MAIN, SECONDARY, TEST = "act_123456789", "act_987654321", "act_111222333"
SYSTEM_USER = "SANDBOX_SYSTEM_USER_TOKEN"
SIXTY_DAYS = "SANDBOX_SYSTEM_USER_TOKEN_60_DAYS"


@dataclass(frozen=True)
class Scene:
    """The App, the sandbox's inside, and a browser that only knows the sandbox."""

    app: App
    world: World
    browser: httpx2.AsyncClient

    @property
    def meta(self) -> Meta:
        found = self.world.platforms["meta"]
        assert isinstance(found, Meta)
        return found

    @property
    def tokens(self) -> list[str]:
        """Every token that Meta has ever given out."""
        return list(self.meta.state.tokens)

    def advance(self, *, days: float = 0, minutes: float = 0) -> None:
        self.world.clock.advance(days * 86_400 + minutes * 60)

    def expire(self, token: str) -> None:
        self.meta.state.tokens[token].withdrawn = 463

    async def decide(self, address: str, decision: str = "continue", **form: str) -> dict[str, str]:
        """What Meta sends back with the person who decided on its consent page."""
        asked = urlsplit(address)
        answer = await self.browser.post(
            f"{asked.scheme}://{asked.netloc}{asked.path}",
            data={**dict(parse_qsl(asked.query)), "decision": decision, **form},
        )
        assert answer.status_code == 302, answer.text
        brought = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
        return {name: value for name, value in brought.items() if name != "error_code"}

    async def sign_in(self, actor: Actor = ADMIN, **form: str) -> Connected:
        """Connected by the consent page."""
        return await connect.finish(
            self.app, "meta", **await self.decide(await connect.begin(self.app, actor, "meta"), **form)
        )

    async def audience(self, name: str, account: str = MAIN, **columns: Any) -> str:
        """An audience of that ad account, as the store has it."""
        now = self.app.now()
        async with self.app.database.write() as session:
            segment = Segment(id=new_id(), name=f"{name} segment", created_at=now, updated_at=now)
            session.add(segment)
            await session.flush()
            row = Audience(
                id=new_id(),
                segment_id=segment.id,
                ad_account_id=await session.scalar(sa.select(AdAccount.id).where(AdAccount.remote_id == account)),
                platform="meta",
                name=name,
                marker="audience-sync:test",
                created_at=now,
                **{"state": "active", "remote_id": new_id(), **columns},
            )
            session.add(row)
        return row.id

    async def kept_audience(self, audience_id: str) -> Audience:
        async with self.app.database.read() as session:
            return await session.get_one(Audience, audience_id)

    async def rows(self) -> list[Connection]:
        """The connections as they are stored."""
        async with self.app.database.read() as session:
            return list(await session.scalars(sa.select(Connection)))

    async def token_of(self, connection_id: str) -> str:
        async with self.app.database.read() as session:
            row = await session.get_one(Connection, connection_id)
        return self.app.vault.open(row.token, table="connections", row=row.id, column="token")

    async def trail(self) -> list[audit.Entry]:
        async with self.app.database.read() as session:
            return await audit.entries(session)


@asynccontextmanager
async def scene(folder: Path, database_url: str, **settings: Any) -> AsyncIterator[Scene]:
    """A fresh App on this migrated database, in front of a fresh sandbox."""
    sandbox = create_app(only="meta")
    world: World = sandbox.state.world
    chosen: dict[str, Any] = {
        "meta_app_id": "sandbox-app",
        "meta_app_secret": "sandbox-secret",
        "meta_api_url": "http://sandbox",
        "meta_login_url": "http://sandbox",
        "meta_requests_per_second": 100_000.0,
        **settings,
    }
    asked = Settings(data_dir=folder, database_url=database_url, **chosen)

    def now() -> datetime:
        return datetime.fromtimestamp(world.clock.now(), UTC)

    transport = httpx2.ASGITransport(app=sandbox)
    async with (
        open_app(asked, upgrade=False, now=now) as app,
        open_client(transport) as client,
        httpx2.AsyncClient(transport=transport) as browser,
    ):
        yield Scene(replace(app, http=client), world, browser)
