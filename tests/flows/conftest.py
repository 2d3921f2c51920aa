"""The ground of the flow tests: a scene on each database, and a light one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flows.connecting import Scene, scene


@pytest.fixture
async def here(tmp_path: Path, database_url: str) -> AsyncIterator[Scene]:
    async with scene(tmp_path, database_url) as made:
        yield made


@pytest.fixture
async def light(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """For claims that no database can break."""
    async with scene(tmp_path, sqlite_url) as made:
        yield made
