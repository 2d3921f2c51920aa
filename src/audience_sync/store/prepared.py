"""Statements that are said for every batch, put into the driver's words once instead of each time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a statement: its name, what it is when nobody says, and how the driver takes it (None: as it is)."""

    name: str
    default: object
    put: Callable[[Any], Any] | None

    def of(self, values: Mapping[str, object]) -> Any:
        value = values.get(self.name, self.default)
        return value if self.put is None else self.put(value)


@dataclass(frozen=True, slots=True)
class Words:
    """A statement as a driver takes it: with values by name, or in the order in which they stand there."""

    text: str
    values: tuple[Value, ...]
    by_name: bool

    def given(self, values: Mapping[str, object]) -> Any:
        if self.by_name:
            return {each.name: each.of(values) for each in self.values}
        return tuple(each.of(values) for each in self.values)


class Prepared:
    """A change of rows. To find it among all statements takes SQLAlchemy longer than the database takes to do it."""

    def __init__(self, change: sa.Update) -> None:
        self._change = change
        self._words: dict[type[sa.Dialect], Words] = {}

    def changed(self, connection: sa.Connection, values: Mapping[str, object]) -> int:
        """The number of rows that were changed."""
        kind = type(connection.dialect)
        words = self._words.get(kind) or self._words.setdefault(kind, _words(self._change, connection.dialect))
        return connection.exec_driver_sql(words.text, words.given(values)).rowcount


def _words(change: sa.Update, dialect: sa.Dialect) -> Words:
    made: Any = change.compile(dialect=dialect)
    values = {
        name: Value(name, bind.value, bind.type.dialect_impl(dialect).bind_processor(dialect))
        for name, bind in made.binds.items()
    }
    order = made.positiontup if made.positional else values
    return Words(made.string, tuple(values[name] for name in order), by_name=not made.positional)
