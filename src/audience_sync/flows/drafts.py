"""What a person asks of an audience, held against what is connected and what its platform takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import AlreadyLinked, Conflict, Invalid, NotFound, RetryLater
from audience_sync.flows.choices import require_choices
from audience_sync.flows.fresh import way
from audience_sync.flows.naming import free_name, longest_name
from audience_sync.flows.schedule import INTERVALS
from audience_sync.model.cards import PlatformCard
from audience_sync.model.guardrails import Guardrails, sound
from audience_sync.model.platforms import Found
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
    choices: Mapping[str, str] = field(default_factory=dict)
    """What is chosen among the platform's choices; what is left out has its default."""
    guardrails: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `model.guardrails.Guardrails`; one that is left out or None has its default."""
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
    longest = longest_name(card)
    if not 1 <= len(draft.name) <= longest:
        raise Invalid(f"A name on {card.name} has 1 to {longest} characters.", details={"field": "name"})
    require_choices(card, draft.choices)
    sound(Guardrails.of(draft.guardrails))
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


async def flush_link(session: AsyncSession) -> None:
    """What was written is in the database, or AlreadyLinked: a list is kept equal to one segment only."""
    try:
        await session.flush()
    except IntegrityError:
        raise AlreadyLinked(
            "That audience of the platform is linked already.",
            "Use the audience it is linked to, or unlink that first.",
        ) from None


async def require_linkable(app: App, connection: Connection, account: AdAccount, remote_id: str) -> Found:
    """The list as the platform has it; NotFound, or Invalid when it is not a list of customers."""
    found = await app.connector(account.platform).audiences(await way(app, connection, account), account.remote_id)
    match = next((each for each in found if each.remote_id == remote_id), None)
    if match is None:
        raise NotFound(f"{account.name} has no audience {remote_id}.", "Check the id on the platform.")
    if not match.linkable:
        raise Invalid(f"{match.name} is not a list of customers.", "Link a customer list, or create a new audience.")
    return match


async def require_free_there(app: App, connection: Connection, account: AdAccount, name: str) -> None:
    """Nothing, or NAME_TAKEN with a name that is free, where the platform lets no two audiences have the same name.

    Whether it answers now or not: the run that creates the audience asks again.
    """
    connector = app.connector(account.platform)
    if not connector.card.unique_names:
        return
    try:
        found = await connector.audiences(await way(app, connection, account), account.remote_id)
    except RetryLater:
        return
    taken = {each.name for each in found}
    if name in taken:
        raise _taken(
            connector.card, name, taken, where=f"on {connector.card.name}, in {account.name or 'that account'}"
        )


async def require_free_name(session: AsyncSession, card: PlatformCard, account_id: str, name: str) -> None:
    """Nothing, or NAME_TAKEN with a name that is free among our own audiences of the account."""
    living = sa.select(Audience.name).where(Audience.ad_account_id == account_id, Audience.state != "deleted")
    taken = set(await session.scalars(living))
    if name in taken:
        raise _taken(card, name, taken, where="in this ad account")


def _taken(card: PlatformCard, name: str, taken: set[str], *, where: str) -> Conflict:
    free = free_name(card, name, taken)
    return Conflict(
        f"There is an audience named {name!r} {where} already.",
        f"Choose another name, such as {free!r}.",
        code="NAME_TAKEN",
        details={"field": "name", "suggestion": free},
    )
