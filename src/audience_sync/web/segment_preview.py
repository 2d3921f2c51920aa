"""How large a segment would be, whom of it identifiers cover, and some of its profiles, masked."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi.responses import Response

from audience_sync.errors import AudienceSyncError
from audience_sync.flows import segments
from audience_sync.model.identifiers import NAMING
from audience_sync.sources.protocol import Preview
from audience_sync.web.segment_words import IDENTIFIERS
from audience_sync.web.states import REASONS
from audience_sync.web.visit import Visit

NAMES = {"NAME_TAKEN": "name", "INVALID_NAME": "name"}
"""What is wrong with a segment's name stands at its field."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A preview, or why there is none. `skipped` parts of the rule were not complete and do not count."""

    preview: Preview | None
    problem: AudienceSyncError | None = None
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a segment's profiles: `share` of all of them, None when there are none."""

    label: str
    count: int
    share: float | None
    look: str


async def seen(visit: Visit, definition: Mapping[str, object], *, skipped: int = 0) -> Seen:
    """What such a segment would be now."""
    try:
        return Seen(await segments.preview(visit.app, visit.actor, definition), skipped=skipped)
    except AudienceSyncError as problem:
        return Seen(None, problem, skipped)


def size_part(visit: Visit, found: Seen) -> Response:
    """The part of a page that tells the size; for htmx."""
    return visit.page("segments/size.html", seen=found, covered=covered)


def covered(preview: Preview) -> list[Part]:
    """Who may be sent, who is withheld and why, and who has each kind of identifier."""
    found = [("May be sent", preview.eligible, "ours")]
    found += [(f"Withheld: {REASONS.get(why, why)}", count, "withheld") for why, count in preview.withheld.items()]
    found += [(IDENTIFIERS[kind], preview.coverage.get(kind, 0), "kind") for kind in NAMING]
    return [Part(label, count, count / preview.size if preview.size else None, look) for label, count, look in found]
