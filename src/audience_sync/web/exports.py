"""Exports: a segment as a file is asked for, watched, fetched, linked to and taken back."""

import math
from datetime import datetime
from typing import Annotated

from fastapi import Form as FormField
from fastapi.responses import Response

from audience_sync.errors import Refusal
from audience_sync.flows import exports, segments
from audience_sync.flows.exporting.showing import ExportView
from audience_sync.model.exports import SHA256, Compression, ExportFormat
from audience_sync.model.identifiers import IdentifierKind
from audience_sync.web.access import Exporter, pages
from audience_sync.web.export_form import DATA, OPENED, ExportForm
from audience_sync.web.forms import Form, refused
from audience_sync.web.live import Frame, stream
from audience_sync.web.states import State
from audience_sync.web.visit import Visit
from audience_sync.web.words import plural

routes = pages()
STATES = {
    "queued": State("Queued", "idle", "hourglass"),
    "running": State("Generating", "busy", "loader-2"),
    "completed": State("Ready", "good", "circle-check"),
    "failed": State("Failed", "bad", "circle-x"),
    "cancelled": State("Cancelled", "idle", "ban"),
    "expired": State("Expired", "idle", "clock"),
}
FORMATS = (
    (ExportFormat.CSV, "CSV (Recommended)", "Opens in every spreadsheet."),
    (ExportFormat.JSON, "JSON", "One array of objects."),
    (ExportFormat.JSONL, "JSON Lines", "One object a line, for programs."),
    (ExportFormat.PARQUET, "Parquet", "For warehouses and notebooks."),
)
IDENTIFIERS = (
    (IdentifierKind.EMAIL, "Email (hashed)"),
    (IdentifierKind.PHONE, "Phone (hashed)"),
    (IdentifierKind.MOBILE_AD_ID, "Device ID"),
)
MOST_SEGMENTS = 200


@routes.get("/exports")
async def show(visit: Exporter, cursor: str = "") -> Response:
    """Exports, the newest first."""
    found = await exports.list_exports(visit.app, visit.actor, cursor=cursor, limit=25)
    return visit.page("exports/list.html", found=found, cursor=cursor, states=STATES)


@routes.get("/exports/new")
async def ask(visit: Exporter, segment: str = "") -> Response:
    """The form as the specification opens it."""
    return await _form(visit, Form({**OPENED.model_dump(), "segment": segment}))


@routes.post("/exports/new")
async def make(visit: Exporter, typed: Annotated[ExportForm, FormField()]) -> Response:
    """A queued export, on whose page one waits."""
    try:
        made = await exports.start(visit.app, visit.actor, typed.segment, typed.options(), reason=typed.reason)
    except Refusal as problem:
        form = refused(problem, typed.model_dump(), {"REASON_NEEDED": "reason", "NOT_FOUND": "segment"})
        return await _form(visit, form, status=problem.status)
    return visit.go(f"/exports/{made.id}")


@routes.get("/exports/{export_id}")
async def one(visit: Exporter, export_id: str) -> Response:
    """How far the export is, or its file."""
    export = await exports.get(visit.app, visit.actor, export_id)
    return visit.page("exports/one.html", status=200, **_shown(visit, export))


@routes.get("/exports/{export_id}/events")
async def events(visit: Exporter, export_id: str) -> Response:
    """The export's progress, until it ends."""

    async def look() -> Frame:
        export = await exports.get(visit.app, visit.actor, export_id)
        html = visit.fragment("exports/progress.html", **_shown(visit, export))
        return Frame(html, is_last=export.ended_at is not None)

    await exports.get(visit.app, visit.actor, export_id)
    return stream(visit, look)


@routes.get("/exports/{export_id}/download")
async def download(visit: Exporter, export_id: str) -> Response:
    """On to the file, by a link of its own."""
    return visit.leave((await exports.link(visit.app, visit.actor, export_id)).url)


@routes.post("/exports/{export_id}/link")
async def link(visit: Exporter, export_id: str) -> Response:
    """An address to copy; whoever has it needs no account."""
    export = await exports.get(visit.app, visit.actor, export_id)
    made = await exports.link(visit.app, visit.actor, export_id)
    return visit.page("exports/link.html", export=export, link=made, lasts=lasts(made.expires_at, visit.app.now()))


@routes.post("/exports/{export_id}/cancel")
async def cancel(visit: Exporter, export_id: str) -> Response:
    """The export stops and leaves no file."""
    await exports.cancel(visit.app, visit.actor, export_id)
    return visit.go(f"/exports/{export_id}", "The export stops.")


@routes.get("/exports/{export_id}/revoke")
async def ask_revoke(visit: Exporter, export_id: str) -> Response:
    """Asks once: the file goes, and its links open nothing any more."""
    return visit.page("exports/revoke.html", export=await exports.get(visit.app, visit.actor, export_id))


@routes.post("/exports/{export_id}/revoke")
async def revoke(visit: Exporter, export_id: str) -> Response:
    """The file is gone."""
    await exports.revoke(visit.app, visit.actor, export_id)
    return visit.go("/exports", "The file is deleted, and its links open nothing any more.")


def lasts(expires_at: datetime, now: datetime) -> str:
    """`24 hours`, rounded up: how long the link still opens the file."""
    return plural(max(1, math.ceil((expires_at - now).total_seconds() / 3600)), "hour")


def _shown(visit: Visit, export: ExportView) -> dict[str, object]:
    left = lasts(export.expires_at, visit.app.now()) if export.expires_at else ""
    return {"export": export, "state": STATES[export.status], "lasts": left}


async def _form(visit: Visit, form: Form, *, status: int = 200) -> Response:
    found = await segments.list_segments(visit.app, visit.actor, limit=MOST_SEGMENTS)
    rules = [(SHA256, "SHA-256 of our own normal form")]
    rules += [(name, f"As {each.card.name} wants them") for name, each in visit.app.connectors.items()]
    return visit.page(
        "exports/new.html",
        status=status,
        form=form,
        segments=found.items,
        formats=FORMATS,
        identifiers=IDENTIFIERS,
        data=DATA,
        rules=rules,
        templates=[("none", "None"), ("meta", "Meta"), ("google", "Google")],
        compressions=[(str(each), {"none": "None"}.get(each, str(each))) for each in Compression],
    )
