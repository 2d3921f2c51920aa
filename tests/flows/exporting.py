"""A house with people in it, and exports that are done at once and read back."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from audience_sync.flows import exports
from audience_sync.flows.exporting.executing import execute
from audience_sync.flows.exporting.files import place_of
from audience_sync.flows.exporting.showing import ExportView
from audience_sync.model.exports import Compression, ExportFormat, ExportOptions
from audience_sync.model.permissions import SHELL, Actor
from audience_sync.sources.builtin.imports import import_file
from tests.world import EVERYONE, House

REASON = "Analysis for the yearly report"
PEOPLE = [
    {"id": "a", "email": "Ann@Example.com", "phone": "+1 415 555 0123", "country": "US", "plan": "=1+1"},
    {"id": "b", "email": "ben@example.com", "country": "US", "plan": "pro", "ads_consent": "granted"},
    {"id": "c", "email": "cid@example.com", "country": "US", "plan": "pro", "ads_consent": "denied"},
    {"id": "d", "country": "US", "plan": "free"},
]
EVENTS = [
    {"profile_id": "a", "event": "purchase", "time": "2026-11-20T10:00:00Z", "amount": 3.5, "note": 'a "b"\n'},
    {"profile_id": "a", "event": "login", "time": "2026-11-19T10:00:00.25Z"},
    {"profile_id": "a", "event": "login", "time": "2026-09-01T10:00:00Z"},
    {"profile_id": "b", "event": "purchase", "time": "2026-09-01T10:00:00Z", "amount": 10},
]


def furnish(home: House) -> None:
    """Four people, of whom one denied, and what two of them did."""
    home.people(PEOPLE)
    file = home.folder / "events.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in EVENTS))
    import_file(home.app.settings.profiles_dir, "events", file)


async def ask(
    home: House, *, actor: Actor = SHELL, reason: str = REASON, segment: str = "", **choices: Any
) -> ExportView:
    """A queued export of everyone."""
    segment = segment or await home.segment(EVERYONE, f"High Value: Customers {home.clock.seconds()}")
    home.clock.advance(seconds=1)
    return await exports.start(home.app, actor, segment, ExportOptions.wanted(**choices), reason=reason)


async def done(home: House, asked: ExportView) -> ExportView:
    """The export, as a worker leaves it."""
    await execute(home.app, asked.id)
    return await exports.get(home.app, SHELL, asked.id)


async def made(home: House, **choices: Any) -> ExportView:
    """An export of everyone, ended."""
    return await done(home, await ask(home, **choices))


def file_of(home: House, export: ExportView) -> Path:
    return place_of(home.app.settings, export.id)


def rows_of(home: House, export: ExportView) -> dict[str, dict[str, Any]]:
    """The file's rows by profile id, as each format gives them."""
    rows = rows_in(file_of(home, export).read_bytes(), export.options)
    by_id = {row["profile_id"]: row for row in rows}
    assert len(by_id) == len(rows)
    return by_id


def rows_in(content: bytes, options: ExportOptions) -> list[dict[str, Any]]:
    """The rows of a file, read by others' means."""
    if options.format is ExportFormat.PARQUET:
        found: list[dict[str, Any]] = pq.read_table(pa.BufferReader(content)).to_pylist()
        return found
    text = unpacked(content, options.compression).decode()
    match options.format:
        case ExportFormat.CSV:
            return list(csv.DictReader(io.StringIO(text, newline="")))
        case ExportFormat.JSONL:
            return [json.loads(line) for line in text.split("\n") if line]
        case _:
            whole: list[dict[str, Any]] = json.loads(text)
            return whole


def unpacked(content: bytes, compression: Compression) -> bytes:
    match compression:
        case Compression.GZIP:
            return gzip.decompress(content)
        case Compression.ZSTD:
            with pa.CompressedInputStream(pa.BufferReader(content), "zstd") as stream:
                return bytes(stream.read())
        case _:
            return content
