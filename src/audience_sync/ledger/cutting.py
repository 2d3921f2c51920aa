"""Members cut into batches while they stream by: nothing is sorted, and little is held in memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from audience_sync.model.plans import Slice

GROUP = 10_000
"""Profiles of a group of rows, at least: a batch lies in one group, so that it is read without its neighbours."""
REPEATED = ("status", "refusals.list.element", "batch", "rows", "differs")
"""Columns of few values; keys never repeat, and looking for repetition would cost more than writing them."""
Integers = npt.NDArray[np.int64]


@dataclass
class Cutter:
    """Gives out batches by greed: one is full when the next member does not fit into it any more."""

    number: int
    max_rows: int
    left: int = field(init=False)
    profiles: dict[int, int] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.left = self.max_rows

    def cut(self, rows: Integers) -> Integers:
        """The batch of each of the next members, which take so many rows. None is split over two batches."""
        ends = np.cumsum(rows)
        numbers = np.empty(len(rows), np.int64)
        start = before = 0
        while start < len(rows):
            stop = max(int(np.searchsorted(ends, before + self.left, side="right")), start)
            if stop == start and self.left == self.max_rows:
                stop += 1  # A member that is larger than a batch travels alone, and the platform says what it thinks.
            numbers[start:stop] = self.number
            taken = int(ends[stop - 1]) - before if stop > start else 0
            self._count(stop - start, taken)
            if stop < len(rows):
                self.number, self.left = self.number + 1, self.max_rows
            start, before = stop, before + taken
        return numbers

    def slices(self, action: str, first: int) -> tuple[Slice, ...]:
        """The batches, of which the one with the number `first` is the first of its action."""
        return tuple(Slice(n, action, n - first + 1, self.profiles[n], self.rows[n]) for n in sorted(self.profiles))

    def _count(self, profiles: int, rows: int) -> None:
        if profiles:
            self.profiles[self.number] = self.profiles.get(self.number, 0) + profiles
            self.rows[self.number] = self.rows.get(self.number, 0) + rows
            self.left -= rows


def write_members(
    decided: Iterable[pa.RecordBatch], schema: pa.Schema, target: Path, *, cutter: Cutter, hints: Iterable[str]
) -> None:
    """The file of members: as decided, with their batch (null: not sent) in place of `send`."""
    kept = [name for name in schema.names if name != "send"]
    whole = pa.schema([*(schema.field(name) for name in kept), pa.field("batch", pa.int32())])
    target.touch(mode=0o600)
    with pq.ParquetWriter(
        target,
        whole,
        compression="lz4",
        use_dictionary=[*REPEATED, *hints],  # type: ignore[arg-type]  # It takes names too; the stubs say less.
        write_statistics=["batch"],
        store_schema=False,
    ) as writer:
        for group in _grouped(decided, kept, whole, cutter):
            writer.write_table(group, row_group_size=max(group.num_rows, 1))


def _grouped(
    decided: Iterable[pa.RecordBatch], kept: list[str], whole: pa.Schema, cutter: Cutter
) -> Iterator[pa.Table]:
    """Tables of at least GROUP rows, the last ones excepted, each with whole batches."""
    sent, idle = pa.Table.from_batches([], whole), pa.Table.from_batches([], whole)
    for rows in decided:
        table = pa.Table.from_batches([rows])
        travels = table.column("send")
        others = table.filter(_not(travels)).select(kept)
        idle = pa.concat_tables([idle, others.append_column(whole.field("batch"), pa.nulls(len(others), pa.int32()))])
        if len(idle) >= GROUP:
            yield idle
            idle = idle.slice(0, 0)
        table = table.filter(travels).select(kept)
        numbers = cutter.cut(np.asarray(table.column("rows").to_numpy(), np.int64))
        sent = pa.concat_tables([sent, table.append_column(whole.field("batch"), pa.array(numbers, pa.int32()))])
        done = _before(sent, cutter.number)
        yield from _even(sent.slice(0, done)) if done >= GROUP else ()
        sent = sent.slice(done if done >= GROUP else 0)
    yield from _even(sent)
    if len(idle):
        yield idle


def _even(sent: pa.Table) -> Iterator[pa.Table]:
    """Whole batches, in groups that are as small as GROUP allows."""
    numbers = np.asarray(sent.column("batch").to_numpy(), np.int64)
    starts = [*np.flatnonzero(np.diff(numbers, prepend=-1)), len(numbers)]
    begun = 0
    for start in starts[1:]:
        if start - begun >= GROUP or start == len(numbers):
            yield sent.slice(begun, start - begun)
            begun = start


def _before(sent: pa.Table, number: int) -> int:
    """How many rows lie in batches that are complete: those before the one that is being filled."""
    return int(np.searchsorted(np.asarray(sent.column("batch").to_numpy(), np.int64), number))


def _not(mask: Any) -> Any:
    """The opposite of a chunked mask."""
    return pa.chunked_array([pa.array(~chunk.to_numpy(zero_copy_only=False)) for chunk in mask.chunks], pa.bool_())
