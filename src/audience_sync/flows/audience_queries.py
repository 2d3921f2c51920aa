"""Audiences as a list: filtered, sorted and cut into pages by the database."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from audience_sync.errors import Invalid
from audience_sync.flows.shares import share
from audience_sync.flows.views import Health
from audience_sync.store.audiences import Audience, Run, Segment
from audience_sync.store.platforms import AdAccount

UNKNOWN = -1.0
"""Sorts what is not known below everything that is."""
NEVER = datetime(1, 1, 2, tzinfo=UTC)


class Sort(StrEnum):
    """What a list is sorted by."""

    NAME = "name"
    SIZE = "size"
    MATCH = "match_rate"
    SYNCED = "last_sync"


@dataclass(frozen=True, slots=True)
class Listing:
    """Which audiences, in which order: what is empty filters nothing. `sort` is a `Sort`, with `-` before it down."""

    platform: str = ""
    segment_id: str = ""
    health: str = ""
    search: str = ""
    sort: str = Sort.NAME


@dataclass(frozen=True, slots=True)
class _Order:
    """`value`, never null, is what is sorted by; `revive` makes it of a cursor's JSON, or raises."""

    value: sa.ColumnElement[Any]
    revive: Callable[[Any], object]


def page_query(wanted: Listing, cursor: str, limit: int) -> sa.Select[tuple[Audience, Segment, AdAccount, Any]]:
    """The audiences after the cursor, at most so many; with each the value that it is sorted by."""
    order, down = _order(wanted.sort.removeprefix("-")), wanted.sort.startswith("-")
    place = (order.value, Audience.id.expression)
    query = (
        sa.select(Audience, Segment, AdAccount, order.value.label("sorted_by"))
        .join(Segment, Segment.id == Audience.segment_id)
        .join(AdAccount, AdAccount.id == Audience.ad_account_id)
        .where(*_conditions(wanted))
        .order_by(*(each.desc() if down else each for each in place))
        .limit(limit)
    )
    if cursor:
        last = _last(cursor, order)
        query = query.where(sa.tuple_(*place) < last if down else sa.tuple_(*place) > last)
    return query


def cursor_of(audience: Audience, sorted_by: object) -> str:
    """Where the page that ends with this audience is continued."""
    value = sorted_by.isoformat() if isinstance(sorted_by, datetime) else sorted_by
    return f"{audience.id}:{json.dumps(value)}"


def health_words() -> sa.ColumnElement[str]:
    """SQL: the word of `showing.health_of`."""
    newest = (
        sa.select(Run.status)
        .where(Run.audience_id == Audience.id, Run.ended_at.is_not(None))
        .order_by(Run.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    status = sa.func.coalesce(newest, "")
    flagged = sa.func.coalesce(Audience.facts["problem"].as_string(), "") != ""
    owed = sa.func.coalesce(Audience.ledger["owed"].as_integer(), 0) > 0
    return sa.case(
        (Audience.state == "stale", Health.STALE.value),
        (Audience.state == "paused", Health.PAUSED.value),
        (sa.and_(Audience.last_synced_at.is_(None), status.in_(("", "cancelled"))), Health.NEVER.value),
        (sa.or_(status.in_(("failed", "partial")), flagged, owed), Health.ATTENTION.value),
        else_=Health.HEALTHY.value,
    )


def _conditions(wanted: Listing) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [Audience.state != "deleted"]
    if wanted.platform:
        found.append(Audience.platform == wanted.platform)
    if wanted.segment_id:
        found.append(Audience.segment_id == wanted.segment_id)
    if wanted.health:
        _require_health(wanted.health)
        found.append(health_words() == wanted.health)
    if wanted.search:
        names = (Audience.name, Segment.name)
        found.append(sa.or_(*(name.icontains(wanted.search, autoescape=True) for name in names)))
    return found


def _order(key: str) -> _Order:
    match key:
        case Sort.NAME:
            return _Order(Audience.name.expression, _text)
        case Sort.SIZE:
            return _Order(_members(), int)
        case Sort.MATCH:
            return _Order(_match_rate(), float)
        case Sort.SYNCED:
            never = sa.literal(NEVER, Audience.last_synced_at.type)
            return _Order(sa.func.coalesce(Audience.last_synced_at, never), _moment)
    raise Invalid(f"Audiences cannot be sorted by {key!r}.", f"Sort by {', '.join(Sort)}; with - before it, down.")


def _members() -> sa.ColumnElement[int]:
    return sa.func.coalesce(Audience.ledger["members"].as_integer(), 0)


def _match_rate() -> sa.ColumnElement[float]:
    return sa.func.coalesce(share(Audience.facts, _members()), UNKNOWN)


def _last(cursor: str, order: _Order) -> sa.Tuple:
    audience_id, _, written = cursor.partition(":")
    try:
        last = order.revive(json.loads(written))
    except (TypeError, ValueError):
        raise Invalid("That cursor is not one of ours.", "Use next_cursor of the page before.") from None
    return sa.tuple_(sa.literal(last, order.value.type), sa.literal(audience_id))


def _text(written: object) -> str:
    if not isinstance(written, str):
        raise TypeError
    return written


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError
    return moment


def _require_health(word: str) -> None:
    if word not in tuple(Health):
        raise Invalid(f"No audience is {word!r}.", f"Health is one of {', '.join(Health)}.")
