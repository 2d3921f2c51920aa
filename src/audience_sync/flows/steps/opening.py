"""First step: the run is under way and its audience exists on the platform."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import Reconnect
from audience_sync.flows.steps.outcome import Outcome, new_session
from audience_sync.model.plans import Operation
from audience_sync.model.platforms import Target
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
        await _keep(app, rows.audience, await _found_or_created(app, rows))
    return Outcome.GO


def _require_grant(rows: RunRows) -> None:
    if rows.connection.state == "broken":
        raise Reconnect(rows.connection.problem or "The connection is broken. Reconnect it under Connected Platforms.")


async def _delete(app: App, rows: RunRows) -> str:
    target = Target(rows.account.remote_id, rows.audience.remote_id)
    if rows.audience.remote_id:
        await app.connector(rows.audience.platform).delete(app.api_of(rows.connection, rows.account), target)
    return Outcome.STOP


async def _found_or_created(app: App, rows: RunRows) -> str:
    """The platform's id. A create that may have arrived before is looked for by our marker, never repeated blindly."""
    audience, account = rows.audience, rows.account
    connector, api = app.connector(audience.platform), app.api_of(rows.connection, account)
    if audience.create_sent:
        for found in await connector.audiences(api, account.remote_id):
            if audience.marker in found.description:
                return found.remote_id
    async with app.database.write() as session:
        await _set(session, audience.id, create_sent=True)
    described = f"{audience.description} [{audience.marker}]".strip()
    return await connector.create(api, account.remote_id, name=audience.name, description=described)


async def _keep(app: App, audience: Audience, remote_id: str) -> None:
    async with app.database.write() as session:
        await _set(session, audience.id, remote_id=remote_id, state="active")


async def _set(session: AsyncSession, audience_id: str, **values: object) -> None:
    await session.execute(sa.update(Audience).where(Audience.id == audience_id).values(**values))
