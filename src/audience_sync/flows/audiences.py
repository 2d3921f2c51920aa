"""Platform audiences: create one from a segment, link one that exists, look, change, pause, delete."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import Conflict, SyncInProgress
from audience_sync.flows.audience_queries import Listing, Sort, cursor_of, page_query
from audience_sync.flows.audience_rows import AudienceRows, load_audience, newest_runs
from audience_sync.flows.choices import require_kept_so, require_same_way
from audience_sync.flows.drafts import (
    AudienceDraft,
    checked,
    chosen,
    flush_link,
    require_free_name,
    require_free_there,
    require_linkable,
)
from audience_sync.flows.fresh import way
from audience_sync.flows.grants import BY_A_PERSON
from audience_sync.flows.naming import Named, longest_name, new_marker, told_platform
from audience_sync.flows.runs import TRIGGERS
from audience_sync.flows.showing import audience_view, run_view
from audience_sync.flows.views import AudienceView, Page, RunView
from audience_sync.model.cards import PlatformCard, ReplaceWay
from audience_sync.model.guardrails import Guardrails
from audience_sync.model.ids import new_id
from audience_sync.model.permissions import Actor, Permission
from audience_sync.model.plans import Operation
from audience_sync.store import audit, runs
from audience_sync.store.audiences import Audience, Run, Segment
from audience_sync.store.platforms import AdAccount
from audience_sync.store.runs import target_of


@dataclass(frozen=True, slots=True)
class AudienceChange:
    """What is to be different; None leaves a thing as it is."""

    name: str | None = None
    description: str | None = None
    auto_sync: bool | None = None
    interval_hours: int | None = None
    identifiers: tuple[str, ...] | None = None
    paused: bool | None = None
    choices: Mapping[str, str] | None = None
    guardrails: Mapping[str, Any] | None = None
    """Fields of `model.guardrails.Guardrails`; one that is left out or None stays."""


@dataclass(frozen=True, slots=True)
class Created:
    """A new audience and the run that fills it."""

    audience: AudienceView
    run: RunView


async def create(app: App, actor: Actor, draft: AudienceDraft) -> Created:
    """The audience is ours, and a run that creates (or links) and fills it on the platform is queued."""
    return await _create(app, actor, draft, Operation.UPDATE if draft.remote_id else Operation.CREATE)


async def adopt(app: App, actor: Actor, draft: AudienceDraft, remote_id: str) -> Created:
    """A list that was ours is linked again. Nobody else fills it, so it is replaced where the platform can do that."""
    async with app.database.read() as session:
        account = await session.get(AdAccount, draft.ad_account_id)
    connector = app.connector(account.platform) if account else None
    can_replace = connector is not None and connector.way(draft.choices).replace is not ReplaceWay.NONE
    operation = Operation.REPLACE if can_replace else Operation.UPDATE
    return await _create(app, actor, replace(draft, remote_id=remote_id), operation)


async def _create(app: App, actor: Actor, draft: AudienceDraft, operation: Operation) -> Created:
    actor.require(Permission.CREATE)
    segment, account, connection = await chosen(app, draft)
    card = app.connector(account.platform).card
    default = f"{segment.name} - {app.settings.audience_suffix}"[: longest_name(card)].rstrip()
    draft = checked(replace(draft, name=draft.name.strip() or default), card)
    if draft.remote_id:
        found = await require_linkable(app, connection, account, draft.remote_id)
        require_kept_so(app.connector(account.platform), found, draft.choices)
    else:
        await require_free_there(app, connection, account, draft.name)
    async with app.database.write() as session:
        await require_free_name(session, card, account.id, draft.name)
        audience = _row(app, actor, draft, account)
        session.add(audience)
        await flush_link(session)
        run = await runs.start(
            session, audience.id, runs.Request(operation, TRIGGERS[actor.kind], actor), now=app.now()
        )
        audit.record(
            session, actor, "audience.create", on=audit.Thing("audience", audience.id), at=app.now(), name=draft.name
        )
    view = audience_view(app, (audience, segment, account), last=None, running=run.id)
    return Created(view, run_view(app, run, audience))


async def get(app: App, actor: Actor, audience_id: str) -> AudienceView:
    """One audience."""
    actor.require(Permission.READ)
    async with app.database.read() as session:
        return await _view(app, session, await load_audience(session, audience_id))


async def change(app: App, actor: Actor, audience_id: str, wanted: AudienceChange) -> AudienceView:
    """The audience is as wanted, here and (name, description) on the platform; else neither is changed."""
    actor.require(Permission.CREATE)
    async with app.database.read() as session:
        rows = await load_audience(session, audience_id)
    connector = app.connector(rows.audience.platform)
    draft = checked(_wanted(rows.audience, wanted), connector.card)
    if rows.audience.remote_id or rows.audience.create_sent:
        require_same_way(connector, rows.audience.choices, draft.choices)
    if wanted.paused is False:
        _require_connected(rows)
    if _is_told(connector.card, rows.audience, draft):
        await _rename(app, rows, draft)
    async with app.database.write() as session:
        row = (await load_audience(session, audience_id)).audience
        if draft.name != row.name:
            await require_free_name(session, connector.card, row.ad_account_id, draft.name)
        _apply(app, row, draft, wanted)
        thing = audit.Thing("audience", audience_id)
        audit.record(session, actor, "audience.change", on=thing, at=app.now(), guardrails=draft.guardrails)
    return await get(app, actor, audience_id)


async def delete(app: App, actor: Actor, audience_id: str, *, from_platform: bool) -> RunView | None:
    """The audience is no longer ours; with `from_platform` the returned run deletes it over there first."""
    actor.require(Permission.DELETE)
    async with app.database.write() as session:
        row = (await load_audience(session, audience_id)).audience
        if await runs.unfinished(session, audience_id):
            raise SyncInProgress("A sync of this audience is under way.", "Wait for it or cancel it, then delete.")
        audit.record(
            session,
            actor,
            "audience.delete",
            on=audit.Thing("audience", audience_id),
            at=app.now(),
            from_platform=from_platform,
        )
        row.auto_sync, row.next_run_at = False, None
        if not (from_platform and row.remote_id):
            row.state = "deleted"
            return None
        request = runs.Request(Operation.DELETE, TRIGGERS[actor.kind], actor)
        run = await runs.start(session, audience_id, request, now=app.now())
    return run_view(app, run, row)


async def recreate(app: App, actor: Actor, audience_id: str) -> Created:
    """A stale audience is made anew on the platform: an empty ledger, and a run that creates and fills it."""
    actor.require(Permission.CREATE)
    async with app.database.write() as session:
        rows = await load_audience(session, audience_id)
        row = rows.audience
        if row.state != "stale":
            raise Conflict(f"{row.name} still exists on the platform.", "Use a full replace to send everyone again.")
        row.state, row.problem, row.remote_id, row.create_sent, row.linked = "creating", "", "", False, False
        # The old list keeps the old marker: should it come back, it is found as an orphan.
        row.marker = new_marker(app.connector(row.platform).card)
        row.ledger, row.facts, row.version = {}, {}, row.version + 1
        request = runs.Request(Operation.CREATE, TRIGGERS[actor.kind], actor)
        run = await runs.start(session, audience_id, request, now=app.now())
        audit.record(session, actor, "audience.recreate", on=audit.Thing("audience", audience_id), at=app.now())
    view = audience_view(app, (row, rows.segment, rows.account), last=None, running=run.id)
    return Created(view, run_view(app, run, row))


async def list_audiences(
    app: App,
    actor: Actor,
    *,
    platform: str = "",
    segment_id: str = "",
    health: str = "",
    search: str = "",
    sort: str = Sort.NAME,
    cursor: str = "",
    limit: int = 50,
) -> Page[AudienceView]:
    """Audiences in the order of `sort`. `search` is looked for in the names of audience and segment."""
    actor.require(Permission.READ)
    wanted = page_query(Listing(platform, segment_id, health, search, sort), cursor, limit + 1)
    async with app.database.read() as session:
        rows = (await session.execute(wanted)).all()
        newest = await newest_runs(session, [audience.id for audience, *_ in rows])
    views = tuple(_listed(app, (audience, segment, account), newest) for audience, segment, account, _ in rows[:limit])
    if len(rows) <= limit:
        return Page(views)
    last, *_, sorted_by = rows[limit - 1]
    return Page(views, cursor_of(last, sorted_by))


async def segments_in_use(app: App, actor: Actor) -> list[tuple[str, str]]:
    """Id and name of every segment that an audience is kept equal to, by name."""
    actor.require(Permission.READ)
    used = sa.select(Audience.segment_id).where(Audience.state != "deleted")
    async with app.database.read() as session:
        rows = await session.execute(
            sa.select(Segment.id, Segment.name).where(Segment.id.in_(used)).order_by(Segment.name)
        )
        return [(segment_id, name) for segment_id, name in rows]


def _listed(
    app: App, row: tuple[Audience, Segment, AdAccount], newest: dict[str, tuple[Run | None, str]]
) -> AudienceView:
    last, running = newest.get(row[0].id, (None, ""))
    return audience_view(app, row, last=last, running=running)


async def _view(app: App, session: AsyncSession, rows: AudienceRows) -> AudienceView:
    newest = await newest_runs(session, [rows.audience.id])
    return _listed(app, (rows.audience, rows.segment, rows.account), newest)


def _row(app: App, actor: Actor, draft: AudienceDraft, account: AdAccount) -> Audience:
    due = app.now() + timedelta(hours=draft.interval_hours) if draft.auto_sync else None
    return Audience(
        id=new_id(),
        segment_id=draft.segment_id,
        ad_account_id=account.id,
        platform=account.platform,
        name=draft.name,
        description=draft.description,
        marker=new_marker(app.connector(account.platform).card),
        remote_id=draft.remote_id,
        linked=bool(draft.remote_id),
        identifiers=list(draft.identifiers),
        choices=dict(draft.choices),
        guardrails=Guardrails.of(draft.guardrails).to_json(),
        state="active" if draft.remote_id else "creating",
        auto_sync=draft.auto_sync,
        interval_hours=draft.interval_hours,
        next_run_at=due,
        created_by=actor.name,
        created_at=app.now(),
    )


def _wanted(row: Audience, wanted: AudienceChange) -> AudienceDraft:
    return AudienceDraft(
        segment_id=row.segment_id,
        ad_account_id=row.ad_account_id,
        name=row.name if wanted.name is None else wanted.name.strip(),
        description=row.description if wanted.description is None else wanted.description,
        auto_sync=row.auto_sync if wanted.auto_sync is None else wanted.auto_sync,
        interval_hours=row.interval_hours if wanted.interval_hours is None else wanted.interval_hours,
        identifiers=tuple(row.identifiers) if wanted.identifiers is None else wanted.identifiers,
        choices={**row.choices, **(wanted.choices or {})},
        guardrails=Guardrails.of(row.guardrails).changed(wanted.guardrails or {}).to_json(),
    )


def _require_connected(rows: AudienceRows) -> None:
    """Nothing, or Conflict: what waits for its connection would only break again."""
    if rows.connection.state == "broken":
        raise Conflict(
            f"{rows.audience.name} waits for its connection, which is broken.",
            "Reconnect it under Connected Platforms, and the audience goes on by itself; or relink it.",
            code="NOT_CONNECTED",
        )


def _is_told(card: PlatformCard, before: Named, after: Named) -> bool:
    """Whether the platform is told of it: where audiences have no description, only of a name."""
    return after.name != before.name or (not card.marks_names and after.description != before.description)


async def _rename(app: App, rows: AudienceRows, draft: AudienceDraft) -> None:
    if rows.audience.remote_id:
        connector, api = app.connector(rows.audience.platform), await way(app, rows.connection, rows.account)
        told = told_platform(connector.card, draft, rows.audience.marker)
        target = target_of(rows.audience, rows.account)
        await connector.rename(api, target, name=told.name, description=told.description)


def _apply(app: App, row: Audience, draft: AudienceDraft, wanted: AudienceChange) -> None:
    """The row takes on the draft. A changed schedule counts from now."""
    rescheduled = (draft.auto_sync, draft.interval_hours) != (row.auto_sync, row.interval_hours)
    row.name, row.description, row.identifiers = draft.name, draft.description, list(draft.identifiers)
    row.auto_sync, row.interval_hours = draft.auto_sync, draft.interval_hours
    row.choices, row.guardrails = dict(draft.choices), dict(draft.guardrails)
    if rescheduled:
        row.next_run_at = app.now() + timedelta(hours=row.interval_hours) if row.auto_sync else None
    if wanted.paused is True and row.state == "active":
        row.state, row.problem = "paused", BY_A_PERSON
    elif wanted.paused is False and row.state == "paused":
        row.state, row.problem = "active", ""
