"""The browsers in which somebody is signed in, as they see them, and how they end one."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from audience_sync.errors import NotFound
from audience_sync.flows.people import Ground
from audience_sync.model.permissions import Actor
from audience_sync.store import audit, sessions
from audience_sync.store.sessions import WebSession


@dataclass(frozen=True, slots=True)
class SessionView:
    """A browser in which the user is signed in."""

    id: str
    address: str
    browser: str
    created_at: datetime
    seen_at: datetime


async def list_sessions(app: Ground, actor: Actor) -> list[SessionView]:
    """The actor's own, the one that was used last first."""
    wanted = sa.select(WebSession).where(WebSession.user_id == actor.id).order_by(WebSession.seen_at.desc())
    async with app.database.read() as session:
        return [
            SessionView(each.id, each.address, each.browser, each.created_at, each.seen_at)
            for each in await session.scalars(wanted)
        ]


async def end_session(app: Ground, actor: Actor, session_id: str) -> None:
    """That browser is signed out. NotFound when it is nobody's or somebody else's."""
    async with app.database.write() as session:
        row = await session.get(WebSession, session_id)
        if row is None or row.user_id != actor.id:
            raise NotFound("There is no such session of yours.", "It may have ended already.")
        await session.delete(row)
        audit.record(session, actor, "session.ended", on=audit.Thing("user", actor.id), at=app.now())


async def end_others(app: Ground, actor: Actor, *, keep: str) -> None:
    """Every other browser of the actor is signed out; `keep` is the id of the session that stays."""
    async with app.database.write() as session:
        await sessions.drop(session, actor.id, keep=keep)
        audit.record(session, actor, "session.others_ended", on=audit.Thing("user", actor.id), at=app.now())
