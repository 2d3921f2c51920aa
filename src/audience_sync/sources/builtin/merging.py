"""The store's profiles and a file's changes, merged: who is new, who changed, and the new file of profiles."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from audience_sync.model.identifiers import HINTS, NAMING
from audience_sync.sources.builtin.duck import parquet, quoted, row, write_parquet
from audience_sync.sources.builtin.inference import SQL_TYPES, recast
from audience_sync.sources.protocol import FieldType

LISTS = (*(str(kind) for kind in NAMING), "mobile_ad_os")
TEXTS = tuple(str(kind) for kind in HINTS)
Types = Mapping[str, FieldType]


def empty_profiles(types: Types) -> str:
    """SQL: no profiles, with all columns."""
    cells = [
        "NULL::VARCHAR AS profile_id",
        *(f"NULL::VARCHAR[] AS {name}" for name in LISTS),
        *(f"NULL::VARCHAR AS {name}" for name in TEXTS),
        *(f"NULL::{SQL_TYPES[kind]} AS {quoted(name)}" for name, kind in sorted(types.items())),
    ]
    return f"SELECT {', '.join(cells)} WHERE false"


def layered(profiles: Path | None, delta: Path | None) -> str:
    """A table expression of all profiles, those of the delta in their newer form; `` when there are none."""
    if profiles is None or delta is None:
        return parquet(profiles) if profiles else ""
    # The delta has every column, the older file perhaps not yet.
    older = f"SELECT b.* FROM {parquet(profiles)} b ANTI JOIN {parquet(delta)} d ON d.profile_id = b.profile_id"
    return f"(SELECT * FROM {parquet(delta)} UNION ALL BY NAME {older})"


def stored_profiles(source: str, old: Types, new: Types, *more: str) -> str:
    """SQL: the stored profiles with the columns and types that they have from now on, and `more` cells of theirs.

    `source` is a table expression, `` when nobody is stored.
    """
    if not source:
        return f"SELECT {', '.join(['*', *more])} FROM ({empty_profiles(new)})"
    cells = ["profile_id", *LISTS, *TEXTS]
    for name, kind in sorted(new.items()):
        column = quoted(name)
        stored = recast(column, old[name], kind) if name in old else f"NULL::{SQL_TYPES[kind]}"
        cells.append(f"{stored} AS {column}")
    return f"SELECT {', '.join([*cells, *more])} FROM {source}"


def first_profiles(connection: duckdb.DuckDBPyConnection, new: Types, *more: str) -> str:
    """SQL: the profiles of the view `changes` where nobody is stored yet; see `merge`."""
    given = {str(found[0]) for found in connection.execute("DESCRIBE changes").fetchall()}
    kinds = dict.fromkeys(LISTS, "VARCHAR[]") | dict.fromkeys(TEXTS, "VARCHAR")
    kinds |= {name: SQL_TYPES[kind] for name, kind in sorted(new.items())}
    cells = []
    for name, kind in kinds.items():
        value = f"CASE WHEN {quoted('has:' + name)} THEN {quoted(name)} END" if name in given else "NULL"
        cells.append(f"CAST({value} AS {kind}) AS {quoted(name)}")
    return f"SELECT {', '.join(['*', *more])} FROM (SELECT {', '.join(['profile_id', *cells])} FROM changes)"


def merge(
    connection: duckdb.DuckDBPyConnection, target: Path, new: Types, *more: str, kept: str = "stored"
) -> tuple[int, int]:
    """(created, updated). When either is above 0, `target` holds all profiles as they are from now on.

    `more` is SQL over the profiles of what stands beside them. Reads the views `stored` and `changes`. With `kept`, a
    view of some stored profiles that has those of `changes`, the others are not written.
    """
    given = {str(found[0]) for found in connection.execute("DESCRIBE changes").fetchall()}
    names = [*LISTS, *TEXTS, *sorted(new)]
    cells = {name: _cell(name) if name in given else f"s.{quoted(name)}" for name in names}
    touched = [name for name in names if name in given]
    differs = " OR ".join(f"{cells[name]} IS DISTINCT FROM s.{quoted(name)}" for name in touched) or "false"
    created, updated = row(
        connection,
        f"SELECT count(*) FILTER (s.profile_id IS NULL), count(*) FILTER (s.profile_id IS NOT NULL AND ({differs})) "
        f"FROM changes c LEFT JOIN {kept} s ON s.profile_id = c.profile_id",
    )
    if created or updated:
        columns = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in cells.items())
        write_parquet(
            connection,
            f"SELECT {', '.join(['*', *more])} FROM "
            f"(SELECT coalesce(s.profile_id, c.profile_id) AS profile_id, {columns} "
            f"FROM {kept} s FULL JOIN changes c ON s.profile_id = c.profile_id)",
            target,
        )
    return int(str(created)), int(str(updated))


def _cell(name: str) -> str:
    """SQL: the value from now on."""
    has, new, old = f"c.{quoted('has:' + name)}", f"c.{quoted(name)}", f"s.{quoted(name)}"
    if not name.startswith("consent"):
        return f"CASE WHEN {has} THEN {new} ELSE {old} END"
    purpose = name.partition(":")[2]
    before, after = f"s.{quoted('consent_at:' + purpose)}", f"c.{quoted('consent_at:' + purpose)}"
    # A decision that was made earlier than the known one is old news, whenever its file arrives.
    applies = f"{has} AND ({before} IS NULL OR {after} IS NULL OR {after} >= {before})"
    if name.startswith("consent_at:"):
        decided = f"c.{quoted('consent:' + purpose)} IS DISTINCT FROM s.{quoted('consent:' + purpose)}"
        # Hearing the same again without a date does not make the known date unknown.
        applies = f"{applies} AND ({after} IS NOT NULL OR {decided})"
    return f"CASE WHEN {applies} THEN {new} ELSE {old} END"
