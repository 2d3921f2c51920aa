"""The heavy part of an export, as a plain function over files; it runs in a process of its own (`isolated.py`)."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from audience_sync.flows.exporting.identified import Identified
from audience_sync.flows.exporting.json_texts import JsonTexts
from audience_sync.flows.exporting.layout import layout_of
from audience_sync.flows.exporting.shaping import Shape
from audience_sync.flows.exporting.writers import opened
from audience_sync.model.exports import EVENT_DAYS, ExportOptions
from audience_sync.model.segments import parse_segment
from audience_sync.sources.builtin.store import BuiltinSource
from audience_sync.sources.protocol import Question, Records, Wanted

LIMIT_MB, THREADS = 192, 2
"""Of the engine that reads. Sorting needs memory for each thread, and hashing and writing are slower than reading."""
AT_ONCE = 2
"""Batches that are hashed at the same time: more would only take memory."""
TOLD_EVERY_SECONDS = 0.2
NO_KEY = "no_usable_identifier"

Say = Callable[[dict[str, int]], None]
"""Told the profiles read so far (`rows`) and those to read (`total`)."""


@dataclass(frozen=True, slots=True)
class ExportJob:
    """Which file to write of what."""

    profiles: str
    target: str
    segment: dict[str, Any]
    options: dict[str, Any]
    rules: str
    """The platform's, with the forms that were chosen, where one hashes; else empty."""
    as_of: str
    consent_purpose: str
    consent_policy: str
    default_country: str
    seconds: float
    memory_limit_mb: int


@dataclass(frozen=True, slots=True)
class Exported:
    """What stands in the finished file: `segment` = `profiles` + the sum of `withheld`."""

    segment: int
    profiles: int
    withheld: dict[str, int]
    size_bytes: int
    snapshot: str


def write_export(job: ExportJob, say: Say) -> Exported:
    """The target is complete and on disk."""
    source = BuiltinSource(Path(job.profiles), memory_limit_mb=min(job.memory_limit_mb, LIMIT_MB), threads=THREADS)
    options = ExportOptions.from_json(job.options)
    wanted = Wanted(options.traits, options.attributes, EVENT_DAYS if options.events else 0)
    question = _question(job, source.snapshot())
    with source.records(parse_segment(job.segment), wanted, question=question) as records:
        profiles = _written(job, options, records, say)
    counts = records.counts
    withheld = {**counts.withheld, NO_KEY: counts.eligible - profiles}
    return Exported(
        segment=counts.size,
        profiles=profiles,
        withheld={reason: count for reason, count in withheld.items() if count},
        size_bytes=Path(job.target).stat().st_size,
        snapshot=counts.snapshot,
    )


def _written(job: ExportJob, options: ExportOptions, records: Records, say: Say) -> int:
    """Rows in the file."""
    target, rows = Path(job.target), 0
    with JsonTexts() as texts:
        shape = Shape(options.format, layout_of(options, job.rules), records.values, job.default_country, texts)
        nobody = pa.Table.from_batches([], records.batches.schema)
        schema = shape.rows(nobody, shape.identified(nobody)).schema
        with opened(target, options, schema, texts) as writer:
            for table, found in _identified(_told(records, say), shape):
                made = shape.rows(table, found)
                writer.write(made)
                rows += made.num_rows
    _sync(target)
    return rows


def _identified(batches: Iterator[pa.RecordBatch], shape: Shape) -> Iterator[tuple[pa.Table, Identified]]:
    """The batches with their identifiers, in order; a few are hashed while another one is written."""

    def work(batch: pa.RecordBatch) -> tuple[pa.Table, Identified]:
        table = pa.Table.from_batches([batch])
        return table, shape.identified(table)

    waiting: deque[Future[tuple[pa.Table, Identified]]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for batch in batches:
            waiting.append(pool.submit(work, batch))
            if len(waiting) > AT_ONCE:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _told(records: Records, say: Say) -> Iterator[pa.RecordBatch]:
    """The batches; how far they are is told a few times a second."""
    read, told = 0, 0.0
    say({"rows": 0, "total": records.counts.eligible})
    for batch in records.batches:
        yield batch
        read += batch.num_rows
        if time.monotonic() - told > TOLD_EVERY_SECONDS:
            told = time.monotonic()
            say({"rows": read, "total": records.counts.eligible})


def _question(job: ExportJob, snapshot: str) -> Question:
    return Question(
        as_of=datetime.fromisoformat(job.as_of),
        consent_purpose=job.consent_purpose,
        consent_policy=job.consent_policy,
        snapshot=snapshot,
        default_country=job.default_country,
        seconds=job.seconds,
    )


def _sync(file: Path) -> None:
    with file.open("rb") as written:
        os.fsync(written.fileno())
