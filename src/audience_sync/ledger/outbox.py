"""The rows of one batch of a frozen plan, as the platform's columns of text."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audience_sync.ledger.duck import Bounds
from audience_sync.ledger.files import PlanFiles
from audience_sync.ledger.texts import Bytes, Integers, hexed, spread, spread_lists
from audience_sync.model.identifiers import KeyColumn
from audience_sync.model.plans import Slice

SMALL = Bounds(memory_limit_mb=256, threads=1)
FILES_KNOWN = 16
"""Outboxes whose tables of contents are kept in memory: one for each run that is under way, and some more."""


def rows_of(files: PlanFiles, batch: Slice, columns: Sequence[KeyColumn]) -> pa.Table:
    """One string column per key column, named by `KeyColumn.name`: hex when hashed, "" when missing.

    A member with several values of a kind takes several rows, each with its hints; a remove is one key a row.
    """
    if batch.action == "remove":
        columns = [column for column in columns if column.names_a_person]
        cells = _removes(_read(files.removes, batch.number, ["kind", "key"]), columns)
    else:
        names, hints = [each.name for each in columns], [each.name for each in columns if not each.names_a_person]
        cells = _members(_read(files.members, batch.number, names, repeated=hints), columns)
    return pa.table({column.name: _text(cells[column.name], column) for column in columns})


def _members(rows: pa.Table, columns: Sequence[KeyColumn]) -> dict[str, Any]:
    """A member's lists stand side by side in as many rows as its longest has; its hints stand in each of them."""
    lists = {column.name: _flat(rows, column.name) for column in columns if column.names_a_person}
    hints = {column.name: _flat(rows, column.name) for column in columns if not column.names_a_person}
    times = spread_lists(lists, rows.num_rows)
    return {**times.lists, **{name: spread(values, times.owners) for name, values in hints.items()}}


def _removes(rows: pa.Table, columns: Sequence[KeyColumn]) -> dict[str, Any]:
    kinds, keys = _flat(rows, "kind"), _flat(rows, "key")
    places = np.arange(rows.num_rows, dtype=np.int64)
    mine: dict[str, Any] = {column.name: pc.equal(kinds, pa.scalar(column.name, kinds.type)) for column in columns}
    return {name: spread(keys, np.where(there, places, -1)) for name, there in mine.items()}


def _text(values: Bytes, column: KeyColumn) -> Any:
    if column.hashed:
        return hexed(values)
    plain = values.dictionary_decode() if isinstance(values, pa.DictionaryArray) else values
    return plain.cast(pa.string()).fill_null("")


def _flat(rows: pa.Table, name: str) -> Any:
    """The column in one piece. Chunks of a dictionary must share it."""
    column = rows.column(name)
    return column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()


@dataclass(frozen=True, slots=True)
class _Contents:
    """A file's table of contents: the lowest and highest batch of each group of rows, -1 for none."""

    metadata: pq.FileMetaData
    lowest: Integers
    highest: Integers
    nobodys: Integers
    """How many rows of each group are in no batch."""

    def groups(self, batch: int) -> list[int]:
        return [int(group) for group in np.flatnonzero((self.lowest <= batch) & (batch <= self.highest))]

    def alone(self, groups: Sequence[int]) -> bool:
        """Whether these groups hold nothing but one batch."""
        return all(self.lowest[group] == self.highest[group] and not self.nobodys[group] for group in groups)


def _read(path: Path, batch: int, columns: Sequence[str], *, repeated: Sequence[str] = ()) -> pa.Table:
    """The batch's rows. Only the groups that hold it are read: nearly always one, with nothing else.

    Columns whose values repeat come as dictionaries, as they lie in the file.
    """
    state = path.stat()
    contents = _contents(path, state.st_ino, state.st_mtime_ns)
    groups = contents.groups(batch)
    with pq.ParquetFile(
        path, metadata=contents.metadata, read_dictionary=list(repeated), memory_map=False, pre_buffer=False
    ) as file:
        if contents.alone(groups):
            return file.read_row_groups(groups, list(columns), use_threads=False)
        rows = file.read_row_groups(groups, [*columns, "batch"], use_threads=False)
    return rows.filter(pa.array(rows.column("batch").to_numpy() == batch, pa.bool_()))


@lru_cache(FILES_KNOWN)
def _contents(path: Path, _inode: int, _changed: int) -> _Contents:
    """Read once: at ten million members it takes longer than a batch."""
    metadata = pq.read_metadata(path)
    place = next(n for n in range(metadata.num_columns) if metadata.schema.column(n).path == "batch")
    found = [metadata.row_group(n).column(place).statistics for n in range(metadata.num_row_groups)]
    bounds = [(s.min, s.max, s.null_count) if s is not None and s.has_min_max else (-1, -1, 0) for s in found]
    return _Contents(metadata, *np.array(bounds, np.int64).reshape(-1, 3).T)
