"""First step: the run is under way and its audience exists on the platform."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import Reconnect
from audience_sync.flows.naming import marker_in, told_platform
from audience_sync.flows.steps.outcome import Outcome, new_session, wait
from audience_sync.model.cards import ReplaceWay
from audience_sync.model.plans import Operation
from audience_sync.store import runs
from audience_sync.store.audiences import Audience
from audience_sync.store.runs import RunRows


async def open_run(app: App, run_id: str) -> str:
    """The run is `running`; a create has found or made its audience; a delete has deleted it."""
    async with app.database.write() as session:
        rows = await runs.load(session, run_id)
        if rows.run.cancel_requested:
            return Outcome.STOP
        rows.run.status, rows.run.not_before, rows.run.waiting_for = "running", None, ""
        rows.run.started_at = rows.run.started_at or app.now()
        rows.run.session = rows.run.session or new_session()
        rows.run.step = rows.run.step or ("create" if not rows.audience.remote_id else "members")
    _require_grant(rows)
    if rows.run.operation == Operation.DELETE:
        return await _delete(app, rows)
    if not rows.audience.remote_id:
        await _find_or_create(app, rows)
    return await _wait_for_clock(app, rows)


def _require_grant(rows: RunRows) -> None:
    if rows.connection.state == "broken":
        raise Reconnect(rows.connection.problem or "The connection is broken. Reconnect it under Connected Platforms.")


async def _delete(app: App, rows: RunRows) -> str:
    if rows.audience.remote_id:
        await app.connector(rows.audience.platform).delete(app.api_of(rows.connection, rows.account), rows.target)
    return Outcome.STOP


async def _find_or_create(app: App, rows: RunRows) -> None:
    """The list exists, unless it is born by its first upload.

    A create that may have arrived before is looked for by our marker, never repeated blindly.
    """
    audience, account = rows.audience, rows.account
    connector, api = app.connector(audience.platform), app.api_of(rows.connection, account)
    if audience.create_sent:
        for found in await connector.audiences(api, account.remote_id):
            if marker_in(found) == audience.marker:
                await keep_remote(app, audience.id, found.remote_id)
                return
    if connector.way(audience.choices).born_by_upload:
        return
    await note_create(app, audience.id)
    told = told_platform(connector.card, audience, audience.marker)
    made = await connector.create(api, account.remote_id, name=told.name, description=told.description)
    await keep_remote(app, audience.id, made)


async def _wait_for_clock(app: App, rows: RunRows) -> str:
    """A replace that removes what is older than its beginning begins when nothing that we sent is as young as that.

    Our clock may be ahead of the platform's by a margin, which is therefore left out of what counts as older.
    """
    margin = float(app.settings.of_platform(rows.audience.platform, "clock_margin_seconds") or 0)
    way = app.connector(rows.audience.platform).way(rows.audience.choices).replace
    if rows.run.operation != Operation.REPLACE or way is not ReplaceWay.CLEAR or not margin:
        return Outcome.GO
    async with app.database.read() as session:
        last = await runs.last_sent(session, rows.audience.id, before=rows.run.number)
    young = (last + timedelta(seconds=margin + 1) - app.now()).total_seconds() if last else 0.0
    if young <= 0:
        return Outcome.GO
    return await wait(app, rows.run.id, young, why="The last changes must be older than the clocks may differ.")


async def note_create(app: App, audience_id: str) -> None:
    """A create is about to leave the house: from now on it is looked for before it is repeated."""
    async with app.database.write() as session:
        await _set(session, audience_id, create_sent=True)


async def keep_remote(app: App, audience_id: str, remote_id: str) -> None:
    """The audience is that list on the platform; one that waits for its connection goes on waiting."""
    state = sa.case((Audience.state == "creating", "active"), else_=Audience.state)
    async with app.database.write() as session:
        await _set(session, audience_id, remote_id=remote_id, state=state)


async def _set(session: AsyncSession, audience_id: str, **values: object) -> None:
    await session.execute(sa.update(Audience).where(Audience.id == audience_id).values(**values))
