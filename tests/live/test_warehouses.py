"""The claims about every kind of warehouse, asked of yours; its address is AUDIENCE_SYNC_TEST_LIVE_<KIND>. They read.

`AUDIENCE_SYNC_TEST_LIVE_SNOWFLAKE='snowflake://…' pytest tests/live`
"""

import os
from pathlib import Path

import pytest

from tests.sources.warehouses.claims import STATEMENTS, Claims, Subject, subject

VARIABLES = {kind: f"AUDIENCE_SYNC_TEST_LIVE_{kind.upper()}" for kind in sorted(STATEMENTS)}
GIVEN = [kind for kind, variable in VARIABLES.items() if os.environ.get(variable)]


class TestLive(Claims):
    __test__ = bool(GIVEN)

    @pytest.fixture(params=GIVEN)
    def subject(self, request: pytest.FixtureRequest, tmp_path: Path) -> Subject:
        return subject(request.param, os.environ[VARIABLES[request.param]], tmp_path)


@pytest.mark.parametrize("kind", VARIABLES)
def test_every_kind_is_asked_live(kind: str) -> None:
    """Skipped where it is not, so that nobody takes silence for a live check."""
    if kind not in GIVEN:
        pytest.skip(f"{VARIABLES[kind]} names no warehouse to ask: {kind} is not checked live")
    assert TestLive.__test__
