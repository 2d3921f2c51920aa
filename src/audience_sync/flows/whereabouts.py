"""Where one profile is: the segments that contain it, and the audiences whose ledgers know it or will."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa
import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.connectors.registry import rules_of
from audience_sync.errors import AudienceSyncError
from audience_sync.flows.profile_views import AudienceHolding, SegmentMembership
from audience_sync.flows.sizes import LISTED_SECONDS, question
from audience_sync.flows.steps.freezing import columns_of
from audience_sync.identity.keys import keys
from audience_sync.ledger.duck import Bounds, workbench
from audience_sync.ledger.looking import Holding, Keys, holding
from audience_sync.ledger.manifest import Manifest
from audience_sync.model.segments import parse_segment
from audience_sync.sources.protocol import NO_CONSENT, WholeProfile
from audience_sync.store.audiences import Audience, Segment

MOST_SEGMENTS = 200
MOST_AUDIENCES = 200
"""Ledgers that are looked into for one page; those that were synced last come first."""
NO_KEY = "no_usable_identifier"


@dataclass(frozen=True, slots=True)
class Rows:
    """What is looked through: segments by name, audiences by when they were synced, and how many were too many."""

    segments: Sequence[Segment]
    audiences: Sequence[Audience]
    left_out: int


async def rows(app: App) -> Rows:
    """The segments and audiences there are."""
    living = Audience.state != "deleted"
    newest = sa.select(Audience).where(living).order_by(Audience.last_synced_at.desc().nulls_last(), Audience.id)
    async with app.database.read() as session:
        segments = await session.scalars(
            sa.select(Segment).where(Segment.definition != {}).order_by(Segment.name).limit(MOST_SEGMENTS)
        )
        audiences = await session.scalars(newest.limit(MOST_AUDIENCES))
        count = await session.scalar(sa.select(sa.func.count()).select_from(Audience).where(living))
        return Rows(segments.all(), audiences.all(), max(0, (count or 0) - MOST_AUDIENCES))


def segments_of(app: App, profile_id: str, segments: Sequence[Segment]) -> tuple[SegmentMembership, ...]:
    """The segments that contain the profile, and those of which nobody can say. Reads the store: for a thread."""
    parsed = {each.id: parse_segment(dict(each.definition)) for each in segments}
    found = app.source.containing(profile_id, parsed, question(app, seconds=LISTED_SECONDS))
    return tuple(
        SegmentMembership(each.id, each.name, str(told) if isinstance(told, AudienceSyncError) else "")
        for each in segments
        if (told := found[each.id])
    )


def audiences_of(
    app: App, profile: WholeProfile, audiences: Sequence[Audience], within: Collection[str]
) -> tuple[AudienceHolding, ...]:
    """The audiences that hold the profile, may hold it, or await it, being in the segments `within`. For a thread."""
    settings = app.settings
    bounds = Bounds(settings.memory_limit_mb, settings.threads)
    with workbench(settings.ledger_dir / "looking", bounds) as con:
        looked = []
        for audience in audiences:
            now = keys_now(app, profile, audience)
            naming = tuple(column.name for column in app.connector(audience.platform).card.naming)
            manifest = Manifest.from_json(audience.ledger)
            held = holding(con, settings.ledger_dir, manifest, naming, of=(profile.profile_id, now))
            looked.append((audience, now, held))
    views = (_holding(app, profile, *each, is_member=each[0].segment_id in within) for each in looked)
    return tuple(view for view in views if view is not None)


def keys_now(app: App, profile: WholeProfile, audience: Audience) -> Keys:
    """The keys that a sync of the audience would send for the profile, by column."""
    chosen = columns_of(app, audience)
    columns = [column for column in app.connector(audience.platform).card.naming if column.name in chosen]
    raw = pa.Table.from_batches([profile.raw])
    rules = rules_of(app.settings, audience.platform)
    made = keys(raw, columns, rules=rules, default_country=app.settings.default_country).to_pylist()[0]
    return {column.name: frozenset(made[column.name]) for column in columns}


def _holding(
    app: App, profile: WholeProfile, audience: Audience, now: Keys, held: Holding, *, is_member: bool
) -> AudienceHolding | None:
    """None where the audience has nothing to do with the profile."""
    if not held.is_reached and not is_member:
        return None
    reason = _withheld(profile, now) if is_member else ""
    return AudienceHolding(
        audience_id=audience.id,
        name=audience.name,
        platform=audience.platform,
        platform_name=app.connector(audience.platform).card.name,
        state=_state(now, held, reason=reason),
        kinds=tuple(held.own),
        keys=sum(map(len, held.own.values())),
        reason=reason,
        last_synced_at=audience.last_synced_at,
    )


def _withheld(profile: WholeProfile, now: Keys) -> str:
    if not profile.eligible:
        return NO_CONSENT
    return "" if any(now.values()) else NO_KEY


def _state(now: Keys, held: Holding, *, reason: str) -> str:
    if held.is_held:
        return "held" if dict(held.own) == {name: some for name, some in now.items() if some} else "outdated"
    if held.is_reached:
        return "doubtful" if held.doubtful else "shared"
    return "withheld" if reason else "awaited"
