"""Size and state of an audience as its platform reports them, kept as a series."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from audience_sync.app import App
from audience_sync.errors import AudienceGone
from audience_sync.flows import late
from audience_sync.flows.fresh import way
from audience_sync.flows.views import UploadMatch
from audience_sync.ledger.manifest import Manifest
from audience_sync.model.platforms import Facts
from audience_sync.store.audiences import UNFINISHED, Audience, BatchRow, FactRow, Run
from audience_sync.store.platforms import AdAccount, Connection
from audience_sync.store.runs import target_of


async def measured(app: App, audience: Audience, account: AdAccount, connection: Connection) -> Facts:
    """What the platform says now; also the newest entry of the audience's series."""
    connector = app.connector(audience.platform)
    try:
        found = await connector.measure(await way(app, connection, account), target_of(audience, account))
    except AudienceGone as gone:
        await _note_gone(app, audience, gone)
        raise
    async with app.database.write() as session:
        row = await session.get_one(Audience, audience.id)
        facts = replace(found, as_of=app.now(), problem=_lost(row, found) or found.problem)
        row.facts = stored(facts)
        held = Manifest.from_json(row.ledger).members
        await _tell_newest_run(session, row, facts)
        await session.merge(FactRow(audience_id=row.id, at=facts.as_of, facts=row.facts, profiles_held=held))
    await late.take_back(app, audience.id, facts)
    return facts


async def _note_gone(app: App, audience: Audience, gone: AudienceGone) -> None:
    """An audience that was there before is stale; one that is being made may not be told of yet."""
    async with app.database.write() as session:
        row = await session.get_one(Audience, audience.id)
        if row.state == "active" and row.last_synced_at is not None:
            row.state, row.problem = "stale", str(gone)


def _lost(row: Audience, found: Facts) -> str:
    """What is wrong when a list behind the audience was deleted; the next run sends everybody again then."""
    words = "One of the lists behind this audience was deleted on the platform. The next sync sends everybody again."
    if found.lists and set(row.facts.get("lists", ())) - set(found.lists):
        row.send_all = True
        return words
    return words if row.send_all and row.facts.get("problem") == words else ""


async def _tell_newest_run(session: AsyncSession, audience: Audience, facts: Facts) -> None:
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
    failed_at = facts.failed_at.isoformat() if facts.failed_at else None
    return {**asdict(facts), "as_of": facts.as_of.isoformat(), "failed_at": failed_at}


def revived(kept: dict[str, Any]) -> Facts | None:
    """The facts of a row; None when the platform was never asked or never answered."""
    if not kept:
        return None
    moments = {name: datetime.fromisoformat(kept[name]) for name in ("as_of", "failed_at") if kept.get(name)}
    return Facts(**{**kept, **moments, "lists": tuple(kept.get("lists", ()))})


def matched(facts: Facts | None) -> int | None:
    """People the platform says it matched: the upper bound where it gives bounds; None while it has not said."""
    return None if facts is None else facts.size_high


@dataclass(frozen=True, slots=True)
class Share:
    """The matched share of the profiles held, 0 to 1. `estimate`: reckoned by us, because the platform tells none.

    `at_least`: the platform counts more people than profiles are held, so that the share says less than it seems.
    """

    low: float
    high: float
    estimate: bool
    at_least: bool = False


def share_of(facts: Facts | None, profiles: int) -> Share | None:
    """The platform's own match rate where it tells one, else its size over the profiles held; None while unknown."""
    if facts is not None and facts.match_high is not None:
        low = facts.match_high if facts.match_low is None else facts.match_low
        return Share(min(low, 1.0), min(facts.match_high, 1.0), estimate=False)
    people = matched(facts)
    if people is None or not profiles:
        return None
    share = people / profiles
    return Share(min(share, 1.0), min(share, 1.0), estimate=True, at_least=share > 1)


def upload_match(batches: Sequence[BatchRow]) -> UploadMatch | None:
    """What the platform matched of these batches, weighed by their rows; None while it has said it of none."""
    told = [batch for batch in batches if batch.receipt.get("match_high") is not None and batch.rows]
    rows = sum(batch.rows for batch in told)
    if not rows:
        return None
    low, high = (sum(batch.receipt[end] * batch.rows for batch in told) / rows for end in ("match_low", "match_high"))
    return UploadMatch(low, high, rows)


def match_rate(facts: Facts | None, profiles: int) -> float | None:
    """The share as one number: its upper bound, as for sizes; None while the platform has not said."""
    share = share_of(facts, profiles)
    return None if share is None else share.high
