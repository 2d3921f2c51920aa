"""The claims about every kind of warehouse, asked of yours: AUDIENCE_SYNC_LIVE_<KIND> is its address. They only read.

`AUDIENCE_SYNC_LIVE_SNOWFLAKE='snowflake://…' pytest tests/live`
"""

import os
from pathlib import Path

import pytest

from tests.sources.warehouses.claims import STATEMENTS, Claims, Subject, subject


class TestLive(Claims):
    @pytest.fixture(params=sorted(STATEMENTS))
    def subject(self, request: pytest.FixtureRequest, tmp_path: Path) -> Subject:
        variable = f"AUDIENCE_SYNC_LIVE_{request.param.upper()}"
        if not (address := os.environ.get(variable)):
            pytest.skip(f"{variable} names no warehouse to ask")
        return subject(request.param, address, tmp_path)
