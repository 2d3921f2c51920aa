"""Size and state of an audience as its platform reports them, kept as a series."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.ledger.manifest import Manifest
from audience_sync.model.platforms import Facts
from audience_sync.store.audiences import UNFINISHED, Audience, FactRow, Run
from audience_sync.store.platforms import AdAccount, Connection
from audience_sync.store.runs import target_of


async def measured(app: App, audience: Audience, account: AdAccount, connection: Connection) -> Facts:
    """What the platform says now; also the newest entry of the audience's series."""
    connector = app.connector(audience.platform)
    found = await connector.measure(app.api_of(connection, account), target_of(audience, account))
    facts = replace(found, as_of=app.now())
    async with app.database.write() as session:
        row = await session.get_one(Audience, audience.id)
        row.facts = stored(facts)
        held = Manifest.from_json(row.ledger).members
        await _tell_newest_run(session, row)
        await session.merge(FactRow(audience_id=row.id, at=facts.as_of, facts=row.facts, profiles_held=held))
    return facts


async def _tell_newest_run(session: AsyncSession, audience: Audience) -> None:
    """The newest run that ended shows what the platform says of the list it left; earlier runs keep their own."""
    newest = await session.scalar(
        sa.select(Run)
        .where(Run.audience_id == audience.id, Run.ended_at.is_not(None))
        .order_by(Run.number.desc())
        .limit(1)
    )
    under_way = await session.scalar(
        sa.select(Run.id).where(Run.audience_id == audience.id, Run.status.in_(UNFINISHED))
    )
    if newest is not None and under_way is None:
        newest.facts = audience.facts


def stored(facts: Facts) -> dict[str, Any]:
    return {**asdict(facts), "as_of": facts.as_of.isoformat()}


def revived(kept: dict[str, Any]) -> Facts | None:
    """The facts of a row; None when the platform was never asked or never answered."""
    if not kept:
        return None
    return Facts(**{**kept, "as_of": datetime.fromisoformat(kept["as_of"])})


def matched(facts: Facts | None) -> int | None:
    """People the platform says it matched: the upper bound where it gives bounds; None while it has not said."""
    return None if facts is None else facts.size_high


def match_rate(matched_people: int | None, profiles: int) -> float | None:
    """Share of the profiles sent that the platform matched, 0.0 and up; None while it has not said.

    An estimate where the platform gives only bounds: rounding can put it above 1.
    """
    if matched_people is None or not profiles:
        return None
    return matched_people / profiles
