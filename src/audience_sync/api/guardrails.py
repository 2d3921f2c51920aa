"""The guardrails of an audience, as a request says them."""

from pydantic import Field

from audience_sync.api.nouns import Body
from audience_sync.model.guardrails import EVERYBODY, LARGEST_SIZE

SIZE = Field(default=None, ge=0, le=LARGEST_SIZE)


class WantedGuardrails(Body):
    """What a sync may do without being approved; what is left out, or null, stays as it is or has its default."""

    most_removed_percent: int | None = Field(default=None, ge=0, le=EVERYBODY, examples=[20])
    """Per cent of the profiles held that may leave at once, 0 to 100: 100 lets any share leave. Up to 100 profiles
    always may."""
    smallest: int | None = SIZE
    """A sync may not shrink the audience below this many profiles; 0: no bound."""
    largest: int | None = SIZE
    """A sync may not grow the audience beyond this many profiles; 0: no bound."""
    never_empty: bool | None = None
    """true: no sync may leave it without anybody."""
