"""How long a connection's grant still lasts, and when people are told."""

from datetime import datetime, timedelta
from enum import StrEnum

from audience_sync.store.platforms import Connection

NOTICE_DAYS = (1, 7, 14)
"""Days before the end from which a connection counts as expiring, and louder and louder."""
RENEW_DAYS = 20
"""Days before the end from which a grant is renewed by itself, where that needs no person."""


class Health(StrEnum):
    """Whether a connection can be used."""

    LIVE = "live"
    EXPIRING = "expiring"
    BROKEN = "broken"


def ends_at(connection: Connection) -> datetime | None:
    """When the grant ends by itself: with its token or its access to data, the earlier. None: never, or not said.

    A token that we exchange by ourselves does not end the grant.
    """
    token_ends = None if connection.refresh_token else connection.expires_at
    return min(filter(None, (token_ends, connection.data_access_expires_at)), default=None)


def days_left(connection: Connection, now: datetime) -> int | None:
    """Whole days until then, rounded down; 0 on the last day and afterwards."""
    end = ends_at(connection)
    return None if end is None else max((end - now).days, 0)


def notice_days(connection: Connection, now: datetime) -> int | None:
    """The tightest of the notices 14, 7 and 1 that has been reached; None while there is nothing to say."""
    end = ends_at(connection)
    if end is None:
        return None
    return next((days for days in NOTICE_DAYS if end - now <= timedelta(days=days)), None)


def health(connection: Connection, now: datetime) -> Health:
    end = ends_at(connection)
    if connection.state == Health.BROKEN or (end is not None and end <= now):
        return Health.BROKEN
    return Health.LIVE if notice_days(connection, now) is None else Health.EXPIRING


def is_to_be_renewed(expires_at: datetime | None, now: datetime) -> bool:
    """Whether a grant that renews without a person is to be renewed now."""
    return expires_at is not None and expires_at - now <= timedelta(days=RENEW_DAYS)
