"""What a person asks of an audience, held against what is connected and what its platform takes."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import Conflict, Invalid, NotFound
from audience_sync.flows.schedule import INTERVALS
from audience_sync.model.cards import PlatformCard
from audience_sync.store.audiences import Audience, Segment
from audience_sync.store.platforms import AdAccount, Connection


@dataclass(frozen=True, slots=True)
class AudienceDraft:
    """What a person chooses for a new audience. An empty name means `<segment> - <suffix>`."""

    segment_id: str
    ad_account_id: str
    name: str = ""
    description: str = ""
    auto_sync: bool = True
    interval_hours: int = 24
    identifiers: tuple[str, ...] = ()
    """Key columns to send; empty means the platform's default."""
    remote_id: str = ""
    """An audience that exists on the platform and is to be linked instead of created."""


async def chosen(app: App, draft: AudienceDraft) -> tuple[Segment, AdAccount, Connection]:
    """The segment and the ad account, both usable."""
    async with app.database.read() as session:
        segment = await session.get(Segment, draft.segment_id)
        account = await session.get(AdAccount, draft.ad_account_id)
        connection = await session.get(Connection, account.connection_id) if account else None
    if segment is None or not segment.definition:  # A deleted one that still has history is kept without a definition.
        raise NotFound("There is no such segment.", "GET /segments lists them.")
    if account is None or connection is None or not account.selected:
        raise NotFound("That ad account is not connected.", "Connect it under Connected Platforms and select it there.")
    if connection.state == "broken":
        raise Conflict(
            f"The connection of {account.name} is broken.",
            "Reconnect it under Connected Platforms.",
            code="NOT_CONNECTED",
        )
    if not account.usable:
        raise Conflict(f"{account.name} cannot be used: {account.problem}", "Choose another ad account.")
    return segment, account, connection


def checked(draft: AudienceDraft, card: PlatformCard) -> AudienceDraft:
    """The draft, or Invalid naming what is wrong with it."""
    if not 1 <= len(draft.name) <= card.max_name:
        raise Invalid(f"A name on {card.name} has 1 to {card.max_name} characters.", details={"field": "name"})
    if draft.interval_hours not in INTERVALS:
        raise Invalid(
            f"An interval of {draft.interval_hours} hours is not offered.",
            f"Choose one of {', '.join(map(str, INTERVALS))} hours.",
            details={"field": "interval_hours"},
        )
    known = {column.name for column in card.known_columns}
    naming = {column.name for column in card.naming}
    wanted = set(draft.identifiers)
    if wanted - known or (wanted and not wanted & naming):
        raise Invalid(
            "These identifiers cannot be sent.",
            f"Choose from {', '.join(sorted(known))}, with at least one of {', '.join(sorted(naming))}.",
            details={"field": "identifiers"},
        )
    return draft


async def require_linkable(app: App, connection: Connection, account: AdAccount, remote_id: str) -> None:
    found = await app.connector(account.platform).audiences(app.api_of(connection, account), account.remote_id)
    match = next((each for each in found if each.remote_id == remote_id), None)
    if match is None:
        raise NotFound(f"{account.name} has no audience {remote_id}.", "Check the id on the platform.")
    if not match.linkable:
        raise Invalid(f"{match.name} is not a list of customers.", "Link a customer list, or create a new audience.")


async def require_free_name(session: AsyncSession, account_id: str, name: str) -> None:
    taken = await session.scalar(
        sa.select(Audience.id).where(
            Audience.ad_account_id == account_id, Audience.name == name, Audience.state != "deleted"
        )
    )
    if taken:
        raise Conflict(
            f"There is an audience named {name!r} in this ad account already.",
            "Choose another name.",
            code="NAME_TAKEN",
        )
