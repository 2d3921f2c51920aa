"""A segment as a file: asked for, looked at, stopped, fetched by a link that ends, and taken back."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from audience_sync.flows.exporting.files import drop, place_of
from audience_sync.flows.exporting.layout import layout_of
from audience_sync.flows.exporting.showing import ExportView, view_of
from audience_sync.flows.views import Page
from audience_sync.model.exports import ExportOptions, ExportStatus
from audience_sync.model.ids import new_id
from audience_sync.model.permissions import BEARER, Actor, Permission
from audience_sync.store import audit, exports
from audience_sync.store.audiences import Segment
from audience_sync.store.exports import UNFINISHED, Export

PURPOSE = "export"
LEAST_REASON = 10
"""Characters of a reason: less says nothing to whoever reads the audit trail."""


class ExportOver(Refusal):
    """The export's hours are over, or it was revoked: its file is gone."""

    status = 410
    code = "EXPORT_EXPIRED"


@dataclass(frozen=True, slots=True)
class ExportLink:
    """Where the file can be fetched, by whoever has the address, until it expires."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A finished file on this machine. `etag` is the same for as long as the file is."""

    path: Path
    name: str
    size_bytes: int
    etag: str


async def start(app: App, actor: Actor, segment_id: str, options: ExportOptions, *, reason: str = "") -> ExportView:
    """A queued export. REASON_NEEDED when identifiers could be read and no reason is given."""
    actor.require(Permission.EXPORT)
    options, reason = options.checked(), " ".join(reason.split())
    readable = layout_of(options).readable
    if readable and len(reason) < LEAST_REASON:
        raise _reason_needed(readable)
    async with app.database.write() as session:
        segment = await session.get(Segment, segment_id)
        if segment is None or not segment.definition:
            raise NotFound("There is no such segment.", "GET /segments lists them.")
        row = _row(app, actor, segment, options)
        row.reason, row.readable = reason, bool(readable)
        session.add(row)
        detail = {"segment": segment.name, "options": row.options, "readable": list(readable), "reason": reason}
        audit.record(session, actor, "export.start", on=_thing(row.id), at=app.now(), **detail)
    return view_of(row)


async def get(app: App, actor: Actor, export_id: str) -> ExportView:
    """One export, with how far it is."""
    actor.require(Permission.EXPORT)
    async with app.database.read() as session:
        return view_of(await exports.load(session, export_id))


async def list_exports(
    app: App, actor: Actor, *, segment_id: str = "", cursor: str = "", limit: int = 50
) -> Page[ExportView]:
    """Exports, newest first; of one segment, if given."""
    actor.require(Permission.EXPORT)
    wanted = sa.select(Export).order_by(Export.created_at.desc(), Export.id.desc()).limit(limit + 1)
    if segment_id:
        wanted = wanted.where(Export.segment_id == segment_id)
    if cursor:
        wanted = wanted.where(sa.tuple_(Export.created_at, Export.id) < sa.tuple_(*_place(cursor)))
    async with app.database.read() as session:
        rows = list(await session.scalars(wanted))
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(tuple(map(view_of, rows[:limit])), f"{last.created_at.timestamp()!r}~{last.id}" if last else "")


async def cancel(app: App, actor: Actor, export_id: str) -> ExportView:
    """The export stops within a second and leaves no file. Asking twice is harmless."""
    actor.require(Permission.EXPORT)
    async with app.database.write() as session:
        row = await exports.load(session, export_id)
        if row.status not in UNFINISHED:
            raise Conflict("This export has ended already.", "Nothing is left to cancel.", code="EXPORT_ENDED")
        row.cancel_requested = True
        if row.status == ExportStatus.QUEUED:
            row.status, row.ended_at = ExportStatus.CANCELLED, app.now()
        audit.record(session, actor, "export.cancel", on=_thing(row.id), at=app.now())
    return view_of(row)


async def revoke(app: App, actor: Actor, export_id: str) -> ExportView:
    """The file is gone and its links open nothing any more. Asking twice is harmless."""
    actor.require(Permission.EXPORT)
    async with app.database.write() as session:
        row = await exports.load(session, export_id)
        if row.status in UNFINISHED:
            raise Conflict("This export has no file yet.", "Cancel it instead.", code="EXPORT_UNFINISHED")
        if row.status == ExportStatus.COMPLETED:
            row.status, row.revoked_at = ExportStatus.EXPIRED, app.now()
            audit.record(session, actor, "export.revoke", on=_thing(row.id), at=app.now())
    await drop(app, export_id)
    return view_of(row)


async def link(app: App, actor: Actor, export_id: str) -> ExportLink:
    """A signed link to the file. Where identifiers can be read it is for who gave the reason, and administrators."""
    actor.require(Permission.EXPORT)
    async with app.database.write() as session:
        row = await exports.load(session, export_id)
        expires = _require_file(row, app.now())
        if row.readable and row.actor_id != actor.id and not actor.may(Permission.ADMIN):
            raise Forbidden(
                f"{row.actor_name} made this export of readable identifiers for a reason of their own.",
                "Make an export of your own, or ask an administrator for the link.",
            )
        audit.record(session, actor, "export.link", on=_thing(row.id), at=app.now())
    signature = app.vault.sign(_signed_text(row.id, expires), purpose=PURPOSE)
    base = app.settings.base_url.rstrip("/")
    return ExportLink(f"{base}/api/v1/exports/{row.id}/file?signature={signature}", expires)


async def fetch(app: App, export_id: str, signature: str, *, begins: bool = True) -> ExportFile:
    """The file for whoever brings a signature of ours; ExportOver once it is. `begins`: count it as a download."""
    async with app.database.write() as session:
        row = await session.get(Export, export_id)
        expires = row.expires_at if row else None
        # Whether there is such an export is only told to who has a signature for it.
        signed = app.vault.signed(_signed_text(export_id, expires), signature, purpose=PURPOSE)
        if row is None or expires is None or not signed:
            raise Forbidden(
                "This link was not made by us.", "Ask whoever gave it to you for a new one.", code="BAD_LINK"
            )
        _require_file(row, app.now())
        if begins:
            row.downloads += 1
            audit.record(session, BEARER, "export.download", on=_thing(row.id), at=app.now())
    return await file_of(app, row)


async def open_file(app: App, actor: Actor, export_id: str) -> ExportFile:
    """The file for somebody on this machine, who needs no link."""
    ticket = await link(app, actor, export_id)
    return await fetch(app, export_id, ticket.url.partition("signature=")[2])


async def file_of(app: App, row: Export) -> ExportFile:
    """Where the export's file is; NotFound when it is on another machine."""
    path = place_of(app.settings, row.id)
    if not path.is_file():
        raise NotFound(
            "The file is not on this machine.", "Workers and web servers need one data folder.", code="EXPORT_ELSEWHERE"
        )
    return ExportFile(path, row.file_name, row.size_bytes, f'"{row.id}-{row.size_bytes}"')


def _row(app: App, actor: Actor, segment: Segment, options: ExportOptions) -> Export:
    return Export(
        id=new_id(),
        segment_id=segment.id,
        segment_name=segment.name,
        options=options.to_json(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        created_at=app.now(),
    )


def _require_file(row: Export, now: datetime) -> datetime:
    """When the file's hours are over; ExportOver when they are, Conflict when there is none yet or never will be."""
    if row.revoked_at is not None:
        raise ExportOver("This export was revoked.", "Ask for a new export.", code="EXPORT_REVOKED")
    if row.status == ExportStatus.EXPIRED or (row.expires_at is not None and row.expires_at <= now):
        raise ExportOver("This link has expired, and the file is deleted.", "Ask for a new export.")
    if row.status != ExportStatus.COMPLETED or row.expires_at is None:
        raise Conflict(f"This export has no file: it is {row.status}.", "Wait until it is completed.", code="NO_FILE")
    return row.expires_at


def _reason_needed(readable: tuple[str, ...]) -> Invalid:
    return Invalid(
        f"The file would hold {', '.join(readable)} in clear.",
        f"Give a reason of at least {LEAST_REASON} characters, which is kept in the audit trail; or have them hashed.",
        code="REASON_NEEDED",
        details={"readable": list(readable)},
    )


def _signed_text(export_id: str, expires: datetime | None) -> str:
    return f"{export_id}:{int(expires.timestamp()) if expires else 0}"


def _place(cursor: str) -> tuple[datetime, str]:
    moment, _, export_id = cursor.partition("~")
    try:
        return datetime.fromtimestamp(float(moment), UTC), export_id
    except (ValueError, OverflowError, OSError):
        raise Invalid("That cursor is not one of ours.", "Use next_cursor of the page before.") from None


def _thing(export_id: str) -> audit.Thing:
    return audit.Thing("export", export_id)
