"""What a decided delta changes, counted: the numbers that the pre-flight shows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from audience_sync.delta import keys_of
from audience_sync.ledger.duck import count, one
from audience_sync.ledger.manifest import Manifest
from audience_sync.ledger.tallies import any_key, refused_in, tally
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
    touched: int


def changes_of(
    con: duckdb.DuckDBPyConnection,
    naming: Sequence[str],
    before: Manifest,
    batches: tuple[Slice, ...],
    *,
    clear: bool,
) -> Changes:
    """The counts of the tables that `delta` left on the connection, `members` being what was written down."""
    added, removed, changed, resent, keyless = _statuses(con, naming)
    untouched = _untouched(con, naming, before)
    return Changes(
        added=added,
        removed=removed,
        changed=changed,
        resent=resent,
        keys_added=_keys_added(con, naming),
        keys_removed=count(con, "removes"),
        without_key=keyless + untouched.keyless,
        held_before=before.members,
        refused=_refused(con, untouched.refused),
        batches=_with_clear(batches) if clear else batches,
        touched=count(con, "touched"),
    )


@dataclass(frozen=True, slots=True)
class _Untouched:
    """Members of whom nothing is different: how many have no key, and what was refused of them."""

    keyless: int
    refused: Counter[str]


def _untouched(con: duckdb.DuckDBPyConnection, naming: Sequence[str], before: Manifest) -> _Untouched:
    """By the ledger's own counts less those of the touched; everybody is read where an older ledger has no counts."""
    old = tally(con, "old", naming)
    known = before if before.keyless is not None and before.refused is not None else tally(con, "held", naming)
    refused = Counter(known.refused)
    refused.subtract(old.refused)
    return _Untouched((known.keyless or 0) - old.keyless, refused)


def _statuses(con: duckdb.DuckDBPyConnection, naming: Sequence[str]) -> tuple[int, ...]:
    """Profiles added, removed, changed, sent again; and those who are there but have no key."""
    return one(
        con,
        f"""
        SELECT count(*) FILTER (sent AND NOT known), count(*) FILTER (known AND rows = 0),
               count(*) FILTER (sent AND known AND differs), count(*) FILTER (sent AND known AND NOT differs),
               count(*) FILTER (status <> 'gone' AND rows = 0)
        FROM (SELECT rows, differs, status, batch IS NOT NULL AS sent,
                     profile_id IN (SELECT profile_id FROM old WHERE {any_key(naming)}) AS known FROM members)
        """,
    )


def _keys_added(con: duckdb.DuckDBPyConnection, naming: Sequence[str]) -> int:
    """Different keys that are sent and were not held before.

    They are told apart by 64 bits of hash, in a tenth of the memory: among 200 million keys the number is one too
    small once in a thousand plans.
    """
    sent = keys_of("(FROM members WHERE batch IS NOT NULL)", naming)
    held = f"SELECT kind, key FROM {keys_of('old', naming)} UNION ALL SELECT kind, key FROM kept"
    query = f"SELECT count(DISTINCT hash(kind, key)) FROM {sent} ANTI JOIN ({held}) h USING (kind, key)"
    return one(con, query)[0]


def _refused(con: duckdb.DuckDBPyConnection, untouched: Counter[str]) -> dict[str, int]:
    """Profiles by `<kind>:<reason>` of an identifier that could not become a key, over the whole segment."""
    found = untouched + Counter(refused_in(con, "members"))
    return {reason: found[reason] for reason in sorted(found)}


def remove_slices(con: duckdb.DuckDBPyConnection) -> tuple[Slice, ...]:
    """The batches of removes, numbered from 1."""
    rows = con.execute("SELECT batch, count(*) FROM remove_batches GROUP BY batch ORDER BY batch").fetchall()
    return tuple(Slice(number, "remove", number, 0, keys) for number, keys in rows)


def _with_clear(slices: tuple[Slice, ...]) -> tuple[Slice, ...]:
    """The slices and a last one without rows, which has everything older removed."""
    last = max((each.number for each in slices), default=0)
    return (*slices, Slice(last + 1, "clear", 1, 0, 0))
