"""All that a flow may touch, made once per process and handed down."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx2

from audience_sync.connectors.client import open_client
from audience_sync.connectors.http import Api
from audience_sync.connectors.protocol import Connector
from audience_sync.connectors.registry import CONNECTORS, NOBODY, Traveller, api_for
from audience_sync.connectors.wire import PATIENCE_SECONDS, Limiter
from audience_sync.errors import NotFound
from audience_sync.homes import mirrored
from audience_sync.settings import Settings
from audience_sync.sources.builtin.store import BuiltinSource
from audience_sync.store.database import Database
from audience_sync.store.limits import DatabaseLimiter
from audience_sync.store.migrate import migrate, require_head
from audience_sync.store.platforms import AdAccount, Connection
from audience_sync.store.vault import Vault, load_vault


@dataclass(slots=True)
class Stopping:
    """Whether this process was told to stop: then what is under way comes back, and nothing new leaves.

    A plain flag, because the handler of a signal sets it.
    """

    asked: bool = False


@dataclass(frozen=True, slots=True)
class App:
    """The belt: settings, database, vault, source, connectors, and the clock."""

    settings: Settings
    database: Database
    vault: Vault
    source: BuiltinSource
    http: httpx2.AsyncClient
    limiter: Limiter
    connectors: Mapping[str, Connector]
    now: Callable[[], datetime]
    inline_jobs: bool = False
    """Heavy jobs run in this process instead of a child of their own: for tests with many small runs."""
    stopping: Stopping = field(default_factory=Stopping)

    def connector(self, platform: str) -> Connector:
        """The platform's connector, or NotFound naming those there are."""
        if platform not in self.connectors:
            raise NotFound(f"There is no platform {platform!r}.", f"Platforms: {', '.join(self.connectors)}.")
        return self.connectors[platform]

    def api(self, platform: str, who: Traveller = NOBODY) -> Api:
        """A grant's way to a platform."""
        return api_for(self.settings, platform, self.http, self.limiter, who)

    def api_of(self, connection: Connection, account: AdAccount | None = None) -> Api:
        """The way of a stored connection, to one of its ad accounts or to the platform in general."""
        token = self.vault.open(connection.token, table="connections", row=connection.id, column="token")
        name = account.name if account and account.name else connection.label
        who = Traveller(token, name, connection.id, account.via if account else "")
        return self.api(connection.platform, who)


def utc_now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_app(
    settings: Settings, *, upgrade: bool = True, now: Callable[[], datetime] = utc_now
) -> AsyncIterator[App]:
    """An App over these settings. With `upgrade` the database is brought to the newest schema, else it must be."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.database_url, settings.data_dir)
    try:
        await (migrate(database) if upgrade else require_head(database))
        with mirrored(settings.profiles_dir, settings.profiles_bucket, database.url) as folder:
            async with open_client() as http:
                yield App(
                    settings=settings,
                    database=database,
                    vault=load_vault(settings),
                    source=BuiltinSource(folder, memory_limit_mb=settings.memory_limit_mb, threads=settings.threads),
                    http=http,
                    limiter=DatabaseLimiter(database, lambda: now().timestamp(), patience_seconds=PATIENCE_SECONDS),
                    connectors=CONNECTORS,
                    now=now,
                )
    finally:
        await database.close()
