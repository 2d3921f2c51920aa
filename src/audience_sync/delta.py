"""What must change on the platform so that it equals the segment: sets of keys, worked out inside DuckDB.

Works on relations of the connection that is given, and on nothing else:

- `wanted` (profile_id, fp): every eligible member of the segment;
- `held` (profile_id, fp, hints_fp, refusals, one BLOB[] per naming column): the ledger's members, with the macro
  `held_among(ids)` of those whom a relation names, in two layers: `latest`, with `alive`, and `base`, whose rows count
  unless `latest` has the profile, and which has lists as `first_and_more` makes them;
- `strays` (kind, key): keys that the platform may hold for nobody we know of;
- `fresh` (profile_id, fp, status, hints_fp, the lists, hints, refusals): new keys of the profiles in `touched`.

Keys are compared, not people, because the platform holds keys: one is removed only when no remaining member has it.
What is as large as the segment is read as few columns as can be, and never laid down in a table.
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


def first_and_more(name: str) -> tuple[str, str]:
    """SQL of two columns for a list of keys: the first one, and the others where there are any.

    Nearly every list has one key or none, and a column of keys is read twice as fast as one of lists.
    """
    return f'"{name}"[1] AS "{name}"', f'CASE WHEN len("{name}") > 1 THEN "{name}"[2:] END AS "{name}+"'


def _found(naming: Sequence[str]) -> str:
    """SQL of (profile_id, kind, key, layer): who has a sought key. Nearly none is sought, so it is looked up first."""
    return " UNION ALL ".join(part for name in naming for part in _found_of(name))


def _found_of(name: str) -> tuple[str, ...]:
    sought = f"(SELECT key FROM sought WHERE kind = '{name}') USING (key)"
    first = f'(SELECT profile_id, "{name}" AS key FROM base)'
    more = f'(SELECT profile_id, unnest("{name}+") AS key FROM base WHERE "{name}+" IS NOT NULL)'
    latest = f'(SELECT profile_id, unnest("{name}") AS key FROM latest WHERE alive)'
    places = ((first, "base"), (more, "base"), (latest, "latest"))
    return tuple(
        f"SELECT profile_id, '{name}' AS kind, key, '{layer}' AS layer FROM {rows} SEMI JOIN {sought}"
        for rows, layer in places
    )


def touch(con: duckdb.DuckDBPyConnection, naming: Sequence[str], *, everyone: bool, among: str = "held") -> None:
    """Tables `touched` (profile_id, fp, status), `old` (of `held`), `old_keys` (profile_id, kind, key) and `sought`.

    `status` is new, gone or changed; `shared` for a member that holds a key of somebody who leaves or changes, and
    `doubtful` for one that holds a stray: a platform may have dropped the person with the key. `everyone` touches
    all, whatever their fingerprints say: for a replace, or when fingerprints cannot be compared. `among` names a
    part of `held` that has everybody who can differ. `sought` (kind, key, stray) are the keys of `old_keys` and the
    strays: nothing else can have to be removed.
    """
    differs = "true" if everyone else "w.profile_id IS NULL OR h.profile_id IS NULL OR w.fp <> h.fp"
    con.execute(
        f"""
        CREATE TEMP TABLE touched AS
        SELECT coalesce(w.profile_id, h.profile_id) AS profile_id, w.fp AS fp,
               CASE WHEN h.profile_id IS NULL THEN 'new' WHEN w.profile_id IS NULL THEN 'gone' ELSE 'changed' END
               AS status
        FROM wanted w FULL JOIN {among} h USING (profile_id) WHERE {differs}
        """
    )
    con.execute("CREATE TEMP VIEW known AS SELECT profile_id FROM touched WHERE status <> 'new'")
    old = "held_among('known')" if among == "held" else f"{among} SEMI JOIN known USING (profile_id)"
    con.execute(f"CREATE TEMP TABLE old AS FROM {old}")
    con.execute(f"CREATE TEMP TABLE old_keys AS SELECT * FROM {keys_of('old', naming)}")
    con.execute(
        "CREATE TEMP TABLE sought AS SELECT kind, key, bool_or(stray) AS stray FROM"
        " (SELECT kind, key, true AS stray FROM strays UNION ALL SELECT kind, key, false FROM old_keys) GROUP BY ALL"
    )
    _touch_sharers(con, naming)


def _touch_sharers(con: duckdb.DuckDBPyConnection, naming: Sequence[str]) -> None:
    """Untouched members that share a key with the touched or hold a stray join them; `kept` are keys that stay."""
    con.execute(f"CREATE TEMP TABLE found AS {_found(naming)}")
    con.execute(
        """
        CREATE TEMP TABLE kept AS
        SELECT profile_id, kind, key, stray
        FROM (FROM found WHERE layer = 'latest' UNION ALL
              FROM (FROM found WHERE layer = 'base') ANTI JOIN latest USING (profile_id))
        JOIN sought USING (kind, key) ANTI JOIN touched USING (profile_id)
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
    con.execute("INSERT INTO old FROM held_among('sharers')")
    con.execute(
        "INSERT INTO touched SELECT profile_id, o.fp, if(doubtful, 'doubtful', 'shared')"
        " FROM sharers JOIN old o USING (profile_id)"
    )
    con.execute("DELETE FROM kept WHERE profile_id IN (SELECT profile_id FROM sharers)")


def decide(con: duckdb.DuckDBPyConnection, naming: Sequence[str], *, replace: bool, removes: bool) -> None:
    """Table `removes` (kind, key) and view `decided` (`fresh` with rows, differs, send).

    `rows` is what a member takes on the wire. With `replace` everyone is sent; `removes` is False where the platform's
    own replace does the removing.
    """
    con.execute(
        f"CREATE TEMP TABLE fresh_keys AS SELECT * FROM {keys_of('fresh', naming)} SEMI JOIN sought USING (key)"
    )
    con.execute(
        "CREATE TEMP TABLE removes AS SELECT kind, key FROM sought"
        " ANTI JOIN fresh_keys USING (kind, key) ANTI JOIN kept USING (kind, key)" + ("" if removes else " LIMIT 0")
    )
    con.execute(
        "CREATE TEMP TABLE differing AS SELECT profile_id, true AS differs"
        f" FROM (FROM fresh WHERE status = 'changed') f JOIN old o USING (profile_id) WHERE {_differs(naming)}"
    )
    con.execute(f"CREATE TEMP TABLE at_risk AS {_at_risk()}")
    sent = "true" if replace else "f.status IN ('new', 'doubtful') OR coalesce(d.differs OR r.at_risk, false)"
    con.execute(
        f"""
        CREATE TEMP VIEW decided AS
        SELECT f.*, {_rows("f", naming)} AS rows, coalesce(d.differs, false) AS differs, rows > 0 AND ({sent}) AS send
        FROM fresh f LEFT JOIN differing d USING (profile_id) LEFT JOIN at_risk r USING (profile_id)
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


def _at_risk() -> str:
    """SQL: members that have a key of one who loses another, or a stray: the platform may drop them with it."""
    losing = "SELECT profile_id FROM old_keys SEMI JOIN removes USING (kind, key)"
    lost = f"SELECT kind, key FROM old_keys WHERE profile_id IN ({losing}) UNION ALL SELECT kind, key FROM strays"
    return f"SELECT DISTINCT profile_id, true AS at_risk FROM fresh_keys SEMI JOIN ({lost}) l USING (kind, key)"


def cut_removes(con: duckdb.DuckDBPyConnection, *, max_rows: int) -> None:
    """Table `remove_batches` (kind, key, batch): `removes` cut into batches of at most `max_rows`, numbered from 1."""
    con.execute(
        "CREATE TEMP TABLE remove_batches AS SELECT kind, key,"
        " (1 + (row_number() OVER (ORDER BY kind, key) - 1) // ?)::INTEGER AS batch FROM removes",
        [max_rows],
    )
