"""What TikTok says of an audience: its size, whether it can be used, and what it failed to apply later on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from audience_sync.connectors.faults import Subject, redact
from audience_sync.connectors.http import Api
from audience_sync.connectors.tiktok_wire import CARD, ask
from audience_sync.connectors.wire import JsonObject
from audience_sync.errors import AudienceGone
from audience_sync.model.platforms import Facts, Target

MOMENT = "%Y-%m-%d %H:%M:%S"
"""TikTok's form of a moment, in GMT."""
TOO_SMALL = "TikTok matched fewer than {:,} people: it does not deliver to this audience yet."
EXPIRED = "TikTok has let this audience expire: it was neither changed nor used for a year. Create it again."
EXPIRING = "TikTok lets this audience expire within 60 days unless it is changed or an ad uses it."


@dataclass(frozen=True, slots=True)
class Event:
    """A line of an audience's history. `said` tells what went wrong, if anything did, in TikTok's words."""

    at: datetime
    said: str


@dataclass(frozen=True, slots=True)
class State:
    """An audience as TikTok details it."""

    row: JsonObject
    history: tuple[Event, ...]

    @property
    def is_valid(self) -> bool:
        return self.row.get("is_valid") is True

    @property
    def cover(self) -> int:
        """Users matched; 0 also while TikTok has not counted."""
        return int(self.row.get("cover_num") or 0)

    def failure(self) -> Event | None:
        """The newest line that tells of one."""
        return max((event for event in self.history if event.said), key=lambda event: event.at, default=None)


def about(target: Target) -> Subject:
    return Subject(account=target.account, audience=target.remote_id)


async def state_of(api: Api, target: Target) -> State:
    """The audience's details and history; AudienceGone when TikTok lists it no more."""
    asked = {"advertiser_id": target.account, "custom_audience_ids": [target.remote_id]}
    found = (await ask(api, "dmp/custom_audience/get/", about(target), **asked)).get("list") or []
    if not found:
        raise AudienceGone(
            f"TikTok no longer shows us {about(target)}.",
            "Create it again or link another audience.",
            code="TIKTOK_AUDIENCE_GONE",
        )
    return State(dict(found[0]["audience_details"]), tuple(_events(found[0].get("audience_history") or [])))


def facts_of(state: State, now: datetime) -> Facts:
    """Size and state; what failed late is told with its time, so that a run can be judged by it."""
    size, problem = state.cover or None, _problem(state, now)
    failure = state.failure()
    standing = str(state.row.get("error_msg") or state.row.get("msg") or "")
    return Facts(
        as_of=now,
        size_low=size,
        size_high=size,
        state=_words(state, now),
        ready=True if state.is_valid else False if problem else None,
        problem=problem or (EXPIRING if state.row.get("is_expiring") is True else ""),
        failure=redact(failure.said if failure else standing),
        failed_at=failure.at if failure else None,
    )


def _problem(state: State, now: datetime) -> str:
    """Why the audience cannot be used, where TikTok lets that be told from its still being computed."""
    if _is_expired(state, now):
        return EXPIRED
    return TOO_SMALL.format(CARD.min_size) if not state.is_valid and 0 < state.cover < CARD.min_size else ""


def _words(state: State, now: datetime) -> str:
    if state.is_valid:
        return "Ready to use"
    if _is_expired(state, now):
        return "Expired"
    return "Too small to deliver" if 0 < state.cover < CARD.min_size else "Not counted yet"


def _is_expired(state: State, now: datetime) -> bool:
    said = str(state.row.get("expired_time") or "")
    return bool(said) and moment(said) <= now


def _events(rows: list[JsonObject]) -> Iterator[Event]:
    return (Event(moment(str(row["opt_time"])), str(row.get("msg") or "")) for row in rows if row.get("opt_time"))


def moment(said: str) -> datetime:
    return datetime.strptime(said, MOMENT).replace(tzinfo=UTC)
