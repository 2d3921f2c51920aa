"""Exports: ask for a file of a segment, watch it, get a link to it, fetch it by the link, take it back."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from sse_starlette import EventSourceResponse, ServerSentEvent

from audience_sync.api.access import Belt, Exporter
from audience_sync.api.failures import problems
from audience_sync.api.nouns import BASE, CLEAN, Body, Cursor, Id, Limit, Search, Words, router
from audience_sync.api.plain import plain
from audience_sync.api.repeats import ONCE
from audience_sync.app import App
from audience_sync.errors import Conflict, Forbidden, Invalid, NotFound
from audience_sync.flows import exports
from audience_sync.flows.exporting.showing import ExportView
from audience_sync.flows.exports import ExportOver
from audience_sync.flows.views import Page
from audience_sync.model.exports import Compression, ExportFormat, ExportOptions, Template
from audience_sync.model.identifiers import IdentifierKind
from audience_sync.model.permissions import Actor

routes = router("Exports", "/exports")
by_link = APIRouter(prefix="/exports", tags=["Exports"])
"""Open to anybody: the signature stands for the permission of who asked for it."""

LOOK_EVERY_SECONDS = 0.5
LONGEST_SECONDS = 3600.0
"""A client that still listens then connects again, and is asked for its key again."""

MEDIA = {
    ".csv": "text/csv; charset=utf-8",
    ".jsonl": "application/x-ndjson",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".gz": "application/gzip",
    ".zst": "application/zstd",
}


class NewExport(Body):
    """Which segment, and what of it. What is left out, or null, is as the form or the template has it."""

    segment_id: str
    format: ExportFormat | None = None
    """csv, jsonl (an object a line), json (one array) or parquet."""
    identifiers: tuple[IdentifierKind, ...] | None = Field(None, examples=[["email", "phone"]])
    traits: bool | None = None
    """Whether computed traits are in it."""
    events: bool | None = None
    """Whether the events of the last 30 days are in it."""
    attributes: bool | None = None
    """Whether profile attributes are in it."""
    hashing: str | None = Field(None, max_length=40, pattern=CLEAN, examples=["sha256"])
    """`none`, `sha256` (of our own normal form), or a platform whose rules make the keys, such as `meta`."""
    compression: Compression | None = None
    template: Template = Template.NONE
    """A platform's own column names, for upload by hand."""
    reason: Words = ""
    """Why identifiers that can be read are needed. Kept in the audit trail."""

    def options(self) -> ExportOptions:
        return ExportOptions.wanted(**self.model_dump(exclude={"segment_id", "reason"}))


class Link(BaseModel):
    """Where the file is, for whoever has the address."""

    url: str
    expires_at: datetime


@routes.post("", status_code=202, summary="Start an export", dependencies=[ONCE], responses=problems(NotFound))
async def create_export(app: Belt, actor: Exporter, response: Response, wanted: NewExport) -> ExportView:
    """A queued export. Identifiers that can be read need a reason; only who may be sent is in the file."""
    made = await exports.start(app, actor, wanted.segment_id, wanted.options(), reason=wanted.reason)
    response.headers["Location"] = f"{BASE}/exports/{made.id}"
    return made


@routes.get("", summary="List exports")
async def list_exports(
    app: Belt, actor: Exporter, segment_id: Search = "", cursor: Cursor = "", limit: Limit = 50
) -> Page[ExportView]:
    """Exports, the newest first."""
    return await exports.list_exports(app, actor, segment_id=segment_id, cursor=cursor, limit=limit)


@routes.get("/{export_id}", summary="Look at an export", responses=problems(NotFound))
async def get_export(app: Belt, actor: Exporter, export_id: Id) -> ExportView:
    """One export with how far it is, and its figures once it is completed."""
    return await exports.get(app, actor, export_id)


@routes.get(
    "/{export_id}/events",
    summary="Watch an export",
    response_class=EventSourceResponse,
    responses={**problems(NotFound), 200: {"content": {"text/event-stream": {}}, "description": "Server-sent events."}},
)
async def watch_export(app: Belt, actor: Exporter, export_id: Id) -> EventSourceResponse:
    """Server-sent events: `progress` whenever it changes, then one `end` (the export itself)."""
    first = await exports.get(app, actor, export_id)
    return EventSourceResponse(_events(app, actor, first), ping=15)


@routes.post("/{export_id}/cancel", status_code=202, summary="Cancel an export", responses=problems(NotFound, Conflict))
async def cancel_export(app: Belt, actor: Exporter, export_id: Id) -> ExportView:
    """It stops and leaves no file. Asking twice is harmless while it runs."""
    return await exports.cancel(app, actor, export_id)


# Not ONCE: its answer opens the file, so it is kept nowhere.
@routes.post(
    "/{export_id}/links",
    status_code=201,
    summary="Make a link to the file",
    responses=problems(NotFound, Conflict, ExportOver),
)
async def create_export_link(app: Belt, actor: Exporter, export_id: Id) -> Link:
    """An address that opens the file without a key until it expires, 24 hours after the export."""
    made = await exports.link(app, actor, export_id)
    return Link(url=made.url, expires_at=made.expires_at)


@routes.post("/{export_id}/revoke", summary="Revoke an export", responses=problems(NotFound, Conflict))
async def revoke_export(app: Belt, actor: Exporter, export_id: Id) -> ExportView:
    """Its file is deleted and its links open nothing any more. Asking twice is harmless."""
    return await exports.revoke(app, actor, export_id)


@by_link.get(
    "/{export_id}/file",
    summary="Fetch the file",
    response_class=FileResponse,
    responses={
        **problems(Forbidden, NotFound, ExportOver, Conflict, Invalid),
        200: {"content": {"application/octet-stream": {}}, "description": "The file."},
        206: {"content": {"application/octet-stream": {}}, "description": "The part that Range asks for."},
        400: {"content": {"text/plain": {}}, "description": "Range cannot be read."},
        416: {"content": {"text/plain": {}}, "description": "Range lies outside the file."},
    },
)
async def fetch_export(
    app: Belt,
    export_id: Id,
    signature: Annotated[str, Query(max_length=200, pattern=CLEAN, description="As `links` gives it.")] = "",
    wanted_range: Annotated[
        str, Header(alias="Range", max_length=200, description="Which bytes, to resume: `bytes=1000-`.")
    ] = "",
) -> FileResponse:
    """The file, as an attachment. Needs no key: the signature is one. Honours Range and If-Range."""
    begins = not wanted_range or wanted_range.replace(" ", "").startswith("bytes=0-")
    file = await exports.fetch(app, export_id, signature, begins=begins)
    return FileResponse(
        file.path,
        media_type=next((MEDIA[end] for end in MEDIA if file.name.endswith(end)), "application/octet-stream"),
        headers={
            "Content-Disposition": f"attachment; filename=\"{file.name}\"; filename*=UTF-8''{quote(file.name)}",
            "Cache-Control": "private, no-store",
            "ETag": file.etag,
        },
    )


async def _events(app: App, actor: Actor, seen: ExportView) -> AsyncIterator[ServerSentEvent]:
    """The export's progress until it has ended. It is read from our rows, so any process may be the one that works."""
    until = time.monotonic() + LONGEST_SECONDS
    told = None
    while time.monotonic() < until:
        if seen.progress != told:
            told = seen.progress
            yield _event("progress", told)
        if seen.ended_at is not None:
            yield _event("end", seen)
            return
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        seen = await exports.get(app, actor, seen.id)


def _event(name: str, view: object) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(plain(view), ensure_ascii=False), event=name)
