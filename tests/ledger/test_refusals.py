"""Refusals of a plan, also while its files are being swept."""

from pathlib import Path

import duckdb
import pytest

from audience_sync.ledger.files import PlanFiles
from audience_sync.ledger.refusals import Refused, refused_page
from audience_sync.model.ids import AudienceId, PlanId

PLAN = (AudienceId("audience"), PlanId("plan"))
MEMBERS = (
    "SELECT unnest(['a', 'b', 'c']) AS profile_id,"
    " unnest([['email:empty'], [], ['phone:short', 'email:odd']]) AS refusals"
)


class SweptMeanwhile(PlanFiles):
    """Its files go as soon as anybody asks for the folder, which readers do after they looked whether there are any."""

    @property
    def folder(self) -> Path:
        folder = self.root / self.audience / self.plan
        (folder / "members.parquet").unlink(missing_ok=True)
        return folder

    @property
    def members(self) -> Path:
        return self.root / self.audience / self.plan / "members.parquet"


def files(root: Path, kind: type[PlanFiles] = PlanFiles) -> PlanFiles:
    made = kind(root, *PLAN)
    made.make()
    duckdb.execute(f"COPY ({MEMBERS}) TO '{made.members}' (FORMAT parquet)")
    return made


def test_refusals_come_page_by_page(tmp_path: Path) -> None:
    first, cursor = refused_page(files(tmp_path), after="", limit=1)
    assert (first, cursor) == ([Refused("a", "email", "empty")], "a")
    rest, cursor = refused_page(files(tmp_path), after=cursor, limit=1)
    assert (rest, cursor) == ([Refused("c", "phone", "short"), Refused("c", "email", "odd")], "")


def test_a_plan_that_is_swept_meanwhile_has_none(tmp_path: Path) -> None:
    assert refused_page(files(tmp_path, SweptMeanwhile), after="", limit=10) == ([], "")


def test_a_file_that_cannot_be_read_is_no_empty_page(tmp_path: Path) -> None:
    made = files(tmp_path)
    made.members.write_bytes(b"PAR1 not parquet")
    with pytest.raises(duckdb.Error):
        refused_page(made, after="", limit=10)
