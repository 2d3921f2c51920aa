"""A real warehouse of yours, pulled twice by each way: both come to the same.

AUDIENCE_SYNC_TEST_LIVE_STATE_POSTGRES=postgresql://… (or …_SNOWFLAKE, …_BIGQUERY, …_DATABRICKS …) is an address whose
user may create tables in the schema that AUDIENCE_SYNC_TEST_LIVE_STATE_SCHEMA names. Tables of ours are left there;
nothing else is touched. Run it with: pytest tests/live/test_pushdown.py
"""

import os
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from audience_sync.flows.warehousing.pulling import PullJob, pull
from audience_sync.sources.warehouses.pushdown.registry import COMPARERS
from tests.flows.comparing import figures

ADDRESSES = {kind: os.environ.get(f"AUDIENCE_SYNC_TEST_LIVE_STATE_{kind.upper()}", "") for kind in COMPARERS}
SCHEMA = os.environ.get("AUDIENCE_SYNC_TEST_LIVE_STATE_SCHEMA", "audience_sync_state")
ROWS = [
    "SELECT 'a' AS id, 'Ärger' AS email_note, 0.1 AS score, TIMESTAMP '2026-10-25 00:30:00' AS seen_at",
    "SELECT 'b', NULL, NULL, NULL",
    "SELECT 'c', 'NULL', 1, TIMESTAMP '2026-10-25 01:30:00'",
    "SELECT 'd', '', 1.5, TIMESTAMP '2026-10-25 01:30:00'",
]
CHANGED = [ROWS[0], ROWS[1].replace("NULL", "''", 1), ROWS[3], "SELECT 'e', 'new', 2, NULL"]


@pytest.mark.parametrize("kind", COMPARERS)
def test_a_real_warehouse_comes_to_the_same_by_both_ways(kind: str, tmp_path: Path) -> None:
    if not ADDRESSES[kind]:
        pytest.skip(f"AUDIENCE_SYNC_TEST_LIVE_STATE_{kind.upper()} is not set")
    job = PullJob(
        source=str(uuid4()),
        kind=kind,
        address=ADDRESSES[kind],
        sql="",
        mapping={},
        profiles=str(tmp_path / "everything"),
        work=str(tmp_path),
        files="",
        seconds=600,
        most_gone_percent=100,
        memory_limit_mb=512,
    )
    compared = replace(job, profiles=str(tmp_path / "changes"), state=SCHEMA)
    for rows in (ROWS, CHANGED):
        sql = " UNION ALL ".join(rows)
        everything, changes = (pull(replace(each, sql=sql), lambda told: None) for each in (job, compared))
        assert figures(changes) == figures(everything)
        assert pull(replace(compared, sql=sql), lambda told: None).fetched == 0
