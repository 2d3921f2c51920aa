"""Members counted: what a manifest keeps, so that nobody has to read all of them only to count."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from audience_sync.ledger.duck import one


@dataclass(frozen=True, slots=True)
class Tally:
    """Profiles with a key and without, their keys, and refused identifiers as `<kind>:<reason>` -> profiles."""

    members: int = 0
    keyless: int = 0
    keys: int = 0
    refused: dict[str, int] = field(default_factory=dict)


def any_key(naming: Sequence[str]) -> str:
    """SQL: the row has at least one key."""
    return "(" + " OR ".join(f'len("{name}") > 0' for name in naming) + ")"


def tally(con: duckdb.DuckDBPyConnection, relation: str, naming: Sequence[str]) -> Tally:
    """The counts over a relation that has the columns of `held`."""
    lengths = " + ".join(f'coalesce(len("{name}"), 0)' for name in naming)
    members, keyless, keys = one(
        con,
        "SELECT count(*) FILTER (n > 0), count(*) FILTER (n = 0), coalesce(sum(n), 0)::BIGINT"
        f" FROM (SELECT {lengths} AS n FROM {relation})",
    )
    return Tally(members, keyless, keys, refused_in(con, relation))


def refused_in(con: duckdb.DuckDBPyConnection, relation: str) -> dict[str, int]:
    """Profiles of the relation by `<kind>:<reason>` of an identifier that could not become a key."""
    rows = con.execute(f"SELECT reason, count(*) FROM (SELECT unnest(refusals) AS reason FROM {relation}) GROUP BY 1")
    return dict(rows.fetchall())
