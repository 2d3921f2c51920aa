"""The statements that compare a SELECT with what it gave before, in any dialect. The SELECT itself stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from audience_sync.sources.warehouses.pushdown.pack import Pack

ALGORITHM = "1"
"""Grows whenever the fingerprints below are made in another way."""
MARK, PRINT = "audience_sync_mark", "audience_sync_print"
MOST_MARKS = 1000
"""Marks that one statement brings."""


@dataclass(frozen=True, slots=True)
class Selected:
    """The user's SELECT with its columns, one of which has the ids."""

    sql: str
    columns: pa.Schema
    id_column: int


@dataclass(frozen=True, slots=True)
class Asking:
    """A dialect, and the names of the tables of one pull."""

    pack: Pack
    select: Selected
    seen: str
    """Every profile with its fingerprint."""
    wanted: str
    """Those who are to come."""
    asked: str
    """Marks of those who are to come in any case."""

    def create(self) -> list[str]:
        """The tables are there, empty."""
        text, count = self.pack.text_type, self.pack.count_type
        both = f"profile_id {text}, fingerprint {text}, copies {count}"
        return [
            self._create(self.seen, both),
            self._create(self.wanted, both),
            self._create(self.asked, f"mark {text}"),
        ]

    def see(self) -> str:
        """`seen` is filled."""
        prints = self.pack.together.format("p")
        return (
            f"INSERT INTO {self.seen} SELECT k, {prints}, count(*) FROM "
            f"(SELECT {self._id()} AS k, {self._print()} AS p FROM {self._rows()}) AS t WHERE k IS NOT NULL GROUP BY k"
        )

    def ask(self, marks: Sequence[str]) -> list[str]:
        """`asked` is filled."""
        parts = [marks[start : start + MOST_MARKS] for start in range(0, len(marks), MOST_MARKS)]
        values = (", ".join(f"({self.pack.literal(mark)})" for mark in part) for part in parts)
        return [f"INSERT INTO {self.asked} VALUES {each}" for each in values]

    def want(self, base: str) -> str:
        """`wanted` is filled: new and changed since that state, and those who are asked about."""
        changed = self._missing(self.seen, base, "s.profile_id = b.profile_id AND s.fingerprint = b.fingerprint")
        mark = self.pack.md5.format("s.profile_id")
        return (
            f"INSERT INTO {self.wanted} SELECT profile_id, fingerprint, 1 FROM ("
            f"SELECT s.profile_id, s.fingerprint {changed} UNION DISTINCT "
            f"SELECT s.profile_id, s.fingerprint FROM {self.seen} AS s JOIN {self.asked} AS a ON a.mark = {mark}) AS t"
        )

    def gone(self, base: str) -> str:
        """The ids that the state has and the SELECT has not."""
        return f"SELECT s.profile_id {self._missing(base, self.seen, 's.profile_id = b.profile_id')}"

    def counts(self) -> str:
        """Profiles, and rows that have an id."""
        count = self.pack.count_type
        return f"SELECT CAST(count(*) AS {count}), CAST(coalesce(sum(copies), 0) AS {count}) FROM {self.seen}"

    def listed(self, *, everybody: bool) -> str:
        """Mark and fingerprint of those who are to come."""
        mark = self.pack.md5.format("profile_id")
        return f"SELECT {mark} AS mark, fingerprint AS print FROM {self.seen if everybody else self.wanted}"

    def rows(self, *, everybody: bool) -> str:
        """The user's rows of those who are to come, and the rows that have no id; behind them mark and fingerprint."""
        own = f"SELECT q.*, {self.pack.md5.format(self._id())} AS {MARK}, {self._print()} AS {PRINT}"
        if everybody:
            return f"{own} FROM {self._rows()}"
        return (
            f"{own} FROM {self._rows()} LEFT JOIN {self.wanted} AS w ON w.profile_id = {self._id()} "
            f"WHERE {self._id()} IS NULL OR w.copies = 1"
        )

    def keep(self, state: str) -> list[str]:
        """The state is there: a copy of `seen`, unless that is it."""
        if state == self.seen:
            return []
        text, count = self.pack.text_type, self.pack.count_type
        columns = f"profile_id {text}, fingerprint {text}, copies {count}"
        return [
            f"CREATE TABLE {state} ({columns}){self.pack.kept}",
            f"INSERT INTO {state} SELECT profile_id, fingerprint, copies FROM {self.seen}",
        ]

    def _create(self, table: str, columns: str) -> str:
        return f"{self.pack.scratch_create or 'CREATE TABLE'} {table} ({columns}){self.pack.kept}"

    def _rows(self) -> str:
        return f"(\n{self.select.sql}\n) AS q"

    def _id(self) -> str:
        return self._text(self.select.id_column)

    def _text(self, number: int) -> str:
        field = self.select.columns.field(number)
        return self.pack.text(f"q.{self.pack.quote(field.name)}", field.type)

    def _print(self) -> str:
        # Each text says first how long it is, so that no two rows have the same texts one behind the other.
        texts = [self._text(number) for number in range(len(self.select.columns))]
        pieces = [f"coalesce({self.pack.length.format(text)} || ':' || {text}, 'n')" for text in texts]
        return self.pack.md5.format(" || ".join(pieces))

    def _missing(self, left: str, right: str, on: str) -> str:
        """SQL: from the rows s of one table that have no partner b in another."""
        rest = "" if self.pack.anti else " WHERE b.profile_id IS NULL"
        return f"FROM {left} AS s {self.pack.anti or 'LEFT JOIN'} {right} AS b ON {on}{rest}"
