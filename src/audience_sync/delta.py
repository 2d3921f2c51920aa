"""What must change on the platform so that it equals the segment: sets of keys, worked out inside DuckDB.

Works on relations of the connection that is given, and on nothing else:

- `wanted` (profile_id, fp): every eligible member of the segment;
- `held` (profile_id, fp, hints_fp, refusals, one BLOB[] per naming column): the ledger's members;
- `strays` (kind, key): keys that the platform may hold for nobody we know of;
- `fresh` (profile_id, hints_fp, the lists, hints, refusals): new keys of the profiles in `touched`.

Keys are compared, not people, because the platform holds keys: one is removed only when no remaining member has it.
"""

from collections.abc import Sequence

import duckdb

SHARED_BY_FEW = 1000
"""A key held by more members than this is common property (a shop's own phone); its holders are not sent again
when one of them leaves."""


def keys_of(relation: str, naming: Sequence[str]) -> str:
    """SQL of (profile_id, kind, key): each key of each row of the relation."""
    each = (f"SELECT profile_id, '{name}' AS kind, unnest(\"{name}\") AS key FROM {relation}" for name in naming)
    return "(" + " UNION ALL ".join(each) + ")"


def touch(con: duckdb.DuckDBPyConnection, naming: Sequence[str], *, everyone: bool) -> None:
    """Tables `touched` (profile_id, fp, status) and `old_keys` (profile_id, kind, key).

    `status` is new, gone or changed; `shared` for a member that holds a key of somebody who leaves or changes, and
    `doubtful` for one that holds a stray: a platform may have dropped the person with the key. `everyone` touches
    all, whatever their fingerprints say: for a replace, or when fingerprints cannot be compared.
    """
    differs = "true" if everyone else "w.profile_id IS NULL OR h.profile_id IS NULL OR w.fp <> h.fp"
    con.execute(
        f"""
        CREATE TEMP TABLE touched AS
        SELECT coalesce(w.profile_id, h.profile_id) AS profile_id, w.fp AS fp,
               CASE WHEN h.profile_id IS NULL THEN 'new' WHEN w.profile_id IS NULL THEN 'gone' ELSE 'changed' END
               AS status
        FROM wanted w FULL JOIN held h USING (profile_id) WHERE {differs}
        """
    )
    con.execute("CREATE TEMP TABLE old AS SELECT h.* FROM held h SEMI JOIN touched USING (profile_id)")
    con.execute(f"CREATE TEMP TABLE old_keys AS SELECT * FROM {keys_of('old', naming)}")
    _touch_sharers(con, naming)


def _touch_sharers(con: duckdb.DuckDBPyConnection, naming: Sequence[str]) -> None:
    """Untouched members that share a key with the touched or hold a stray join them; `kept` are keys that stay."""
    con.execute(
        f"""
        CREATE TEMP TABLE kept AS
        SELECT profile_id, kind, key, bool_or(stray) AS stray
        FROM {keys_of("(FROM held ANTI JOIN touched USING (profile_id))", naming)}
        JOIN (SELECT kind, key, true AS stray FROM strays UNION ALL
              SELECT DISTINCT kind, key, false FROM old_keys) USING (kind, key)
        GROUP BY ALL
        """
    )
    con.execute(
        """
        CREATE TEMP TABLE sharers AS
        SELECT profile_id, bool_or(stray) AS doubtful FROM kept
        JOIN (SELECT kind, key FROM kept GROUP BY ALL HAVING count(*) <= ? OR bool_or(stray)) USING (kind, key)
        GROUP BY profile_id
        """,
        [SHARED_BY_FEW],
    )
    con.execute(
        "INSERT INTO touched SELECT profile_id, h.fp, if(doubtful, 'doubtful', 'shared')"
        " FROM sharers JOIN held h USING (profile_id)"
    )
    con.execute("INSERT INTO old SELECT h.* FROM held h SEMI JOIN sharers USING (profile_id)")
    con.execute("DELETE FROM kept WHERE profile_id IN (SELECT profile_id FROM sharers)")


def decide(con: duckdb.DuckDBPyConnection, naming: Sequence[str], *, replace: bool, removes: bool) -> None:
    """Tables `removes` (kind, key) and `decided` (the `fresh` columns, fp, status, rows, differs, send).

    Those who leave are in `decided` with status gone and no keys. With `replace` everyone is sent; `removes` is
    False where the platform's own replace does the removing.
    """
    con.execute(f"CREATE TEMP TABLE fresh_keys AS SELECT * FROM {keys_of('fresh', naming)}")
    candidates = "SELECT DISTINCT kind, key FROM old_keys UNION SELECT kind, key FROM strays"
    con.execute(
        f"CREATE TEMP TABLE removes AS SELECT kind, key FROM ({candidates}) c"
        " ANTI JOIN fresh_keys USING (kind, key) ANTI JOIN kept USING (kind, key)" + ("" if removes else " LIMIT 0")
    )
    con.execute(
        f"""
        CREATE TEMP TABLE decided AS
        SELECT f.* REPLACE (t.profile_id AS profile_id), t.fp, t.status, {_rows("f", naming)} AS rows,
               t.status = 'changed' AND ({_differs(naming)}) AS differs,
               rows > 0 AND ({"true" if replace else _send()}) AS send
        FROM touched t LEFT JOIN fresh f USING (profile_id) LEFT JOIN old o USING (profile_id)
        """
    )


def _rows(relation: str, naming: Sequence[str]) -> str:
    """Rows that a member takes on the wire: its lists side by side."""
    return "greatest(" + ", ".join(f'coalesce(len({relation}."{name}"), 0)' for name in naming) + ", 0)"


def _differs(naming: Sequence[str]) -> str:
    """When a member's keys or hints are really others, not only its fingerprint."""
    lists = (
        f'list_sort(coalesce(f."{name}", [])) IS DISTINCT FROM list_sort(coalesce(o."{name}", []))' for name in naming
    )
    return " OR ".join([*lists, "f.hints_fp IS DISTINCT FROM o.hints_fp"])


def _send() -> str:
    """When a member is uploaded: it is new, in doubt, really different, or has a key of one who loses another."""
    losing = "SELECT profile_id FROM old_keys SEMI JOIN removes USING (kind, key)"
    lost = f"SELECT kind, key FROM old_keys WHERE profile_id IN ({losing}) UNION ALL SELECT kind, key FROM strays"
    at_risk = f"SELECT k.profile_id FROM fresh_keys k SEMI JOIN ({lost}) l USING (kind, key)"
    return f"t.status IN ('new', 'doubtful') OR differs OR t.profile_id IN ({at_risk})"


def cut(con: duckdb.DuckDBPyConnection, *, max_rows: int) -> None:
    """Tables `remove_batches` (kind, key, batch) and `members` (`decided` with batch), numbered from 1: removes first.

    A member's rows are never split over two batches, and no batch has more than `max_rows` rows.
    """
    con.execute(
        "CREATE TEMP TABLE remove_batches AS SELECT kind, key,"
        " (1 + (row_number() OVER (ORDER BY kind, key) - 1) // ?)::INTEGER AS batch FROM removes",
        [max_rows],
    )
    last = "(SELECT coalesce(max(batch), 0) FROM remove_batches)"
    room = "(? - (SELECT coalesce(max(rows), 1) FROM decided) + 1)"
    con.execute(
        f"""
        CREATE TEMP TABLE members AS
        SELECT d.* EXCLUDE (send), CASE WHEN send THEN
            (1 + {last} + (sum(if(send, rows, 0)) OVER (ORDER BY profile_id) - rows) // {room})::INTEGER
            END AS batch
        FROM decided d
        """,
        [max_rows],
    )
