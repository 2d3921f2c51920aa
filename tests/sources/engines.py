"""Engines that compare within themselves, each with a table `people` of the same columns."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import md5
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from audience_sync.sources.warehouses.protocol import Rows
from audience_sync.sources.warehouses.pushdown.comparing import Difference, Files, columns_of, difference
from audience_sync.sources.warehouses.pushdown.pack import Pack
from audience_sync.sources.warehouses.pushdown.places import Place
from audience_sync.sources.warehouses.pushdown.statements import Selected

SQL = "SELECT * FROM people"
COLUMNS = ("id", "text", "number", "seen_at", "tags")
Row = tuple[str | None, str | None, float | None, str | None, tuple[str | None, ...] | None]
"""A row of `people`; the moment is a text in UTC."""


@dataclass
class Engine:
    """A dialect in the hands of somebody who can run its statements."""

    pack: Pack
    run: Callable[[str], object]
    arrow: Callable[[str], pa.Table]
    types: tuple[str, ...]
    """Of the columns, as CAST takes them."""
    array: Callable[[str], str]
    kept: str = ""
    source: str = field(default_factory=lambda: str(uuid4()))

    def write(self, statements: Sequence[str]) -> None:
        for each in statements:
            self.run(each)

    fill = write

    def stream(self, sql: str) -> Rows:
        found = self.arrow(sql)
        return Rows(found.schema, iter(found.to_batches()))

    def people(self, rows: Sequence[Row]) -> None:
        """The table has these rows, in any order."""
        self.run("DROP TABLE IF EXISTS people")
        columns = zip(COLUMNS, self.types, strict=True)
        self.run(f"CREATE TABLE people ({', '.join(f'{name} {kind}' for name, kind in columns)}){self.kept}")
        for start in range(0, len(rows), 1000):
            values = ", ".join(f"({', '.join(map(self._cell, row, self.types))})" for row in rows[start : start + 1000])
            self.run(f"INSERT INTO people VALUES {values}")

    def compare(self, folder: Path, base: str = "", marks: Sequence[str] = ()) -> tuple[str, Difference]:
        """The new state's name, and what differs from the base."""
        columns = columns_of(self, SQL)
        place, files = Place(self.pack, "audience_sync_state", self.source), Files(folder, 99, lambda rows: None)
        state, select = place.name(str(uuid4())), Selected(SQL, columns, 0)
        return state, difference(self, place, select, state=state, base=base, marks=marks, files=files)

    def _cell(self, value: object, kind: str) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, tuple):
            return self.array(", ".join(self._cell(each, self.types[1]) for each in value)) if value else self.array("")
        return f"CAST({self.pack.literal(str(value))} AS {kind})"


def apart(before: Sequence[Row], now: Sequence[Row]) -> tuple[set[str], set[str]]:
    """Who is new or changed, and who is gone: what a comparison of all values says."""
    old, new = _by_id(before), _by_id(now)
    return {each for each in new if new[each] != old.get(each)}, old.keys() - new.keys()


def found(difference: Difference) -> tuple[set[str], set[str], int]:
    """Who came, who is gone, and how many rows without an id came."""
    came = pq.read_table(difference.spooled.file)["0"].to_pylist()
    gone = pq.read_table(difference.gone)["profile_id"].to_pylist() if difference.gone else []
    return {each for each in came if each is not None}, {each for each in gone if each is not None}, came.count(None)


def told(difference: Difference) -> tuple[dict[str, str], dict[str, str]]:
    """The fingerprints by mark, as the warehouse lists them and as its rows have them, reckoned here."""
    assert difference.listed
    listed = {row["mark"]: row["print"] for row in pq.read_table(difference.listed).to_pylist()}
    prints: dict[str, list[str]] = defaultdict(list)
    width = str(len(COLUMNS)), str(len(COLUMNS) + 1)
    for row in pq.read_table(difference.spooled.file).to_pylist():
        if row["0"] is not None:
            assert row[width[0]] == _md5(row["0"])
            prints[row[width[0]]].append(row[width[1]])
    return listed, {mark: _together(sorted(each)) for mark, each in prints.items()}


def _together(prints: list[str]) -> str:
    return prints[0] if len(prints) == 1 else _md5("".join(prints))


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def _by_id(rows: Sequence[Row]) -> dict[str, list[Any]]:
    people: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if row[0] is not None:
            people[row[0]].append(row[1:])
    return {key: sorted(each, key=repr) for key, each in people.items()}
