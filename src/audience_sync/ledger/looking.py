"""What the ledger knows of one person in one audience."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from audience_sync.ledger.duck import one
from audience_sync.ledger.manifest import Manifest
from audience_sync.ledger.members import load_strays, view_held

Keys = Mapping[str, frozenset[bytes]]
"""Naming column -> keys."""


@dataclass(frozen=True, slots=True)
class Holding:
    """`own`: keys that the platform holds for the profile. Counts are of keys that the profile has now:
    `others` of those are held for somebody else as well, and `doubtful` may be there for nobody we know of.
    """

    own: Keys = field(default_factory=dict)
    others: int = 0
    doubtful: int = 0

    @property
    def is_held(self) -> bool:
        return any(self.own.values())

    @property
    def is_reached(self) -> bool:
        """Whether the platform can know the person, for whomever we sent the key."""
        return self.is_held or bool(self.others or self.doubtful)


def holding(
    con: duckdb.DuckDBPyConnection, root: Path, manifest: Manifest, naming: Sequence[str], *, of: tuple[str, Keys]
) -> Holding:
    """What that ledger says of the profile and its keys (`of`). The connection serves one ledger after the other."""
    profile_id, keys = of
    _forget(con)
    view_held(con, root, manifest, naming)
    load_strays(con, root, manifest)
    return Holding(
        own=_own(con, naming, profile_id),
        others=sum(_held_for_others(con, name, profile_id, keys.get(name, frozenset())) for name in naming),
        doubtful=sum(_in_doubt(con, name, keys.get(name, frozenset())) for name in naming),
    )


def _forget(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("DROP MACRO TABLE IF EXISTS held_among")
    for name in ("held", "base", "latest"):
        con.execute(f"DROP VIEW IF EXISTS {name}")
    for name in ("winners", "strays"):
        con.execute(f"DROP TABLE IF EXISTS {name}")


def _own(con: duckdb.DuckDBPyConnection, naming: Sequence[str], profile_id: str) -> Keys:
    lists = ", ".join(f'"{name}"' for name in naming)
    found = con.execute(f"SELECT {lists} FROM held WHERE profile_id = ?", [profile_id]).fetchone()
    return {name: frozenset(cell or ()) for name, cell in zip(naming, found or (), strict=False) if cell}


def _held_for_others(con: duckdb.DuckDBPyConnection, name: str, profile_id: str, keys: frozenset[bytes]) -> int:
    if not keys:
        return 0
    each = f'SELECT unnest("{name}") AS key FROM held WHERE profile_id <> ? AND list_has_any("{name}", ?::BLOB[])'
    wanted = list(keys)
    query = f"SELECT count(DISTINCT key) FROM ({each}) WHERE list_contains(?::BLOB[], key)"
    return one(con, query, profile_id, wanted, wanted)[0]


def _in_doubt(con: duckdb.DuckDBPyConnection, name: str, keys: frozenset[bytes]) -> int:
    if not keys:
        return 0
    return one(con, "SELECT count(*) FROM strays WHERE kind = ? AND list_contains(?::BLOB[], key)", name, list(keys))[0]
