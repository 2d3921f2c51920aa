"""What a change of an audience tells the platform, and what it must not do."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from audience_sync.errors import Conflict, PlatformError
from audience_sync.flows import audiences
from audience_sync.flows.audiences import AudienceChange
from audience_sync.model.permissions import SHELL
from audience_sync.store.audiences import Audience
from audience_sync.store.platforms import Connection
from tests.platforms import META, TIKTOK
from tests.world import House, house


async def synced(home: House) -> str:
    home.people([{"id": "a", "email": "ann@example.com"}])
    audience = await home.audience(await home.segment())
    await home.work()
    return audience


async def test_where_audiences_have_no_description_the_platform_is_told_of_none(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=TIKTOK) as home:
        changed = await audiences.change(home.app, SHELL, await synced(home), AudienceChange(description="Ours"))
        assert changed.description == "Ours"


async def test_where_they_have_one_a_new_description_is_told(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=META) as home:
        audience = await synced(home)
        await home.fault("error:100/1713228")
        with pytest.raises(PlatformError, match="Meta"):
            await audiences.change(home.app, SHELL, audience, AudienceChange(description="Ours"))
        assert (await audiences.get(home.app, SHELL, audience)).description == ""


async def test_what_waits_for_a_broken_connection_is_not_resumed(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        audience = await synced(home)
        async with home.app.database.write() as session:
            await session.execute(sa.update(Connection).values(state="broken"))
            await session.execute(sa.update(Audience).values(state="paused", problem="The token has expired."))
        with pytest.raises(Conflict, match="waits for its connection"):
            await audiences.change(home.app, SHELL, audience, AudienceChange(paused=False))
