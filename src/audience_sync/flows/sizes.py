"""How many profiles a segment has now, and under which circumstances that is asked."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from audience_sync.app import App
from audience_sync.errors import AudienceSyncError
from audience_sync.model.segments import parse_segment
from audience_sync.sources.protocol import Question, SegmentCount

LISTED_SECONDS = 5.0
"""Longest that a list waits for one segment's SQL; a size that takes longer is shown as unknown."""
COUNTS_AT_ONCE = 2
"""Each count opens an engine with memory of its own."""


@dataclass(frozen=True, slots=True)
class Size:
    """Profiles in a segment, those of them that may be sent, and the others by reason, at one moment.

    None: it could not be counted, and `problem` says why.
    """

    as_of: datetime
    profiles: int | None = None
    eligible: int | None = None
    withheld: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""


def question(app: App, *, seconds: float = 0) -> Question:
    """How a segment is evaluated now, by the settings; `seconds` limits its SQL further. Reads the store's folder."""
    settings = app.settings
    return Question(
        as_of=app.now(),
        consent_purpose=settings.consent_purpose,
        consent_policy=settings.consent_policy,
        snapshot=app.source.snapshot(),
        default_country=settings.default_country,
        seconds=min(seconds, settings.sql_seconds) if seconds else settings.sql_seconds,
    )


async def sizes_of(app: App, definitions: Sequence[Mapping[str, Any]]) -> list[Size]:
    """The sizes of listed segments; a few are counted at the same time."""
    turn = asyncio.Semaphore(COUNTS_AT_ONCE)

    async def counted(definition: Mapping[str, Any]) -> Size:
        async with turn:
            return await size_of(app, definition, seconds=LISTED_SECONDS)

    return await asyncio.gather(*map(counted, definitions))


async def size_of(app: App, definition: Mapping[str, Any], *, seconds: float = 0, must_count: bool = False) -> Size:
    """The segment's size as of now. What cannot be counted is unknown with its reason, or raised with `must_count`."""
    as_of = app.now()
    try:
        counted = await asyncio.to_thread(_counted, app, definition, seconds)
    except AudienceSyncError as problem:
        if must_count:
            raise
        return Size(as_of, problem=str(problem))
    return Size(as_of, counted.size, counted.eligible, counted.withheld)


def _counted(app: App, definition: Mapping[str, Any], seconds: float) -> SegmentCount:
    return app.source.count(parse_segment(dict(definition)), question(app, seconds=seconds))
