"""A new audience is made of what is there."""

from pathlib import Path

import pytest

from audience_sync.errors import NotFound
from audience_sync.flows import audiences, segments
from audience_sync.model.permissions import SHELL
from tests.world import house


async def test_a_deleted_segment_with_history_is_chosen_no_more(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.people([{"id": "a", "email": "a@example.com"}])
        segment = await home.segment()
        audience = await home.audience(segment)
        await home.work()
        await audiences.delete(home.app, SHELL, audience, from_platform=False)
        await segments.delete(home.app, SHELL, segment)
        with pytest.raises(NotFound, match="no such segment"):
            await home.audience(segment)
