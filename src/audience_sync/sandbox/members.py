"""Who is in a pretend audience: rows of people, and the keys that name them."""

import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

Kinds = tuple[str, ...]
Key = tuple[str, str]
Row = tuple[Kinds, tuple[str, ...]]
SHARES = 1_000


class Members:
    """Rows of cells, found by their identifying cells: the keys.

    `identifying` are the kinds that name a person on their own. Other cells are hints: kept with their row,
    never a key. A row that has lost its last key is gone.
    """

    def __init__(self, identifying: frozenset[str]) -> None:
        self._identifying = identifying
        self._rows: dict[Row, None] = {}
        self._holders: defaultdict[str, dict[str, list[Row]]] = defaultdict(dict)
        self._shares = [0] * SHARES

    def __len__(self) -> int:
        """The number of distinct keys."""
        return sum(len(held) for held in self._holders.values())

    @property
    def people(self) -> int:
        """The number of rows: the people, as far as a platform can tell."""
        return len(self._rows)

    def matched(self, share: float) -> int:
        """How many rows a platform finds that knows `share` (0.0-1.0) of all people; always the same ones."""
        return sum(self._shares[: round(share * SHARES)])

    def add(self, kinds: Kinds, rows: Sequence[tuple[str, ...]]) -> None:
        """The audience holds the keys of these rows; a row that is there already changes nothing."""
        for cells in rows:
            self._put((kinds, cells))

    def remove(self, kinds: Kinds, rows: Sequence[tuple[str, ...]], *, whole_person: bool = False) -> None:
        """No key that these rows name is left; strangers are no error.

        With `whole_person` every row that held one of the keys goes, with all its other keys.
        """
        for cells in rows:
            named = set(self._keys((kinds, cells)))
            for row in self._held_by(named):
                self._discard(row)
                if not whole_person:
                    self._put(_without(row, named))

    def knows(self, kinds: Kinds, cells: tuple[str, ...]) -> bool:
        """Whether a key of this row is in the audience."""
        return any(value in self._holders[kind] for kind, value in self._keys((kinds, cells)))

    def all_keys(self) -> Iterator[Key]:
        """Every key, (kind, value)."""
        for kind, held in self._holders.items():
            for value in held:
                yield kind, value

    def rows(self) -> Iterator[dict[str, str]]:
        """Every row, kind -> cell, blanks left out."""
        for kinds, cells in self._rows:
            yield {kind: cell for kind, cell in zip(kinds, cells, strict=True) if cell}

    def _keys(self, row: Row) -> list[Key]:
        kinds, cells = row
        return [(kinds[place], cells[place]) for place in _places(kinds, self._identifying) if cells[place]]

    def _held_by(self, keys: set[Key]) -> dict[Row, None]:
        return {row: None for kind, value in keys for row in self._holders[kind].get(value, ())}

    def _put(self, row: Row) -> None:
        keys = self._keys(row)
        if not keys or row in self._rows:
            return
        self._rows[row] = None
        self._shares[_share(keys)] += 1
        for kind, value in keys:
            self._holders[kind].setdefault(value, []).append(row)

    def _discard(self, row: Row) -> None:
        keys = self._keys(row)
        del self._rows[row]
        self._shares[_share(keys)] -= 1
        for kind, value in keys:
            holders = self._holders[kind][value]
            holders.remove(row)
            if not holders:
                del self._holders[kind][value]


@lru_cache(maxsize=1_024)
def _places(kinds: Kinds, identifying: frozenset[str]) -> tuple[int, ...]:
    return tuple(place for place, kind in enumerate(kinds) if kind in identifying)


def _share(keys: list[Key]) -> int:
    """Which thousandth of all people the row belongs to, by its first key: stable over runs and machines."""
    return zlib.crc32(keys[0][1].encode()) % SHARES


def _without(row: Row, named: set[Key]) -> Row:
    kinds, cells = row
    return kinds, tuple("" if (kind, cell) in named else cell for kind, cell in zip(kinds, cells, strict=True))
