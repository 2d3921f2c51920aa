"""One pull of a warehouse that compares within itself: only new and changed rows come, and the ids of who is gone."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from audience_sync.errors import Invalid
from audience_sync.model.ids import new_id
from audience_sync.sources.builtin.changes import profile_reasons
from audience_sync.sources.builtin.checking import MACROS
from audience_sync.sources.builtin.confirming import Compared, NeedsEverything, known_state
from audience_sync.sources.builtin.duck import Bounds
from audience_sync.sources.builtin.fields import ImportKind, bind
from audience_sync.sources.builtin.folder import Folder
from audience_sync.sources.builtin.replacing import Given, Replaced, replace_profiles
from audience_sync.sources.warehouses.protocol import Access
from audience_sync.sources.warehouses.pushdown.comparing import Difference, Files, columns_of, difference, tag_of
from audience_sync.sources.warehouses.pushdown.places import Place
from audience_sync.sources.warehouses.pushdown.protocol import Comparing
from audience_sync.sources.warehouses.pushdown.registry import comparer_of
from audience_sync.sources.warehouses.pushdown.statements import Selected
from audience_sync.sources.warehouses.spooling import Told, headers_of


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be pulled: a SELECT that was found to only read, and what its columns mean."""

    source: str
    kind: str
    sql: str
    mapping: dict[str, str]
    schema: str
    """Where the states lie."""
    most_gone_percent: int


@dataclass(frozen=True, slots=True)
class Came:
    """How many rows left the warehouse, and what became of all."""

    fetched: int
    replaced: Replaced


def pull_changes(folder: Folder, wish: Wish, access: Access, told: Told) -> Came:
    """The store has what the warehouse gives now, or is as it was."""
    try:
        return _pull(folder, wish, access, told, everything=False)
    except NeedsEverything:
        return _pull(folder, wish, access, told, everything=True)


def _pull(folder: Folder, wish: Wish, access: Access, told: Told, *, everything: bool) -> Came:
    comparer, bounds = comparer_of(wish.kind), Bounds(access.memory_limit_mb)
    place, asked = Place(comparer.pack, wish.schema, wish.source), access.work / "asked.parquet"
    with comparer.connect(access) as session:
        select, tag = _selected(session, place, wish)
        base = "" if everything else known_state(folder, wish.source, tag, asked, bounds=bounds)
        marks = [str(mark) for mark in pq.read_table(asked)["mark"].to_pylist()] if base else []
        state = place.name(new_id())
        files = Files(access.work, access.seconds, told)
        found = difference(session, place, select, state=state, base=base, marks=marks, files=files)
    compared = _compared(found, state, tag, asked)
    given = Given(wish.source, found.spooled.file, tuple(select.columns.names), wish.mapping, compared)
    done = replace_profiles(folder, given, most_gone_percent=wish.most_gone_percent, bounds=bounds)
    return Came(found.spooled.rows, done)


def _selected(session: Comparing, place: Place, wish: Wish) -> tuple[Selected, str]:
    """The SELECT with its columns, and the tag of its fingerprints."""
    columns = columns_of(session, wish.sql)
    bound = bind(ImportKind.PROFILES, headers_of(columns), wish.mapping)
    (column,) = (one.column for one in bound if one.field.word == "profile_id")
    if column.startswith("k"):
        raise Invalid("Every row has the same profile id.", "Map a column to it.")
    select = Selected(wish.sql, columns, int(column[1:]))
    return select, tag_of(session, place, select, bound, profile_reasons(bound), MACROS)


def _compared(found: Difference, state: str, tag: str, asked: Path) -> Compared:
    return Compared(
        state=state,
        tag=tag,
        base=found.base,
        asked=asked if found.base else None,
        listed=found.listed,
        gone=found.gone,
        rows=found.rows,
        profiles=found.profiles,
    )
