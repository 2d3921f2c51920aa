"""Search across segments and audiences by name, for who wants to go somewhere quickly."""

from dataclasses import dataclass

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.model.permissions import Actor, Permission
from audience_sync.store.audiences import Audience, Segment

MOST = 8
"""Results of each kind; who wants more has lists with a search of their own."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found: `platform` is empty for segments."""

    id: str
    name: str
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, by name; at most eight of each kind."""

    segments: tuple[Finding, ...] = ()
    audiences: tuple[Finding, ...] = ()


async def find(app: App, actor: Actor, text: str) -> Findings:
    """Segments and audiences whose name holds the text in any case; nothing for an empty text."""
    actor.require(Permission.READ)
    if not text.strip():
        return Findings()
    wanted = text.strip()
    segments = (
        sa.select(Segment.id, Segment.name)
        .where(Segment.definition != {}, Segment.name.icontains(wanted, autoescape=True))
        .order_by(Segment.name)
        .limit(MOST)
    )
    audiences = (
        sa.select(Audience.id, Audience.name, Audience.platform)
        .where(Audience.state != "deleted", Audience.name.icontains(wanted, autoescape=True))
        .order_by(Audience.name)
        .limit(MOST)
    )
    async with app.database.read() as session:
        return Findings(
            tuple(Finding(*row) for row in await session.execute(segments)),
            tuple(Finding(*row) for row in await session.execute(audiences)),
        )
