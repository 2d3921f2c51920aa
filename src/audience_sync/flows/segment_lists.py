"""Segments of a fixed list, uploaded as a file: what was taken of it, and what was not."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from audience_sync.app import App
from audience_sync.errors import Conflict, Invalid
from audience_sync.flows import segments
from audience_sync.flows.segments import SegmentView
from audience_sync.model.ids import new_id
from audience_sync.model.permissions import Actor, Permission
from audience_sync.model.segments import ListKind, to_json
from audience_sync.sources.builtin.list_files import Sifted


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A segment and what became of the file's rows."""

    segment: SegmentView
    sifted: Sifted


async def upload(app: App, actor: Actor, name: str, kind: ListKind, *, file: Path, description: str = "") -> Uploaded:
    """A new segment of the profiles that the file names. Invalid LIST_EMPTY when nothing in it can be used."""
    actor.require(Permission.CREATE)
    with TemporaryDirectory(prefix="audience-sync-list-") as work:
        values = Path(work) / "values.parquet"
        sifted = await _sifted(app, kind, file, values)
        made = await segments.create_list(app, actor, name, kind, values=values, description=description)
    return Uploaded(made, sifted)


async def replace(app: App, actor: Actor, segment_id: str, kind: ListKind, *, file: Path) -> Uploaded:
    """The segment's list is the file's from now on; its audiences follow with their next sync."""
    actor.require(Permission.CREATE)
    if (await segments.get(app, actor, segment_id)).definition["type"] != "list":
        raise Conflict("This segment is no fixed list.", "Make a new one by upload.", code="NOT_A_LIST")
    list_id = new_id()
    with TemporaryDirectory(prefix="audience-sync-list-") as work:
        values = Path(work) / "values.parquet"
        sifted = await _sifted(app, kind, file, values)
        kept = await asyncio.to_thread(app.source.save_list, list_id, kind, values)
    try:
        return Uploaded(await segments.update(app, actor, segment_id, definition=to_json(kept)), sifted)
    except BaseException:
        await asyncio.to_thread(app.source.remove_list, list_id)
        raise


async def _sifted(app: App, kind: ListKind, file: Path, target: Path) -> Sifted:
    country = app.settings.default_country
    found = await asyncio.to_thread(lambda: app.source.sift_list(kind, file, target, default_country=country))
    if not found.taken:
        raise Invalid(
            f"Nothing in the file can be used: {found.rows} rows, none of them a usable {kind.replace('_', ' ')}.",
            "Give one value a row, in a column named after what it is.",
            code="LIST_EMPTY",
            details={"refused": found.refused},
        )
    return found
