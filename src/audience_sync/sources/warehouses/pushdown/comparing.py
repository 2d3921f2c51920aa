"""A SELECT, compared within its warehouse: the rows that are new or changed lie in files here, and who is gone.

The new state is there when it returns. Nobody believes it before a manifest of the store names it, so a crash at any
point costs nothing: the next comparison drops every table of ours but the state that the store names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from audience_sync.sources.warehouses.pushdown.places import Place
from audience_sync.sources.warehouses.pushdown.protocol import Comparing
from audience_sync.sources.warehouses.pushdown.statements import ALGORITHM, Asking, Selected
from audience_sync.sources.warehouses.spooling import Spooled, Told, drained, spool


@dataclass(frozen=True, slots=True)
class Files:
    """A private folder, and how long reading into it may take."""

    folder: Path
    seconds: float
    told: Told


@dataclass(frozen=True, slots=True)
class Difference:
    """`spooled` has two columns behind the user's. `gone` and `listed` as in the store; `rows` have an id."""

    spooled: Spooled
    base: str
    gone: Path | None
    listed: Path | None
    rows: int
    profiles: int


def columns_of(session: Comparing, sql: str) -> pa.Schema:
    """The columns that the SELECT gives."""
    found = session.stream(f"SELECT * FROM (\n{sql}\n) AS looked LIMIT 0")
    for _ in found.batches:
        pass  # A result that is not drained blocks the connection.
    return found.schema


def tag_of(session: Comparing, place: Place, select: Selected, *meaning: object) -> str:
    """A text that is the same only for fingerprints that are made alike, of columns that mean the same."""
    settings = values(session, place.pack.settings) if place.pack.settings else []
    told = [ALGORITHM, place.pack.name, place.asking(select, "state").see(), settings, meaning]
    return sha256(repr(told).encode()).hexdigest()


def difference(
    session: Comparing, place: Place, select: Selected, *, state: str, base: str, marks: Sequence[str], files: Files
) -> Difference:
    """What differs from the base, everything where the warehouse does not have that; the new state is there."""
    own = place.own(values(session, place.listing))
    base = base if base in own else ""
    asking = place.asking(select, state)
    leftovers = [f"DROP TABLE {place.table(name)}" for name in own if name != base]
    session.write([*leftovers, *asking.create(), *asking.ask(marks if base else ())])
    session.fill([asking.see()])
    if base:
        session.fill([asking.want(place.table(base))])
    found = _read(session, place, asking, base, files)
    session.write([*asking.keep(place.table(state)), *_done_with(place, asking)])
    return found


def _read(session: Comparing, place: Place, asking: Asking, base: str, files: Files) -> Difference:
    gone, listed = files.folder / "gone.parquet", files.folder / "listed.parquet"
    profiles, rows = (int(str(each)) for each in values(session, asking.counts()))
    if base:
        drained(session.stream(asking.gone(place.table(base))), gone, "profile_id")
    spooled = spool(
        session.stream(asking.rows(everybody=not base)),
        files.folder / "rows.parquet",
        seconds=files.seconds,
        told=files.told,
    )
    if not place.pack.steady:
        drained(session.stream(asking.listed(everybody=not base)), listed, "mark", "print")
    return Difference(spooled, base, gone if base else None, None if place.pack.steady else listed, rows, profiles)


def _done_with(place: Place, asking: Asking) -> list[str]:
    """Tables that are only of use while comparing; those of a session go with it."""
    return [] if place.pack.scratch else [f"DROP TABLE {table}" for table in (asking.wanted, asking.asked)]


def values(session: Comparing, sql: str) -> list[object]:
    """All values of a short result, row by row."""
    table = pa.Table.from_batches(list((found := session.stream(sql)).batches), found.schema)
    return [value for row in table.to_pylist() for value in row.values()]
