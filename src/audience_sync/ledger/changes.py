"""What a decided delta changes, counted: the numbers that the pre-flight shows."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from audience_sync.ledger.duck import count, one
from audience_sync.model.plans import Slice


@dataclass(frozen=True, slots=True)
class Changes:
    """The counted result of a comparison: profiles by status, keys, batches."""

    added: int
    removed: int
    changed: int
    resent: int
    keys_added: int
    keys_removed: int
    without_key: int
    held_before: int
    refused: dict[str, int]
    batches: tuple[Slice, ...]


def changes_of(con: duckdb.DuckDBPyConnection, naming: Sequence[str], *, adds: str, clear: bool) -> Changes:
    """The counts of the tables that `delta` left on the connection; `adds` is the action of batches with members."""
    added, removed, changed, resent = _statuses(con, naming)
    return Changes(
        added=added,
        removed=removed,
        changed=changed,
        resent=resent,
        keys_added=count(con, f"({_NEW_KEYS})"),
        keys_removed=count(con, "removes"),
        without_key=_without_key(con, naming),
        held_before=count(con, f"held WHERE {any_key(naming)}"),
        refused=_refused(con),
        batches=_with_clear(_slices(con, adds=adds)) if clear else _slices(con, adds=adds),
    )


def any_key(naming: Sequence[str]) -> str:
    """SQL: the row has at least one key."""
    return "(" + " OR ".join(f'len("{name}") > 0' for name in naming) + ")"


_SENT = "SELECT profile_id FROM members WHERE batch IS NOT NULL"
_NEW_KEYS = (
    f"SELECT DISTINCT kind, key FROM fresh_keys SEMI JOIN ({_SENT}) USING (profile_id)"
    " ANTI JOIN old_keys USING (kind, key) ANTI JOIN kept USING (kind, key)"
)


def _statuses(con: duckdb.DuckDBPyConnection, naming: Sequence[str]) -> tuple[int, ...]:
    """Profiles added, removed, changed, sent again."""
    return one(
        con,
        f"""
        SELECT count(*) FILTER (sent AND NOT known), count(*) FILTER (known AND rows = 0),
               count(*) FILTER (sent AND known AND differs), count(*) FILTER (sent AND known AND NOT differs)
        FROM (SELECT rows, differs, batch IS NOT NULL AS sent,
                     profile_id IN (SELECT profile_id FROM old WHERE {any_key(naming)}) AS known FROM members)
        """,
    )


def _without_key(con: duckdb.DuckDBPyConnection, naming: Sequence[str]) -> int:
    """Eligible profiles of which no identifier could become a key."""
    untouched = f"(FROM held ANTI JOIN touched USING (profile_id) WHERE NOT {any_key(naming)})"
    return count(con, "members WHERE status <> 'gone' AND rows = 0") + count(con, untouched)


def _refused(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Profiles by `<kind>:<reason>` of an identifier that could not become a key, over the whole segment."""
    touched = "SELECT unnest(refusals) AS reason FROM members"
    rest = "SELECT unnest(refusals) FROM held ANTI JOIN touched USING (profile_id)"
    rows = con.execute(f"SELECT reason, count(*) FROM ({touched} UNION ALL {rest}) GROUP BY 1 ORDER BY 1")
    return dict(rows.fetchall())


def _slices(con: duckdb.DuckDBPyConnection, *, adds: str) -> tuple[Slice, ...]:
    rows = con.execute(
        """
        SELECT batch, 'remove', batch, 0, count(*) FROM remove_batches GROUP BY batch
        UNION ALL
        SELECT batch, ?, batch - (SELECT coalesce(max(batch), 0) FROM remove_batches), count(*), sum(rows)::BIGINT
        FROM members WHERE batch IS NOT NULL GROUP BY batch ORDER BY 1
        """,
        [adds],
    )
    return tuple(Slice(*row) for row in rows.fetchall())


def _with_clear(slices: tuple[Slice, ...]) -> tuple[Slice, ...]:
    """The slices and a last one without rows, which has everything older removed."""
    last = max((each.number for each in slices), default=0)
    return (*slices, Slice(last + 1, "clear", 1, 0, 0))
