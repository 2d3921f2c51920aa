"""Who is in a pretend audience: rows of people, and the keys that name them."""

import math
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
    never a key. A row that has lost its last key is gone. Every row knows when it was last added.
    """

    def __init__(self, identifying: frozenset[str]) -> None:
        self._identifying = identifying
        self._rows: dict[Row, float] = {}
        self._holders: defaultdict[str, dict[str, list[Row]]] = defaultdict(dict)
        self._shares = [0] * SHARES
        self._oldest = math.inf

    def __len__(self) -> int:
        """The number of distinct keys."""
        return sum(len(held) for held in self._holders.values())

    def sizes(self) -> dict[str, int]:
        """The number of keys of each kind, kinds without a key left out."""
        return {kind: len(held) for kind, held in sorted(self._holders.items()) if held}

    @property
    def people(self) -> int:
        """The number of rows: the people, as far as a platform can tell."""
        return len(self._rows)

    def matched(self, share: float) -> int:
        """How many rows a platform finds that knows `share` (0.0-1.0) of all people; always the same ones."""
        return sum(self._shares[: round(share * SHARES)])

    def matching(self, kinds: Kinds, rows: Sequence[tuple[str, ...]], share: float) -> int:
        """How many of these rows, here or not, a platform finds that knows `share` of all people."""
        known = round(share * SHARES)
        return sum(_share(keys) < known for cells in rows if (keys := self._keys((kinds, cells))))

    def add(self, kinds: Kinds, rows: Sequence[tuple[str, ...]], at: float = 0.0) -> None:
        """The audience holds the keys of these rows, last added `at`; a row that is there already is not doubled."""
        for cells in rows:
            self._put((kinds, cells), at)

    def remove(self, kinds: Kinds, rows: Sequence[tuple[str, ...]], *, whole_person: bool = False) -> None:
        """No key that these rows name is left; strangers are no error.

        With `whole_person` every row that held one of the keys goes, with all its other keys.
        """
        for cells in rows:
            named = set(self._keys((kinds, cells)))
            for row in self._held_by(named):
                at = self._rows[row]
                self._discard(row)
                if not whole_person:
                    self._put(_without(row, named), at)

    def drop_before(self, moment: float) -> None:
        """No row is left that was last added before `moment`."""
        if self._oldest >= moment:
            return
        for row in [row for row, at in self._rows.items() if at < moment]:
            self._discard(row)
        self._oldest = min(self._rows.values(), default=math.inf)

    def copy(self) -> "Members":
        """Another audience of the same rows, which from now on changes alone."""
        twin = Members(self._identifying)
        for row, at in self._rows.items():
            twin._put(row, at)
        return twin

    def knows(self, kinds: Kinds, cells: tuple[str, ...]) -> bool:
        """Whether a key of this row is in the audience."""
        return any(value in self._holders[kind] for kind, value in self._keys((kinds, cells)))

    def all_keys(self) -> Iterator[Key]:
        """Every key, (kind, value)."""
        for kind, held in self._holders.items():
            for value in held:
                yield kind, value

    def rows(self) -> Iterator[dict[str, str]]:
        """Every row, kind -> cell, blanks left out; several cells of one kind stand side by side."""
        for kinds, cells in self._rows:
            shown: dict[str, str] = {}
            for kind, cell in zip(kinds, cells, strict=True):
                if cell:
                    shown[kind] = f"{shown[kind]} {cell}" if kind in shown else cell
            yield shown

    def _keys(self, row: Row) -> list[Key]:
        kinds, cells = row
        return [(kinds[place], cells[place]) for place in _places(kinds, self._identifying) if cells[place]]

    def _held_by(self, keys: set[Key]) -> dict[Row, None]:
        return {row: None for kind, value in keys for row in self._holders[kind].get(value, ())}

    def _put(self, row: Row, at: float) -> None:
        keys = self._keys(row)
        if not keys:
            return
        self._oldest = min(self._oldest, at)
        if row in self._rows:
            self._rows[row] = max(self._rows[row], at)
            return
        self._rows[row] = at
        self._shares[_share(keys)] += 1
        for kind, value in dict.fromkeys(keys):
            self._holders[kind].setdefault(value, []).append(row)

    def _discard(self, row: Row) -> None:
        keys = self._keys(row)
        del self._rows[row]
        self._shares[_share(keys)] -= 1
        for kind, value in dict.fromkeys(keys):
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
