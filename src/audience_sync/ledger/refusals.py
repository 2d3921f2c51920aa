"""Which identifiers of a plan's profiles could not become keys, page by page."""

from dataclasses import dataclass

import duckdb

from audience_sync.ledger.duck import quoted, workbench
from audience_sync.ledger.files import PlanFiles
from audience_sync.ledger.outbox import SMALL


@dataclass(frozen=True, slots=True)
class Refused:
    """One refused identifier: whose, of which kind, why. Never the value."""

    profile_id: str
    kind: str
    reason: str


def refused_page(files: PlanFiles, *, after: str, limit: int) -> tuple[list[Refused], str]:
    """Refusals of about `limit` profiles in the order of their ids, and the cursor that continues, "" at the end.

    None of a plan whose files are gone; another process may sweep them while they are being read.
    """
    try:
        rows = _rows(files, after, limit + 1) if files.members.exists() else []
    except (duckdb.IOException, FileNotFoundError):
        if files.members.exists():
            raise
        rows = []
    page = [Refused(profile, *text.split(":", 1)) for profile, texts in rows[:limit] for text in texts]
    return page, rows[limit - 1][0] if len(rows) > limit else ""


def _rows(files: PlanFiles, after: str, limit: int) -> list[tuple[str, list[str]]]:
    sql = (
        f"SELECT profile_id, refusals FROM read_parquet({quoted(files.members)})"
        " WHERE len(refusals) > 0 AND profile_id > ? ORDER BY profile_id LIMIT ?"
    )
    with workbench(files.folder, SMALL) as con:
        return con.execute(sql, [after, limit]).fetchall()
