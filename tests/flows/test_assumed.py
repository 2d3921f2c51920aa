"""What a platform does not tell of a token is never put in the place of what we were told when it was made."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from audience_sync.connectors.registry import CONNECTORS
from audience_sync.flows import connections, tokens
from audience_sync.model.permissions import SHELL
from audience_sync.store.platforms import Connection
from tests.cast import VIEWER
from tests.platforms import GOOGLE, META, SNAPCHAT, TIKTOK, Pretend
from tests.world import House, house

LINKEDIN = Pretend("linkedin", "SANDBOX_TOKEN", "501234567", {"email": ("SHA256_EMAIL",)})
BARE_META = Pretend(
    "meta", META.token, META.account, META.kinds, kind=META.kind, settings={"meta_app_id": "", "meta_app_secret": ""}
)
"""Without an app of ours, Meta tells no expiry."""
SILENT = {"tiktok": (TIKTOK, {"scopes"}), "snapchat": (SNAPCHAT, {"scopes", "expires_at"})} | {
    "linkedin": (LINKEDIN, {"scopes", "expires_at"}),
    "meta": (BARE_META, {"expires_at", "data_access_expires_at"}),
}
"""What each platform says nothing of, when it is asked about a token."""


async def stored(home: House) -> Connection:
    async with home.app.database.read() as session:
        return (await session.scalars(sa.select(Connection))).one()


async def told(home: House, **columns: object) -> None:
    """The connection holds what the platform said when its token was made."""
    async with home.app.database.write() as session:
        await session.execute(sa.update(Connection).values(**columns))


@pytest.mark.parametrize(("pretend", "silent"), SILENT.values(), ids=SILENT)
async def test_the_daily_look_keeps_what_it_is_not_told(tmp_path: Path, pretend: Pretend, silent: set[str]) -> None:
    async with house(tmp_path, pretend=pretend) as home:
        ends, scopes = home.app.now() + timedelta(days=40), [*CONNECTORS[pretend.id].card.scopes, "one more"]
        known = {"scopes": scopes, "expires_at": ends, "data_access_expires_at": ends}
        await told(home, **{name: known[name] for name in silent})
        home.clock.advance(days=1.01)
        assert await tokens.check_tokens(home.app) == 1
        row = await stored(home)
        assert (row.state, {name: getattr(row, name) for name in silent}) == (
            "live",
            {name: known[name] for name in silent},
        )


async def test_what_a_platform_tells_is_believed(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=GOOGLE) as home:
        await told(home, scopes=["one that was withdrawn"], expires_at=home.app.now() + timedelta(days=9))
        home.clock.advance(days=1.01)
        await tokens.check_tokens(home.app)
        row = await stored(home)
        assert set(CONNECTORS["google"].card.scopes) <= set(row.scopes)
        assert row.expires_at is not None and row.expires_at > home.app.now() + timedelta(days=900)


@pytest.mark.parametrize(("before", "notice"), [(15, None), (14, 14), (8, 14), (7, 7), (2, 7), (1, 1), (0.5, 1)])
async def test_a_token_counts_down_at_fourteen_seven_and_one_day(
    tmp_path: Path, before: float, notice: int | None
) -> None:
    async with house(tmp_path, pretend=LINKEDIN) as home:
        await told(home, expires_at=home.app.now() + timedelta(days=30))
        home.clock.advance(days=30 - before)
        await tokens.check_tokens(home.app)
        [shown] = await connections.connections(home.app, VIEWER)
        assert (shown.notice_days, shown.state) == (notice, "live" if notice is None else "expiring")


async def test_a_look_asked_for_keeps_it_too(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=LINKEDIN) as home:
        ends = home.app.now() + timedelta(days=40)
        await told(home, expires_at=ends)
        await tokens.refresh(home.app, SHELL, (await stored(home)).id)
        assert (await stored(home)).expires_at == ends
