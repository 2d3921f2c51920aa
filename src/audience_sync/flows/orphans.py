"""Audiences of ours on a platform that we no longer track: found by our marker, taken up again or deleted."""

from dataclasses import dataclass

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.errors import NotFound
from audience_sync.flows import audiences
from audience_sync.flows.audiences import Created
from audience_sync.flows.connected import require_connection
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.flows.fresh import way
from audience_sync.flows.naming import marker_in
from audience_sync.model.permissions import Actor, Permission
from audience_sync.model.platforms import Found, Target
from audience_sync.store import audit
from audience_sync.store.audiences import Audience
from audience_sync.store.platforms import AdAccount, Connection


@dataclass(frozen=True, slots=True)
class Orphan:
    """An audience that carries our marker and that none of ours tracks. `was` is how we called it, where we know."""

    remote_id: str
    name: str
    size_low: int | None
    size_high: int | None
    was: str


async def orphans(app: App, actor: Actor, ad_account_id: str) -> list[Orphan]:
    """The ad account's orphans as the platform lists them now, by name."""
    actor.require(Permission.READ)
    account, connection = await _place(app, ad_account_id)
    found = await _found(app, account, connection)
    names = await _names(app, account.id)
    return [
        Orphan(each.remote_id, each.name, each.size_low, each.size_high, names.get(marker_in(each), ""))
        for each in sorted(found, key=lambda each: each.name)
    ]


async def adopt(app: App, actor: Actor, ad_account_id: str, remote_id: str, draft: AudienceDraft) -> Created:
    """The orphan is an audience of ours again, of the draft's segment, and a run makes it equal where that can be done.

    Where the platform knows no replace, whoever was on it and is not in the segment stays.
    """
    actor.require(Permission.CREATE)
    account, connection = await _place(app, ad_account_id)
    await _require(app, account, connection, remote_id)
    return await audiences.adopt(app, actor, draft, remote_id)


async def delete(app: App, actor: Actor, ad_account_id: str, remote_id: str) -> None:
    """The orphan is not on the platform any more. NotFound for anything that is no orphan."""
    actor.require(Permission.DELETE)
    account, connection = await _place(app, ad_account_id)
    orphan = await _require(app, account, connection, remote_id)
    async with app.database.write() as session:
        thing, at = audit.Thing("ad_account", account.id), app.now()
        audit.record(session, actor, "orphan.delete", on=thing, at=at, remote_id=remote_id, name=orphan.name)
    target = Target(account.remote_id, remote_id)
    await app.connector(account.platform).delete(await way(app, connection, account), target)


async def _place(app: App, ad_account_id: str) -> tuple[AdAccount, Connection]:
    async with app.database.read() as session:
        account = await session.get(AdAccount, ad_account_id)
        if account is None:
            raise NotFound("There is no such ad account.", "GET /connections lists them.")
        return account, await require_connection(session, account.connection_id)


async def _require(app: App, account: AdAccount, connection: Connection, remote_id: str) -> Found:
    for each in await _found(app, account, connection):
        if each.remote_id == remote_id:
            return each
    raise NotFound("There is no such orphan.", "Only audiences that carry our marker and that nothing tracks are.")


async def _found(app: App, account: AdAccount, connection: Connection) -> list[Found]:
    listed = await app.connector(account.platform).audiences(await way(app, connection, account), account.remote_id)
    async with app.database.read() as session:
        ours = sa.select(Audience.remote_id, Audience.marker).where(Audience.state != "deleted")
        rows = (await session.execute(ours)).all()
    ids, markers = {row.remote_id for row in rows}, {row.marker for row in rows}
    return [each for each in listed if marker_in(each) and each.remote_id not in ids and marker_in(each) not in markers]


async def _names(app: App, ad_account_id: str) -> dict[str, str]:
    """How we called the audiences of this account that we track no more, by their markers."""
    over = sa.select(Audience.marker, Audience.name).where(
        Audience.ad_account_id == ad_account_id, Audience.state == "deleted"
    )
    async with app.database.read() as session:
        return {row.marker: row.name for row in await session.execute(over)}
