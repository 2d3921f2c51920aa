"""Events: what profiles did, recorded as it happens."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from audience_sync.api.access import Admin, Belt
from audience_sync.api.nouns import Body, router
from audience_sync.api.repeats import ONCE
from audience_sync.flows import hot
from audience_sync.flows.hot import Taken

routes = router("Events", "/events")

Cell = Annotated[str, Field(max_length=2000)]


class WantedEvent(Body):
    """Something that a profile did."""

    profile_id: str = Field(min_length=1, max_length=512, examples=["customer-17"])
    event: str = Field(min_length=1, max_length=200, examples=["purchase"])
    """What happened."""
    time: AwareDatetime
    event_id: str = Field(default="", max_length=500)
    """An id of your own: what arrives again under it is the same event. Without one, what is alike in everything is."""
    properties: dict[Cell, Cell | bool | int | float | None] = Field(default={}, examples=[{"amount": 19.9}])


class WantedEvents(Body):
    """Several events."""

    events: list[WantedEvent] = Field(min_length=1, max_length=1000)


@routes.post("", status_code=202, summary="Record an event", dependencies=[ONCE])
async def record_event(app: Belt, actor: Admin, wanted: WantedEvent) -> Taken:
    """It is kept at once, and counts with one of the next folds; the profile may come later."""
    return await hot.record_events(app, actor, [wanted.model_dump()])


@routes.post("/batch", status_code=202, summary="Record events", dependencies=[ONCE])
async def record_events(app: Belt, actor: Admin, wanted: WantedEvents) -> Taken:
    """The same for up to 1,000: all of them, or none if one cannot be used."""
    return await hot.record_events(app, actor, [each.model_dump() for each in wanted.events])
