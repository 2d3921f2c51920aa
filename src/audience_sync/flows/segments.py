"""Segments: a named set of profiles is made, looked at, changed and deleted."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import Conflict, Invalid, NotFound
from audience_sync.flows.people import tidy_name
from audience_sync.flows.sizes import Size, question, size_of, sizes_of
from audience_sync.flows.views import Page
from audience_sync.model.ids import new_id
from audience_sync.model.permissions import Actor, Permission
from audience_sync.model.segments import ListKind, parse_segment, to_json
from audience_sync.sources.protocol import Catalog, MaskedProfile, Preview
from audience_sync.store import audit
from audience_sync.store.audiences import Audience
from audience_sync.store.audiences import Segment as SegmentRow

MOST_PER_PAGE = 200


@dataclass(frozen=True, slots=True)
class SegmentDraft:
    """What a person wants a segment to be; `definition` is the JSON of `model.segments`."""

    name: str
    definition: Mapping[str, Any]
    description: str = ""


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A segment as shown. `audiences` counts those that are kept equal to it."""

    id: str
    name: str
    description: str
    definition: Mapping[str, Any]
    size: Size
    audiences: int
    created_by: str
    created_at: datetime
    updated_at: datetime


async def create(app: App, actor: Actor, draft: SegmentDraft) -> SegmentView:
    """A new segment. Invalid when its definition cannot be evaluated, NAME_TAKEN when there is one of that name."""
    actor.require(Permission.CREATE)
    return await _created(app, actor, draft)


async def create_list(
    app: App, actor: Actor, name: str, kind: ListKind | str, *, values: Sequence[str] | Path, description: str = ""
) -> SegmentView:
    """A new segment of the profiles that the list names: profile ids, e-mails or phones, or a file of them."""
    actor.require(Permission.CREATE)
    name, kind, list_id = _named(name), _list_kind(kind), new_id()
    await _require_free(app, name)
    kept = await asyncio.to_thread(app.source.save_list, list_id, kind, values)
    try:
        return await _created(app, actor, SegmentDraft(name, to_json(kept), description))
    except BaseException:
        await asyncio.to_thread(app.source.remove_list, list_id)
        raise


async def list_segments(
    app: App, actor: Actor, *, search: str = "", kind: str = "", after: str = "", limit: int = 50
) -> Page[SegmentView]:
    """Segments by name, each with its size now. `kind`: rules, sql or list; `after`: the last page's `next_cursor`."""
    actor.require(Permission.READ)
    limit = _page_size(limit)
    wanted = (
        sa.select(SegmentRow).where(_is_alive(), SegmentRow.name > after).order_by(SegmentRow.name).limit(limit + 1)
    )
    if search:
        wanted = wanted.where(SegmentRow.name.icontains(search, autoescape=True))
    if kind:
        wanted = wanted.where(SegmentRow.definition["type"].as_string() == kind)
    async with app.database.read() as session:
        rows = list(await session.scalars(wanted))
        living = await _living(session, [row.id for row in rows[:limit]])
    sizes = await sizes_of(app, [row.definition for row in rows[:limit]])
    views = tuple(view_of(row, size, living.get(row.id, 0)) for row, size in zip(rows[:limit], sizes, strict=True))
    return Page(views, rows[limit - 1].name if len(rows) > limit else "")


async def get(app: App, actor: Actor, segment_id: str) -> SegmentView:
    """The segment, with its size as of now."""
    actor.require(Permission.READ)
    row, living = await loaded(app, segment_id)
    return view_of(row, await size_of(app, row.definition), living)


async def update(
    app: App,
    actor: Actor,
    segment_id: str,
    *,
    name: str | None = None,
    description: str | None = None,
    definition: Mapping[str, Any] | None = None,
) -> SegmentView:
    """The segment is as given; None leaves a thing as it is. Its audiences follow with their next sync."""
    actor.require(Permission.CREATE)
    row, living = await loaded(app, segment_id)
    old, wanted = row.definition, row.definition if definition is None else to_json(parse_segment(dict(definition)))
    size = await size_of(app, wanted, must_count=definition is not None)
    name = row.name if name is None else _named(name)
    async with _named_once(app, name) as session:
        row = await _row(session, segment_id)
        row.name, row.definition, row.updated_at = name, wanted, app.now()
        row.description = row.description if description is None else description
        audit.record(session, actor, "segment.changed", on=_thing(row.id), at=app.now(), name=name)
    await _drop_list(app, old)
    return view_of(row, size, living)


async def delete(app: App, actor: Actor, segment_id: str) -> None:
    """There is no such segment any more. Conflict SEGMENT_IN_USE names the audiences that are kept equal to it."""
    actor.require(Permission.CREATE)
    async with app.database.write() as session:
        row = await _row(session, segment_id)
        definition, name = row.definition, row.name
        audiences = (await session.scalars(sa.select(Audience).where(Audience.segment_id == segment_id))).all()
        _require_unused(row, audiences)
        await _bury(session, row, has_history=bool(audiences))
        audit.record(session, actor, "segment.deleted", on=_thing(segment_id), at=app.now(), name=name)
    await _drop_list(app, definition)


async def preview(app: App, actor: Actor, definition: Mapping[str, Any]) -> Preview:
    """What such a segment would be. It may hold SQL, so it is for those who may make segments."""
    actor.require(Permission.CREATE)
    return await previewed(app, definition)


async def previewed(app: App, definition: Mapping[str, Any]) -> Preview:
    """The same for a segment that there is, which whoever may look at it may see."""
    segment = parse_segment(dict(definition))
    return await asyncio.to_thread(lambda: app.source.preview(segment, question(app)))


async def members(app: App, actor: Actor, segment_id: str, *, after: str = "", limit: int = 50) -> Page[MaskedProfile]:
    """The segment's profiles by id, masked."""
    actor.require(Permission.READ)
    row, _ = await loaded(app, segment_id)
    segment, limit = parse_segment(row.definition), _page_size(limit)
    page = await asyncio.to_thread(lambda: app.source.members(segment, question(app), after=after, limit=limit))
    return Page(page.members, page.after)


async def catalog(app: App, actor: Actor) -> Catalog:
    """Everything that a rule may speak of."""
    actor.require(Permission.READ)
    return await asyncio.to_thread(app.source.catalog)


async def _created(app: App, actor: Actor, draft: SegmentDraft) -> SegmentView:
    name, definition = _named(draft.name), to_json(parse_segment(dict(draft.definition)))
    size = await size_of(app, definition, must_count=True)
    now = app.now()
    row = SegmentRow(
        id=new_id(),
        name=name,
        description=draft.description,
        definition=definition,
        created_by=actor.name,
        created_at=now,
        updated_at=now,
    )
    async with _named_once(app, name) as session:
        session.add(row)
        audit.record(session, actor, "segment.created", on=_thing(row.id), at=now, name=name)
    return view_of(row, size, 0)


@asynccontextmanager
async def _named_once(app: App, name: str) -> AsyncIterator[AsyncSession]:
    """A transaction that gives a segment this name; NAME_TAKEN when another has it."""
    try:
        async with app.database.write() as session:
            yield session
    except IntegrityError:
        raise _taken(name) from None


async def _require_free(app: App, name: str) -> None:
    async with app.database.read() as session:
        if await session.scalar(sa.select(SegmentRow.id).where(SegmentRow.name == name)):
            raise _taken(name)


def _taken(name: str) -> Conflict:
    return Conflict(f"There is a segment named {name!r} already.", "Choose another name.", code="NAME_TAKEN")


async def loaded(app: App, segment_id: str) -> tuple[SegmentRow, int]:
    """The segment's row and how many audiences are kept equal to it."""
    async with app.database.read() as session:
        row = await _row(session, segment_id)
        return row, (await _living(session, [row.id])).get(row.id, 0)


async def _row(session: AsyncSession, segment_id: str) -> SegmentRow:
    found = await session.get(SegmentRow, segment_id)
    if found is None or not found.definition:
        raise NotFound("There is no such segment.", "GET /segments lists them.")
    return found


async def _living(session: AsyncSession, segment_ids: Sequence[str]) -> dict[str, int]:
    """How many audiences are kept equal to each segment, by its id."""
    rows = await session.execute(
        sa.select(Audience.segment_id, sa.func.count())
        .where(Audience.segment_id.in_(segment_ids), Audience.state != "deleted")
        .group_by(Audience.segment_id)
    )
    return dict(rows.all())


def _require_unused(row: SegmentRow, audiences: Sequence[Audience]) -> None:
    if names := sorted(each.name for each in audiences if each.state != "deleted"):
        raise Conflict(
            f"{row.name} is in use: {', '.join(names)}.",
            "Delete or unlink these audiences first.",
            code="SEGMENT_IN_USE",
            details={"audiences": names},
        )


async def _bury(session: AsyncSession, row: SegmentRow, *, has_history: bool) -> None:
    """The row is gone; where deleted audiences and their ledgers hang on it, it stays without definition and hidden."""
    if not has_history:
        await session.delete(row)
        return
    row.definition, row.name = {}, f"{row.name[:150]} (deleted {row.id})"


async def _drop_list(app: App, definition: Mapping[str, Any]) -> None:
    """The list of that definition is gone with its identifiers, unless a segment still has it."""
    if definition["type"] != "list":
        return
    async with app.database.read() as session:
        kept = await session.scalars(sa.select(SegmentRow.definition))
        if any(each.get("list") == definition["list"] for each in kept):
            return
    await asyncio.to_thread(app.source.remove_list, definition["list"])


def _is_alive() -> sa.ColumnElement[bool]:
    return SegmentRow.definition != {}


def _named(text: str) -> str:
    name = tidy_name(text)
    if not name:
        raise Invalid("A segment needs a name.", "Name it after the people in it.", code="INVALID_NAME")
    return name


def _list_kind(kind: str) -> ListKind:
    if kind not in tuple(ListKind):
        raise Invalid(f"There are no lists of {kind!r}.", f"Choose one of {', '.join(ListKind)}.")
    return ListKind(kind)


def _page_size(limit: int) -> int:
    if not 1 <= limit <= MOST_PER_PAGE:
        raise Invalid(f"limit is {limit}.", f"It must be 1 to {MOST_PER_PAGE}.", details={"field": "limit"})
    return limit


def _thing(segment_id: str) -> audit.Thing:
    return audit.Thing("segment", segment_id)


def view_of(row: SegmentRow, size: Size, audiences: int) -> SegmentView:
    """The segment as shown."""
    return SegmentView(
        id=row.id,
        name=row.name,
        description=row.description,
        definition=row.definition,
        size=size,
        audiences=audiences,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
